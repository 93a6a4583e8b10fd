"""Identities: the ids of a profile's identity map, by namespace."""

import math
from collections.abc import Callable
from typing import Any

from aep_moengage.aep.nobody import NamesNobody, compile_screen
from aep_moengage.aep.profiles import IDENTITIES
from aep_moengage.aep.texts import trimmed

type Choose = Callable[[dict[str, Any]], str | None]

LONGEST_ID = 1_024  # characters; Adobe's guardrails for Identity Service
_INEXACT_FROM = 2**53  # from here on neighbouring integers share one float, so its digits were never sent
_TOO_LARGE = 10**LONGEST_ID


class InvalidIdentity(ValueError):
    """The chosen id is a number whose digits are not known: a fraction, or a float that is too large to be exact."""


def compile_choice(namespace: str, names_nobody: NamesNobody) -> Choose:
    """Returns a function from a profile to its id in a namespace, whatever the case of the namespace's name.

    The function returns None where the profile has no id there that names somebody. It raises `InvalidIdentity` where
    `choose` does.
    """
    wanted = namespace.lower()

    def choose_from(profile: dict[str, Any]) -> str | None:
        identities = profile.get(IDENTITIES)
        if type(identities) is not dict:
            return None
        if (found := choose(identities.get(namespace), names_nobody)) is not None:
            return found
        for key in sorted(key for key in identities if key.lower() == wanted):
            if (found := choose(identities[key], names_nobody)) is not None:
                return found
        return None

    return choose_from


def compile_identity(namespace: str, names_nobody: NamesNobody | None = None) -> Choose:
    """Returns what `compile_choice` returns, but an id that cannot be read exactly counts as absent."""
    choose_from = compile_choice(namespace, names_nobody or compile_screen())

    def read(profile: dict[str, Any]) -> str | None:
        try:
            return choose_from(profile)
        except InvalidIdentity:
            return None

    return read


def choose(entries: Any, names_nobody: NamesNobody) -> str | None:
    """Returns the id of one entry, trimmed; None where no entry names anybody.

    `entries` is as in identityMap, `[{"id": …, "primary": …, "authenticatedState": …}, …]`; a bare entry and a bare id
    are understood too. The primary entry comes first, then an authenticated one, then the smallest id: AEP does not
    promise an order, and the same ids give the same choice in any.

    Raises:
        InvalidIdentity: if the chosen entry's id is a number whose digits are not known.
    """
    if type(entries) is not list:
        entries = [entries]
    for entry in sorted(entries, key=_precedence) if len(entries) > 1 else entries:
        found = _id(entry)
        if found is not None and not names_nobody(found):
            return found
    return None


def _precedence(entry: Any) -> tuple[bool, bool, bool, str]:
    """What comes first sorts first; of ids that are equal in all else, one that cannot be read exactly comes last."""
    marks = entry if type(entry) is dict else {}
    primary = str(marks.get("primary")).lower() == "true"  # some senders write it as text
    authenticated = str(marks.get("authenticatedState")).lower() == "authenticated"
    try:
        found = _id(entry)
    except InvalidIdentity:
        return not primary, not authenticated, True, ""
    return not primary, not authenticated, False, found or ""


def _id(entry: Any) -> str | None:
    value = entry.get("id") if type(entry) is dict else entry
    if type(value) is str:
        return trimmed(value)
    if type(value) is float:
        return _digits_of(value)
    if type(value) is not int:
        return None
    if abs(value) >= _TOO_LARGE:
        raise InvalidIdentity
    return str(value)


def _digits_of(value: float) -> str | None:
    """AEP writes whole numbers as 12.0 too. Not a number names nobody."""
    if math.isnan(value):
        return None
    if not value.is_integer() or abs(value) >= _INEXACT_FROM:
        raise InvalidIdentity
    return str(int(value))
