"""Known users: which user an anonymous one turned out to be, as profiles and events with both identities say.

Noted for destinations that hold anonymous events. Newer profiles and events win: a device may change hands. The
customer id is sealed, as in a row of the ledger.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from aep_moengage.ledger.keys import LedgerKeys
from aep_moengage.ledger.ledger import KEPT_SECONDS
from aep_moengage.ledger.row import LedgerUnavailable

_ROUNDS = 3  # of reading and writing
_RENEWED_SECONDS = KEPT_SECONDS / 2  # what is said again is noted again only if it would be forgotten soon


class KnownUser(NamedTuple):
    """An anonymous user, by key, who turned out to be the `user` whose id is `sealed`.

    `since` is when it was said, in epoch ms. After `expires`, in epoch seconds, it is forgotten.
    """

    key: str
    user: str
    sealed: bytes
    since: int
    expires: int
    version: int = 1


class KnownUserTable(Protocol):
    """The table of items; both methods raise `LedgerUnavailable`."""

    def read(self, keys: Sequence[str]) -> dict[str, KnownUser]:
        """Returns the items that exist, by key, as they are after every write that was answered."""

    def write(self, items: Sequence[tuple[KnownUser, bool]]) -> list[bool]:
        """Writes items, each given with whether it existed; returns for each whether nobody else wrote it first."""


class Identified(NamedTuple):
    """What a profile or an event says that has both identities, and when it came, in epoch ms."""

    anonymous_id: str
    customer_id: str
    since: int


class KnownUsers:
    """Remembers who anonymous users are; both methods raise `LedgerUnavailable`."""

    def __init__(
        self, table: KnownUserTable, keys: Callable[[], LedgerKeys], clock: Callable[[], float] = time.time
    ) -> None:
        self._table = table
        self._keys = keys
        self._clock = clock

    def note(self, workspace: str, said: Iterable[Identified]) -> None:
        """Notes who anonymous users of a workspace are."""
        newest = {each.anonymous_id: each for each in sorted(said, key=lambda each: each.since)}
        wanted = {item.key: item for item in (self._item(workspace, each) for each in newest.values())}
        for _ in range(_ROUNDS):
            if not wanted:
                return
            known = self._table.read(list(wanted))
            news = [item for key, item in wanted.items() if self._is_news(item, known.get(key))]
            due = [_after(item, known.get(item.key)) for item in news]
            written = self._table.write([(item, item.key in known) for item in due]) if due else []
            wanted = {item.key: item for item, done in zip(news, written, strict=True) if not done}
        if wanted:
            raise LedgerUnavailable("others note at the same time who a user is")

    def find(self, workspace: str, anonymous_ids: Iterable[str]) -> dict[str, str]:
        """Returns the customer ids of those anonymous users who are known."""
        keys, now = self._keys(), self._clock()
        wanted = {keys.known(workspace, each): each for each in anonymous_ids}
        known = self._table.read(list(wanted)) if wanted else {}
        opened = {
            wanted[each.key]: keys.open(workspace, each.user, each.sealed)
            for each in known.values()
            if each.expires > now
        }
        return {anonymous_id: customer_id for anonymous_id, customer_id in opened.items() if customer_id is not None}

    def _item(self, workspace: str, said: Identified) -> KnownUser:
        keys = self._keys()
        user = keys.user(workspace, said.customer_id)
        return KnownUser(
            key=keys.known(workspace, said.anonymous_id),
            user=user,
            sealed=keys.seal(user, said.customer_id),
            since=said.since,
            expires=int(self._clock()) + KEPT_SECONDS,
        )

    def _is_news(self, item: KnownUser, known: KnownUser | None) -> bool:
        now = self._clock()
        if known is None or known.expires <= now:
            return True
        if known.user == item.user:
            return known.expires - now < _RENEWED_SECONDS
        return item.since > known.since


def _after(item: KnownUser, known: KnownUser | None) -> KnownUser:
    return item._replace(version=known.version + 1) if known else item
