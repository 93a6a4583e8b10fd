"""Consent: the values that XDM knows, and which of them mean that a profile may be sent."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, Self

from aep_moengage.aep.sources import compile_source


class ConsentValue(StrEnum):
    """XDM's values of `val`, spelled as there; `default` tells whether one counts where a rule lists none.

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

type Agrees = Callable[[dict[str, Any]], bool]


def compile_consent(path: str, values: Iterable[ConsentValue]) -> Agrees:
    """Returns a function from a profile to whether it agrees: whether one of `values` stands at `path`.

    The path may lead to the consent or to its `val`. What is absent, or not spelled as in XDM, is no consent.
    """
    read, allowed = compile_source(path), frozenset(map(str, values))

    def agrees(profile: dict[str, Any]) -> bool:
        consent = read(profile)
        answer = consent.get("val") if type(consent) is dict else consent
        return type(answer) is str and answer in allowed

    return agrees
