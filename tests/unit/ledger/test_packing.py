"""Packed memberships: what is read is what was written, and 50 audiences take less than 1 KB."""

from copy import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aep_moengage.ledger.items import GROUP_COLUMN, groups_with, item_of, row_of
from aep_moengage.ledger.memberships import GROUPS, Membership, Memberships, group_of
from aep_moengage.ledger.packing import UnknownNames, name_id, names_of, pack, unpack
from aep_moengage.ledger.row import Destined, LedgerRow
from aep_moengage.mapping.audiences import short_key

NOW_MS = 1_767_225_600_000
texts = st.text(min_size=1, max_size=20)
keys = st.binary(min_size=6, max_size=6)


def memberships(owners: list[str]) -> st.SearchStrategy[dict[bytes, Membership]]:
    each = st.builds(
        Membership,
        inside=st.booleans(),
        since=st.integers(0, NOW_MS * 2),
        name=texts,
        listed=st.frozensets(texts, max_size=20),
        entered=st.booleans() | st.none(),
        owners=st.frozensets(st.sampled_from(owners)) if owners else st.just(frozenset()),
        named_by=st.sampled_from(["", *owners]),
    )
    as_named = each.map(
        lambda found: found if found.listed else Membership(name=found.name, listed=frozenset({found.name}))
    )
    return st.dictionaries(keys, each | as_named, max_size=8)


def dictionary(known: Memberships) -> dict[bytes, str]:
    return {name_id(name): name for name in names_of(known)}


@pytest.mark.parametrize("count", [0, 1, 3, 8, 9, 33, 300])
@given(st.data())
@settings(max_examples=50)
def test_memberships_come_back_as_they_were_packed(count: int, data: st.DataObject) -> None:
    destinations = [f"destination-{number}" for number in range(count)]
    known = data.draw(memberships(destinations))

    packed = pack(known, destinations)
    assert unpack(packed, destinations, dictionary(known)) == known
    assert pack(dict(reversed(known.items())), destinations) == packed


def fifty(**fields: Any) -> dict[bytes, Membership]:
    made = {}
    for number in range(50):
        name = f"Spring campaign 2026, audience number {number}"
        given: dict[str, Any] = {"inside": True, "since": NOW_MS, "entered": True, "listed": frozenset({name})} | fields
        made[short_key(("ups", f"7841ba61-23c1-4bb3-a495-{number:012}"))] = Membership(name=name, **given)
    return made


@pytest.mark.parametrize("destinations", [1, 2, 8])
def test_fifty_audiences_stay_below_a_kilobyte(destinations: int) -> None:
    names = [f"destination-{number}" for number in range(destinations)]
    assert len(pack(fifty(owners=frozenset(names)), names)) < 1000


def test_a_row_of_fifty_audiences_takes_two_write_units_of_dynamodb() -> None:
    """DynamoDB counts names and values, in units of 1 KB; the rest of the row is small beside the audiences."""
    destined = Destined("1767225600000-000000-0a1b2c3d4e5f6g7h=", "0123456789abcdef", "0123456789abcdef", "AEP Segment")
    row = LedgerRow("0" * 32, 1, {"acme-production": destined}, fifty(owners=frozenset({"acme-production"})))
    bare = replace(row, memberships={}, sealed=b"")

    assert _size(item_of(bare)) < 400
    assert _size(item_of(replace(row, sealed=b"ada.lovelace@example.com"))) < 1400
    assert _size(item_of(row)) - _size(item_of(bare)) < 1000


def _size(item: dict[str, Any]) -> int:
    return sum(len(name) + _value_size(value) for name, value in item.items())


def _value_size(value: dict[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "L":
        return 3 + sum(1 + _value_size(each) for each in content)
    if kind == "M":
        return 3 + sum(1 + len(name) + _value_size(each) for name, each in content.items())
    return len(content) if kind in {"S", "N", "B"} else 1


def test_names_that_are_not_at_hand_are_asked_for_by_their_ids() -> None:
    known = {b"audien": Membership(name="Gold", listed=frozenset({"Gold", "Old"}))}
    packed = pack(known, [])

    with pytest.raises(UnknownNames) as caught:
        unpack(packed, [], {name_id("Gold"): "Gold"})
    assert caught.value.ids == {name_id("Old")}
    with pytest.raises(UnknownNames) as caught:
        unpack(packed, [], {})
    assert caught.value.ids == {name_id("Gold"), name_id("Old")}


def test_no_name_is_in_a_packed_row() -> None:
    packed = pack({b"audien": Membership(name="Gold members", listed=frozenset({"Golden"}))}, [])
    assert b"Gold" not in packed


def test_another_layout_or_none_is_read_as_no_membership() -> None:
    for packed in (b"", b"\x00whatever", b"\x01" + b"x" * 19):
        assert unpack(packed, [], {}) == {}


@pytest.mark.parametrize("entered", [True, False, None])
def test_a_time_beyond_the_year_2248_is_the_latest_that_fits(entered: bool | None) -> None:
    known = {b"audien": Membership(since=2**60, name="Gold", entered=entered)}
    found = unpack(pack(known, []), [], dictionary(known))[b"audien"]
    assert (found.since, found.entered) == (2**43 - 1, entered)


def test_a_name_id_is_five_bytes_and_half_a_character_has_one() -> None:
    assert len(name_id("Gold")) == 5
    assert name_id("\ud83d") != name_id("\ud83e")


# --- rows

destined = st.builds(
    Destined,
    sequence=st.sampled_from(["", "0001"]),
    delivered=st.sampled_from([None, "digest"]),
    shown=st.sampled_from([None, "names"]),
    attribute=st.sampled_from(["", "AEP Segment"]),
    withdrawn=st.booleans(),
    former=st.frozensets(st.sampled_from(["AEPSegments", "Segments"])),
)
rows = st.builds(
    LedgerRow,
    user=st.just("u1"),
    version=st.integers(1, 9),
    destinations=st.dictionaries(st.sampled_from(["alpha", "bravo"]), destined),
    memberships=memberships([]),
    lease=st.sampled_from([0.0, 1700000000.125]),
    in_moengage=st.booleans(),
    merged=st.booleans(),
    merging=st.booleans(),
    merge_refused=st.booleans(),
    sealed=st.binary(max_size=8),
    expires=st.integers(0, 2**40),
)


@given(rows)
def test_a_row_comes_back_from_its_item(row: LedgerRow) -> None:
    assert row_of(item_of(row), dictionary(row.memberships)) == row


@given(memberships([]))
def test_the_index_finds_the_users_who_are_listed_in_an_audience(known: dict[bytes, Membership]) -> None:
    item = item_of(LedgerRow("u1", memberships=known))
    listed = {group_of(key) for key, each in known.items() if each.listed}

    assert (GROUP_COLUMN in item) is bool(listed)
    found = item.get(GROUP_COLUMN, {}).get("S")
    for group in range(GROUPS):
        assert (found in groups_with(group, GROUPS)) is (group in listed)


def test_the_index_has_one_key_for_each_set_of_groups() -> None:
    assert groups_with(0, 2) == ["01", "03"]
    assert groups_with(1, 2) == ["02", "03"]
    assert len(groups_with(3, GROUPS)) == 2 ** (GROUPS - 1)
