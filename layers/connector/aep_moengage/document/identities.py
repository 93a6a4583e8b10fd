"""A destination's identities, compiled: from a profile to the ids that MoEngage will know its user by."""

from collections.abc import Callable, Iterable
from typing import Any

from aep_moengage.aep.identities import Choose, InvalidIdentity, choose, compile_choice
from aep_moengage.aep.nobody import NamesNobody, compile_screen
from aep_moengage.aep.sources import compile_source
from aep_moengage.aep.texts import STEPS
from aep_moengage.document.consent import Delivered
from aep_moengage.document.destination import Identities, IdentitySource
from aep_moengage.moengage.records import FORBIDDEN_CUSTOMER_IDS

type Identified = tuple[str | None, str | None]  # a profile's user id and its anonymous id, where it has them
type Identify = Callable[[dict[str, Any]], Identified]


def screen(identities: Identities) -> NamesNobody:
    """Returns what tells ids that name nobody: AEP's and MoEngage's, and those that the destination file ignores."""
    return compile_screen(FORBIDDEN_CUSTOMER_IDS.union(identities.ignore))


def compile_identities(identities: Identities) -> Identify:
    """Returns a function from a profile's values to its ids.

    Of each identity's sources the first with an id that names somebody counts. The function raises `InvalidIdentity`
    if the id that the user would get is a number whose digits are not known: it is never replaced by another one.
    """
    names_nobody = screen(identities)
    user = _first_of(_compiled(source, names_nobody) for source in identities.user_id)
    anonymous = _first_of(_compiled(source, names_nobody) for source in identities.anonymous_id)

    def identify(values: dict[str, Any]) -> Identified:
        user_id = user(values)
        try:
            return user_id, anonymous(values)
        except InvalidIdentity:
            if user_id is None:
                raise
            return user_id, None

    return identify


def compile_delivered(identities: Identities) -> Delivered:
    """Returns a function from a profile's values to the identity that it is delivered under.

    That is its namespace, or None for one that is read from an attribute, and its id before transforms; None for a
    profile without a usable id.
    """
    names_nobody = screen(identities)
    sources = [
        (source.namespace, _choice(source, names_nobody)) for source in (*identities.user_id, *identities.anonymous_id)
    ]

    def delivered(values: dict[str, Any]) -> tuple[str | None, str] | None:
        try:
            found = ((namespace, choose_from(values)) for namespace, choose_from in sources)
            return next(((namespace, chosen) for namespace, chosen in found if chosen is not None), None)
        except InvalidIdentity:
            return None

    return delivered


def _compiled(source: IdentitySource, names_nobody: NamesNobody) -> Choose:
    choose_from = _choice(source, names_nobody)
    steps = [STEPS[name] for name in source.transform]
    if not steps:
        return choose_from

    def transformed(values: dict[str, Any]) -> str | None:
        if (found := choose_from(values)) is None:
            return None
        for step in steps:
            found = step(found)
        return found

    return transformed


def _choice(source: IdentitySource, names_nobody: NamesNobody) -> Choose:
    if source.namespace is not None:
        return compile_choice(source.namespace, names_nobody)
    read = compile_source(source.attribute or "")
    return lambda values: choose(read(values), names_nobody)


def _first_of(choices: Iterable[Choose]) -> Choose:
    sources = list(choices)
    if len(sources) == 1:
        return sources[0]

    def first(values: dict[str, Any]) -> str | None:
        for choose_from in sources:
            if (found := choose_from(values)) is not None:
                return found
        return None

    return first
