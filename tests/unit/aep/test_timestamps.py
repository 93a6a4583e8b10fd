"""Timestamps: what is read as a time or a day, and what is not."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from aep_moengage.aep.timestamps import EpochUnit, is_date, is_iso, parse_day, parse_iso, parse_time, written_date

SECONDS, MILLISECONDS = EpochUnit
DAY_MS = 86_400_000


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type] # never a tzinfo


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2022-01-11T21:24:39Z", utc(2022, 1, 11, 21, 24, 39)),
        ("2019-04-15T02:41:50+0000", utc(2019, 4, 15, 2, 41, 50)),
        ("2019-04-15T02:41:50.000+0000", utc(2019, 4, 15, 2, 41, 50)),
        ("2019-04-15T02:41:50+00:00", utc(2019, 4, 15, 2, 41, 50)),
        ("2019-04-15T08:11:50+05:30", utc(2019, 4, 15, 2, 41, 50)),
        ("2019-04-15T02:41:50.591378Z", utc(2019, 4, 15, 2, 41, 50, 591378)),
        ("2024-03-02T11:22:33.123456789Z", utc(2024, 3, 2, 11, 22, 33, 123456)),
        ("2019-04-15T02:41:50", utc(2019, 4, 15, 2, 41, 50)),
        ("2024-03-02 11:22:33", utc(2024, 3, 2, 11, 22, 33)),
        ("2024-03-02T11:22Z", utc(2024, 3, 2, 11, 22)),
        (" 2019-04-15 ", utc(2019, 4, 15)),
        ("2024-03-02t11:22:33z", utc(2024, 3, 2, 11, 22, 33)),
        ("2024-03-02T24:00:00Z", utc(2024, 3, 3)),
        ("2024-12-31T24:00", utc(2025, 1, 1)),
        ("2024-03-02 24:00:00.000+05:30", utc(2024, 3, 2, 18, 30)),
        ("2016-12-31T23:59:60Z", utc(2017, 1, 1)),
        ("2017-01-01T05:29:60.250+05:30", utc(2017, 1, 1, 0, 0, 0, 250_000)),
        ("20240302T112233Z", utc(2024, 3, 2, 11, 22, 33)),
    ],
)
def test_iso_times_are_read_in_every_spelling(text: str, moment: datetime) -> None:
    assert parse_time(text) == moment
    assert parse_iso(text) == moment


@pytest.mark.parametrize(
    ("digits", "moment"),
    [
        (19900517, utc(1990, 5, 17)),
        (20240302112233, utc(2024, 3, 2, 11, 22, 33)),
        (1648553325000, utc(2022, 3, 29, 11, 28, 45)),
        (1648553325, utc(2022, 3, 29, 11, 28, 45)),
        (31_536_000_000, utc(1971, 1, 1)),
        (63_072_000_000, utc(1972, 1, 1)),
        (94_694_400_000, utc(1973, 1, 1)),
        (-62_208_000_000, utc(1968, 1, 12)),
        (-2_208_988_800_000, utc(1900, 1, 1)),
        (4_102_444_800_000, utc(2100, 1, 1)),
        (4_102_444_799, utc(2099, 12, 31, 23, 59, 59)),
    ],
)
@pytest.mark.parametrize("kind", [int, float, str])
def test_digits_are_read_as_what_they_are(digits: int, kind: type, moment: datetime) -> None:
    assert parse_time(kind(digits)) == moment


@pytest.mark.parametrize(
    "value",
    [
        *("YYYY-MM-DD", "2022-02-30T00:00:00Z", "2024-03-02T24:00:01Z", "2024-03-02T11:22:60Z", "", " ", "soon"),
        *("Thu Mar 24 2016 17:46:45 GMT+0000 (UTC)", "02/03/2024", "1990", "05-17", "/Date(1738263600000+0500)/"),
        *("0001-01-01T00:00:00+23:00", "1899-12-31", "2201-01-01", "9999-12-31T23:59:59-05:00"),
        *("9" * 400, "9" * 5000, 10**400, 10**5000, 1e300, float("nan"), float("inf"), 253_402_300_799_000),
        *(0, "0", 0.0, 1, 1990, 2024.0, 7441, 20_000, 45_352.5, 99_999_999, -99_999_999, 20241301, 20240302.5),
        *(None, True, False, [], {}, ["2024-03-02"]),
    ],
    ids=lambda value: str(value)[:30] if not isinstance(value, int) or abs(value) < 10**400 else "many digits",
)
def test_other_values_are_no_time(value: Any) -> None:
    assert parse_time(value) is None
    assert parse_day(value) is None
    assert written_date(value) is None


@pytest.mark.parametrize("day", [-30_000, -300, -30, -1, 0, 1, 13, 14, 40, 83, 84, 366, 1095])
@pytest.mark.parametrize("offset_hours", [-11, 0, 2, 5.5, 5.75, 14])
def test_no_birthday_before_1973_is_taken_for_another(day: int, offset_hours: float) -> None:
    """Local midnight, in milliseconds: it is read as that, or not at all."""
    milliseconds = day * DAY_MS - int(offset_hours * 3_600_000)
    born = utc(1970, 1, 1) + timedelta(milliseconds=milliseconds)
    assert parse_time(milliseconds) in {None, born if born.year >= 1900 else None}
    if abs(day) > 84:
        assert parse_time(milliseconds) == born or born.year < 1900


def test_a_number_that_can_be_two_times_is_read_as_neither() -> None:
    in_either_unit = 1_209_600_000  # 2008-05-01 in seconds, 1970-01-15 in milliseconds
    assert parse_time(in_either_unit) is None
    assert parse_time(202403021122) is None, "2024-03-02 11:22, or 1976-05-31 in milliseconds"
    assert parse_time(in_either_unit, SECONDS) == utc(2008, 5, 1)
    assert parse_time(in_either_unit, MILLISECONDS) == utc(1970, 1, 15)
    assert parse_time("202403021122", MILLISECONDS) == utc(1976, 5, 31, 15, 3, 41, 122_000)


@pytest.mark.parametrize(
    ("value", "unit", "moment"),
    [
        (-DAY_MS, MILLISECONDS, utc(1969, 12, 31)),
        ("-86400000", MILLISECONDS, utc(1969, 12, 31)),
        (0, SECONDS, utc(1970, 1, 1)),
        (31_536_000, SECONDS, utc(1971, 1, 1)),
        (19900517, SECONDS, utc(1970, 8, 19, 7, 55, 17)),
        (1_709_358_153.5, SECONDS, utc(2024, 3, 2, 5, 42, 33, 500_000)),
        ("1709358153.5", SECONDS, utc(2024, 3, 2, 5, 42, 33, 500_000)),
        (1_709_358_153_000, SECONDS, None),
        (8_000_000_000_000, MILLISECONDS, None),
        ("2024-03-02T11:22:33Z", MILLISECONDS, utc(2024, 3, 2, 11, 22, 33)),
        (True, SECONDS, None),
    ],
)
def test_a_declared_unit_is_the_only_meaning_of_a_number(value: Any, unit: EpochUnit, moment: datetime | None) -> None:
    assert parse_time(value, unit) == moment


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("1990-05-17", date(1990, 5, 17)),
        ("1990-05-17T00:00:00.000+02:00", date(1990, 5, 17)),
        ("1990-05-17T00:00:00+05:30", date(1990, 5, 17)),
        ("1990-05-17T23:30:00-08:00", date(1990, 5, 17)),
        ("19900517T000000+0530", date(1990, 5, 17)),
        ("1990-05-17T24:00:00Z", date(1990, 5, 17)),
        ("2016-12-31T23:59:60Z", date(2016, 12, 31)),
        (19900517, date(1990, 5, 17)),
        ("20240302112233", date(2024, 3, 2)),
        (31_536_000_000, date(1971, 1, 1)),
        ("1990-02-30T00:00:00Z", None),
    ],
)
def test_a_day_is_the_one_that_is_written(value: Any, day: date | None) -> None:
    assert parse_day(value) == day


def test_a_day_of_a_declared_count_is_that_in_utc() -> None:
    assert parse_day("20240302", SECONDS) == date(1970, 8, 23)
    assert parse_day("20240302.5", SECONDS) == date(1970, 8, 23)
    assert parse_day("1990-05-17T00:00:00+02:00", SECONDS) == date(1990, 5, 17)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("1990-05-17", "1990-05-17"),
        (" 1990-05-17 ", "1990-05-17"),
        ("19900517", "1990-05-17"),
        (19900517.0, "1990-05-17"),
        ("2024-W09-4", None),
        ("1990-05-17T00:00:00Z", None),
        (1_648_553_325_000, None),
        ("2023-02-29", None),
    ],
)
def test_a_date_without_a_time_is_kept(value: Any, written: str | None) -> None:
    assert written_date(value) == written


def test_with_a_unit_digits_are_no_date() -> None:
    assert written_date("19900517", SECONDS) is None
    assert written_date("1990-05-17", SECONDS) == "1990-05-17"


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_an_iso_text_may_be_of_any_year(text: str) -> None:
    assert parse_iso(text) is not None
    assert parse_time(text) is None


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+23:00", "2022-02-30T00:00:00Z", "soon", "1648553325000"])
def test_other_texts_are_no_iso_time(text: str) -> None:
    assert parse_iso(text) is None


def test_a_usual_iso_text_is_known() -> None:
    assert is_iso("2024-03-02T11:22:33.5Z")
    assert not is_iso("2024-02-30T11:22:33.5Z")


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("2024-02-29", True), ("2023-02-29", False), ("YYYY-MM-DD", False), ("20240229", False), ("2024-W09-4", False)],
)
def test_a_date_is_one_of_the_calendar(text: str, is_one: bool) -> None:
    assert is_date(text) is is_one
