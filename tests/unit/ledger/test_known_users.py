"""Known users: who an anonymous user turned out to be."""

from collections.abc import Sequence

import pytest
from tests.unit.deliveries import KEYS, KnownUserTable

from aep_moengage.ledger.known_users import Identified, KnownUser, KnownUsers
from aep_moengage.ledger.ledger import KEPT_SECONDS
from aep_moengage.ledger.row import LedgerUnavailable

HERE, DAY = "01/ACME", 86_400


class People:
    """Known users whose clock is moved; `said` is the time of what is noted next, in epoch ms."""

    def __init__(self, table: KnownUserTable | None = None) -> None:
        self.now = 1_000_000.0
        self.table = table or KnownUserTable()
        self.known = KnownUsers(self.table, lambda: KEYS, lambda: self.now)

    def note(self, anonymous_id: str, customer_id: str, since: int = 1) -> int:
        """Notes who somebody is; returns how often the item was written."""
        self.known.note(HERE, [Identified(anonymous_id, customer_id, since)])
        return sum(item.version for item in self.table.items.values())

    def who(self, *anonymous_ids: str) -> dict[str, str]:
        return self.known.find(HERE, anonymous_ids)


def test_who_is_noted_is_found_in_the_same_workspace() -> None:
    people = People()
    people.note("device-1", "ada")

    assert people.who("device-1", "device-2") == {"device-1": "ada"}
    assert people.known.find("01/OTHER", ["device-1"]) == {}


def test_of_two_users_of_a_device_the_one_who_was_named_last_counts_in_whatever_order_it_is_said() -> None:
    people = People()
    people.known.note(HERE, [Identified("device-1", "bob", 5), Identified("device-1", "ada", 3)])
    assert people.who("device-1") == {"device-1": "bob"}

    people.note("device-1", "ada", 4)
    assert people.who("device-1") == {"device-1": "bob"}
    people.note("device-1", "eve", 6)
    assert people.who("device-1") == {"device-1": "eve"}


def test_what_is_said_again_is_written_again_only_before_it_is_forgotten() -> None:
    people = People()

    assert people.note("device-1", "ada") == people.note("device-1", "ada", 9) == 1
    people.now += KEPT_SECONDS / 2 + DAY
    assert people.note("device-1", "ada", 10) == 2
    people.now += KEPT_SECONDS - DAY
    assert people.who("device-1") == {"device-1": "ada"}
    people.now += 2 * DAY
    assert people.who("device-1") == {}
    assert people.note("device-1", "bob", 1) == 3


def test_nothing_is_read_or_written_where_nobody_is_named() -> None:
    people = People()
    people.table.failing.append(True)
    people.known.note(HERE, [])

    assert people.who() == {}


def test_a_lost_race_is_decided_again() -> None:
    class Racing(KnownUserTable):
        """Somebody else names another user, of a newer profile, just before the first write."""

        def write(self, items: Sequence[tuple[KnownUser, bool]]) -> list[bool]:
            if not self.items:
                (item, _), *_ = items
                self.items[item.key] = item._replace(user="other", since=item.since + 1)
                return [False]
            return super().write(items)

    people = People(Racing())
    people.note("device-1", "ada")
    assert people.who("device-1") == {}, "the other's is newer, and cannot be opened here"


def test_a_race_that_is_lost_again_and_again_is_an_error() -> None:
    class Full(KnownUserTable):
        """Every item is written by others just before."""

        def write(self, items: Sequence[tuple[KnownUser, bool]]) -> list[bool]:
            return [False for _ in items]

    with pytest.raises(LedgerUnavailable):
        People(Full()).note("device-1", "ada")


def test_a_table_shows_neither_user() -> None:
    people = People()
    people.note("canary-device", "canary-user")

    assert next(iter(people.table.items)).startswith("known#")
    assert "canary" not in str(people.table.items)
