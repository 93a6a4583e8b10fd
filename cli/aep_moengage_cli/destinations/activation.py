"""Activation: adds audiences to a document, removes and renames them, as the command line asks. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any

from aep_moengage_cli.errors import CommandError

ALL = "all"
_UPS = "ups"  # the default namespace

type Audience = dict[str, Any]


def activate(
    audiences: list[Audience] | str, *, add: Sequence[str], remove: Sequence[str], rename: Sequence[str] = ()
) -> list[Audience] | str:
    """Returns the activated audiences without the removed ones, with new names, and with the added ones.

    `add`: `ID[=NAME][@NAMESPACE]`; `remove`: an id, `ID@NAMESPACE`, or a name. Either may be `all`. `rename`: one of
    those that `remove` takes, then `=NAME`.

    Raises:
        CommandError: for an audience that can't be added, removed or renamed.
    """
    if ALL in add:
        return ALL
    if ALL in remove:
        audiences, remove = [], ()
    if isinstance(audiences, str):
        raise CommandError("All audiences are activated: use --remove all, and --add each audience to keep.")
    kept = _renamed(_without(audiences, remove), rename)
    return _with(kept, map(_audience, add))


def _renamed(audiences: list[Audience], rename: Sequence[str]) -> list[Audience]:
    for text in rename:
        which, _, name = text.rpartition("=")
        if not which or not name.strip():
            raise CommandError(f"{text}: write a new name as ID=NAME or OLD NAME=NAME.")
        renamed = _find(audiences, which)
        audiences = [each | {"name": name.strip()} if each is renamed else each for each in audiences]
    return audiences


def _without(audiences: list[Audience], remove: Sequence[str]) -> list[Audience]:
    removed = [_find(audiences, name) for name in remove]
    return [each for each in audiences if each not in removed]


def _find(audiences: list[Audience], name: str) -> Audience:
    """Returns the audience with this id or name."""
    found = [each for each in audiences if name in (each["id"], _full_id(each))]
    found = found or [each for each in audiences if each.get("name") == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise CommandError(f"{name} matches several audiences: use one of {', '.join(map(_full_id, found))}.")
    known = ", ".join(str(each.get("name") or each["id"]) for each in audiences) or "none"
    raise CommandError(f"The audience {name} is not activated. Activated audiences: {known}.")


def _with(audiences: list[Audience], added: Iterable[Audience]) -> list[Audience]:
    result = {_key(each): each for each in audiences}
    for audience in added:
        result[_key(audience)] = result.get(_key(audience), {}) | audience
    return list(result.values())


def _audience(text: str) -> Audience:
    rest, _, namespace = text.rpartition("@") if "@" in text else (text, "", _UPS)
    identity, _, name = rest.partition("=")
    if not identity or not namespace:
        raise CommandError(f"{text}: write an audience as ID, ID=NAME, ID@NAMESPACE or ID=NAME@NAMESPACE.")
    given = {"id": identity, "name": name, "namespace": "" if namespace == _UPS else namespace}
    return {field: value for field, value in given.items() if value}


def _key(audience: Audience) -> tuple[str, str]:
    return _namespace(audience).lower(), audience["id"]


def _full_id(audience: Audience) -> str:
    return f"{audience['id']}@{_namespace(audience)}"


def _namespace(audience: Audience) -> str:
    return str(audience.get("namespace", _UPS))
