"""Consent: whether a profile may be sent, by a rule of the destination file and XDM's precedence.

Sources: Adobe's page on the Consents and Preferences field group, and XDM's schema of the older optInOut.
"""

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from typing import Any, Self

from aep_moengage.aep.identities import compile_identity
from aep_moengage.aep.source_errors import SourceError
from aep_moengage.aep.sources import Source, compile_source, plain_path, walk
from aep_moengage.aep.texts import trimmed


class ConsentValue(StrEnum):
    """XDM's values of `val`, spelled as there; `default` says whether one counts where a rule lists no values.

    Source: XDM's data type for consents and preferences.
    """

    default: bool
    meaning: str
    why: str  # it counts by default, or does not

    def __new__(cls, value: str, default: bool, meaning: str, why: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.default, member.meaning, member.why = default, meaning, why
        return member

    YES = "y", True, "yes", "the person opted in"
    NO = "n", False, "no", "the person opted out"
    PENDING = "p", False, "pending verification", "an opt-in that is not confirmed is none yet"
    UNKNOWN = "u", False, "unknown", "nobody knows what the person wants"
    DEFAULT_YES = "dy", False, "default yes", "assumed, not given by the person"
    DEFAULT_NO = "dn", False, "default no", "assumed to be refused"
    LEGITIMATE_INTEREST = "LI", False, "legitimate interest", "no consent but another legal basis: yours to judge"
    CONTRACT = "CT", False, "contract", "needed to fulfil a contract, which marketing seldom is"
    COMPLIANCE = "CP", False, "compliance with a legal obligation", "no obligation to market is known"
    VITAL_INTEREST = "VI", False, "vital interest of the individual", "for emergencies, not for marketing"
    PUBLIC_INTEREST = "PI", False, "public interest", "a task of authorities, not marketing"


BY_DEFAULT = tuple(value for value in ConsentValue if value.default)
OPT_IN, OPT_VALUES = "in", ("in", "out", "pending", "not_provided")  # of a channel of optInOut

type Answer = str | bool
type Agrees = Callable[[dict[str, Any]], bool]
type Delivered = Callable[[dict[str, Any]], tuple[str | None, str] | None]
type Keys = tuple[str, ...]

_CONSENTS, _OPT_IN_OUT = "consents", "optInOut"
_ANY: Keys = ("marketing", "any")
_ID_SPECIFIC, _GLOBAL_OPT_OUT = "idSpecific", "globalOptout"
_REFUSALS = frozenset({"n", "no", "false"})  # where a refusal overrules, other spellings of it count too
_UNREADABLE = ""  # an answer that is neither text nor true or false


def known_values(path: str) -> tuple[str, ...] | None:
    """Returns the values that XDM has at a path; None where any value may stand."""
    if _below(path, _CONSENTS):
        return tuple(map(str, ConsentValue))
    return OPT_VALUES if _below(path, _OPT_IN_OUT) else None


def compile_consent(path: str, values: Iterable[Answer] | None = None, delivered: Delivered | None = None) -> Agrees:
    """Returns a function from a profile to whether it consents: whether the answer that counts is one of `values`.

    A plain path into XDM's `consents` or `optInOut` follows XDM's precedence. At any other path, and for any other
    JMESPath expression, the value itself is the answer. `values` are by default `in` for optInOut, else `y`.
    `delivered` returns the identity that a profile is delivered under: its namespace, or None for one that was read
    from an attribute, and its id before transforms.
    """
    if found := _below(path, _CONSENTS):
        return _consents(*found, frozenset(values or BY_DEFAULT), delivered or _under_no_identity)
    if found := _below(path, _OPT_IN_OUT):
        return _opt_in_out(*found, frozenset(values or [OPT_IN]))
    read, allowed = compile_source(path), frozenset(values or BY_DEFAULT)
    return lambda profile: _answer(read(profile)) in allowed


def _below(path: str, name: str) -> tuple[Keys, Keys] | None:
    """Splits a plain path after the XDM object of this name; None where no answer for a purpose lies below it."""
    try:
        keys = plain_path(path)
    except SourceError:
        return None
    if name not in keys:
        return None
    end = keys.index(name) + 1
    root, below = keys[:end], keys[end:]
    below = below[:-1] if below[-1:] == ("val",) else below
    return (root, below) if below and below[0] not in {_ID_SPECIFIC, _GLOBAL_OPT_OUT} else None


def _consents(root: Keys, below: Keys, allowed: frozenset[Answer], delivered: Delivered) -> Agrees:
    """`n` for all marketing, or for what holds the purpose, is final; so is `n` for the purpose or for one identity.

    Otherwise the answer for the identity counts, else the one for the purpose, else, for a channel, the one for all
    marketing.
    """
    consents_of, own = walk(root), _answer_at(below)
    broader = [_answer_at(below[:size]) for size in range(1, len(below))]
    default: Source = _absent
    if below[0] == _ANY[0] and below != _ANY:
        broader.append(_answer_at(_ANY))
        default = broader[-1] if len(below) == len(_ANY) else _absent

    def agrees(profile: dict[str, Any]) -> bool:
        consents = consents_of(profile)
        if type(consents) is not dict:
            return False
        specific = [(ours, own(found)) for ours, found in _id_specific(consents.get(_ID_SPECIFIC), profile, delivered)]
        of_identities, of_purpose = [answer for _, answer in specific], own(consents)
        if any(_refuses(each, allowed) for each in (*(read(consents) for read in broader), of_purpose, *of_identities)):
            return False
        answers = (*(answer for ours, answer in specific if ours), of_purpose, default(consents))
        return next((answer for answer in answers if answer is not None), None) in allowed

    return agrees


def _opt_in_out(root: Keys, below: Keys, allowed: frozenset[Answer]) -> Agrees:
    """A global opt-out overrules the channel."""
    choices_of, own = walk(root), _answer_at(below)

    def agrees(profile: dict[str, Any]) -> bool:
        choices = choices_of(profile)
        if type(choices) is not dict or str(choices.get(_GLOBAL_OPT_OUT)).strip().lower() == "true":
            return False
        return own(choices) in allowed

    return agrees


def _id_specific(specific: Any, profile: dict[str, Any], delivered: Delivered) -> Iterator[tuple[bool, Any]]:
    """Yields the preferences for identities of the profile, each with whether the profile is delivered under it.

    Of a namespace the identity counts that would be chosen of it.
    """
    if type(specific) is not dict or not specific:
        return
    namespace, delivered_id = delivered(profile) or (None, None)
    for name, preferences in specific.items():
        is_delivered = namespace is None or namespace.lower() == name.lower()
        chosen = compile_identity(name)(profile)
        for key, found in preferences.items() if type(preferences) is dict else ():
            if is_delivered and _same(key, delivered_id):
                yield True, found
            elif _same(key, chosen):
                yield False, found


def _same(key: str, found: str | None) -> bool:
    return found is not None and trimmed(key).lower() == found.lower()


def _answer_at(keys: Keys) -> Source:
    read = walk(keys)
    return lambda consents: _answer(read(consents))


def _answer(found: Any) -> Answer | None:
    """The answer where a path leads: to the consent, or to its `val`."""
    answer = found.get("val") if type(found) is dict else found
    return answer if answer is None or type(answer) in {str, bool} else _UNREADABLE


def _refuses(answer: Answer | None, allowed: frozenset[Answer]) -> bool:
    return answer not in allowed and str(answer).strip().lower() in _REFUSALS


def _absent(_: Any) -> None:
    return None


def _under_no_identity(_: dict[str, Any]) -> None:
    return None
