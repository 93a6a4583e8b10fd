"""What MoEngage has to show, from everything that was taken into custody; it shares no code with the connector."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

INSIDE = {None: True, "realized": True, "existing": True, "exited": False}


class Given(NamedTuple):
    """A profile that was taken into custody: when (epoch ms), its place in all, its destination and its user.

    `audiences` are those that the destination had activated then. `period` counts the quiet moments before.
    """

    received: int
    place: tuple[int, int]
    destination: str
    user: str
    profile: dict[str, Any]
    audiences: frozenset[str]
    period: int = 0


class Said(NamedTuple):
    """A statement about an audience, and who said it in which period."""

    audience: str
    since: int
    outside: bool
    name: str | None
    destination: str
    period: int


class Expected(NamedTuple):
    """An audience that the user is in: the names it may have. `certain`: one of them is shown."""

    audience: str
    names: frozenset[str]
    certain: bool


@dataclass
class Oracle:
    """`activated` has each destination's audiences, with the names in its file (None: none)."""

    activated: dict[str, dict[str, str | None]]
    given: list[Given] = field(default_factory=list)

    def newest(self, user: str, destination: str) -> Given | None:
        """Returns the newest profile of a user that a destination was given."""
        return self._newest([user], destination)

    def wrong(self, users: Sequence[str], shown: Sequence[str]) -> str:
        """Returns what is wrong with the names that MoEngage shows of a person who is known under these users."""
        expected = list(self.expected(users))
        allowed = frozenset[str]().union(*(each.names for each in expected))
        missing = [each.audience for each in expected if each.certain and each.names.isdisjoint(shown)]
        right = list(shown) == sorted(set(shown)) and allowed.issuperset(shown) and not missing
        return "" if right else f"{users} shown in {shown}, not as {expected}"

    def expected(self, users: Iterable[str]) -> Iterator[Expected]:
        """Yields the audiences to show: the newest statement of all that were given says that the person is in.

        A destination counts that has consent and the audience activated. It does so certainly once it was given a
        statement, or any profile after another one's statement: it knows nothing of the others' before.
        """
        people = frozenset(users)
        said = [each for given in self.given if given.user in people for each in self._statements(given)]
        for audience in sorted({each.audience for each in said}):
            about = [each for each in said if each.audience == audience]
            if max(about, key=lambda each: each[1:3]).outside:
                continue
            owners = self._owners(people, audience, about)
            consenting = [certain for name, certain in owners.items() if self.consents(people, name)]
            if consenting:
                yield Expected(audience, self._names(audience, owners, about), any(consenting))

    def consents(self, users: Iterable[str], destination: str) -> bool:
        """Returns whether the newest profile of a person that a destination was given has consent."""
        newest = self._newest(users, destination)
        return newest is not None and consents(newest.profile, newest.user)

    def _newest(self, users: Iterable[str], destination: str) -> Given | None:
        people = frozenset(users)
        own = [each for each in self.given if each.user in people and each.destination == destination]
        return max(own, key=lambda each: (each.received, each.place), default=None)

    def _statements(self, given: Given) -> Iterator[Said]:
        for audience, entry in given.profile["segmentMembership"]["ups"].items():
            status = entry["status"] and entry["status"].strip().lower()
            if audience in given.audiences and status in INSIDE:
                since = min(entry.get("lastQualificationTime", given.received), given.received)
                over = INSIDE[status] and entry.get("validUntil", given.received + 1) <= given.received
                since = max(since, entry["validUntil"]) if over else since
                name = entry.get("name") and entry["name"].strip()
                yield Said(audience, since, over or not INSIDE[status], name, given.destination, given.period)

    def _owners(self, people: frozenset[str], audience: str, about: list[Said]) -> dict[str, bool]:
        """The destinations that have an audience activated, in their order, each with whether it certainly counts."""
        told, since = {each.destination for each in about}, min(each.period for each in about)
        given = [each for each in self.given if each.user in people]
        later = {each.destination for each in given if len(people) == 1 and each.period > since}
        known = sorted({each.destination for each in given})
        return {name: name in told | later for name in known if audience in self.activated[name]}

    def _names(self, audience: str, owners: dict[str, bool], about: list[Said]) -> frozenset[str]:
        """The name in the file of the first destination that has one, else the newest in a payload, else the id."""
        names = set[str]()
        for destination, certain in owners.items():
            if name := self.activated[destination][audience]:
                names.add(name)
                if certain:
                    return frozenset(names)
        named = [each for each in about if each.name and not each.outside]
        newest = max(named, key=lambda each: each.since).name if named else None
        return frozenset({*names, newest or audience})


def consents(profile: dict[str, Any], user: str) -> bool:
    """Returns whether a profile has consent: `n` anywhere is final, else the narrowest answer counts."""
    found, marketing = profile["consents"], profile["consents"]["marketing"]
    own = found.get("idSpecific", {}).get("crmid", {}).get(user, {}).get("marketing", {})
    answers = [each["email"]["val"] for each in (own, marketing) if "email" in each]
    answers += [marketing["any"]["val"]] if "any" in marketing else []
    return "n" not in answers and answers[:1] == ["y"]
