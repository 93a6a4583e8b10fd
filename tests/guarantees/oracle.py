"""What MoEngage has to show, from everything that was taken into custody; it shares no code with the connector."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Given(NamedTuple):
    """A profile that was taken into custody: when (epoch ms), its place in all, its destination and its user.

    `audiences` are those that the destination had activated then.
    """

    received: int
    place: tuple[int, int]
    destination: str
    user: str
    profile: dict[str, Any]
    audiences: frozenset[str]


@dataclass
class Oracle:
    """`activated` has each destination's audiences, with the names in its file (None: none)."""

    activated: dict[str, dict[str, str | None]]
    given: list[Given] = field(default_factory=list)

    def newest(self, user: str, destination: str) -> Given | None:
        """Returns the newest profile of a user that a destination was given."""
        own = [each for each in self.given if (each.user, each.destination) == (user, destination)]
        return max(own, key=lambda each: (each.received, each.place), default=None)

    def names(self, users: Iterable[str]) -> list[str]:
        """Returns the names that MoEngage shows of a person who is known under these users."""
        people = frozenset(users)
        statements = [found for each in self.given if each.user in people for found in self._statements(each)]
        shown = set()
        for audience in {found[0] for found in statements}:
            _, _, outside, _ = max((s for s in statements if s[0] == audience), key=lambda s: s[1:3])
            if not outside and (owners := self._owners(people, audience)):
                shown.add(self._name(audience, owners, statements))
        return sorted(shown)

    def consents(self, users: Iterable[str], destination: str) -> bool:
        """Returns whether the newest profile of a person that a destination was given has consent."""
        people = frozenset(users)
        own = [each for each in self.given if each.user in people and each.destination == destination]
        return bool(own) and consents(max(own, key=lambda each: (each.received, each.place)).profile)

    def _statements(self, given: Given) -> Iterable[tuple[str, int, bool, str | None]]:
        for audience, entry in given.profile["segmentMembership"]["ups"].items():
            if audience in given.audiences and entry["status"] in {"realized", "exited"}:
                since = min(entry.get("lastQualificationTime", given.received), given.received)
                yield audience, since, entry["status"] == "exited", entry.get("name")

    def _owners(self, people: frozenset[str], audience: str) -> list[str]:
        known = {each.destination for each in self.given if each.user in people}
        return [name for name in sorted(known) if audience in self.activated[name] and self.consents(people, name)]

    def _name(self, audience: str, owners: list[str], statements: list[tuple[str, int, bool, str | None]]) -> str:
        in_file = next((self.activated[name][audience] for name in owners if self.activated[name][audience]), None)
        named = [s for s in statements if s[0] == audience and s[3] and not s[2]]
        return in_file or str(max(named, key=lambda s: s[1])[3] if named else audience)


def consents(profile: dict[str, Any]) -> bool:
    """Returns whether a profile has consent."""
    return bool(profile["consents"]["marketing"]["email"]["val"] == "y")
