"""How an operator reads dead letters and timestamps."""

from datetime import UTC, datetime

import pytest

from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.profiles.dead_letter_messages import REASONS
from aep_moengage_cli.profiles.dead_letter_report import ADVICE
from aep_moengage_cli.timestamps import ago, iso, parse_timestamp

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_every_reason_has_advice() -> None:
    assert set(ADVICE) == set(REASONS)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("90s", "2026-11-24T11:58:30Z"),
        ("2h", "2026-11-24T10:00:00Z"),
        ("3d", "2026-11-21T12:00:00Z"),
        ("2026-11-23", "2026-11-23T00:00:00Z"),
        ("2026-11-23T10:00:00+02:00", "2026-11-23T08:00:00Z"),
        ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z"),
    ],
)
def test_timestamp_is_a_duration_or_an_iso_time(text: str, moment: str) -> None:
    assert iso(int(parse_timestamp(text, NOW).timestamp() * 1000)) == moment


@pytest.mark.parametrize("text", ["", "2", "h", "-2h", "2 hours", "yesterday", "2026-13-01", "999999w"])
def test_invalid_timestamp_is_reported(text: str) -> None:
    with pytest.raises(CommandError, match="is not a time"):
        parse_timestamp(text, NOW)


@pytest.mark.parametrize(
    ("seconds", "said"), [(-5, "0 s"), (59, "59 s"), (61, "1 min"), (7300, "2 h"), (200_000, "2 d")]
)
def test_ago_is_rounded_down(seconds: int, said: str) -> None:
    assert ago(int((NOW.timestamp() - seconds) * 1000), NOW) == f"{said} ago"
