"""Masked samples: payloads without their values, from which `init`, `check` and `preview` still make the same mapping.

A letter becomes x, a digit 1: types, formats and lengths stay, and a date stays a date. Names of fields and of
namespaces stay, too, as do audiences, consents, and what AEP says about an identity or an event.
"""

import math
import re
from typing import Any

from aep_moengage.aep.profiles import AUDIENCES

_KEPT = {AUDIENCES, "authenticatedState", "eventType", "timestamp"}
_CONSENTS, _BY_ID = "consents", "idSpecific"  # below it the names are ids
_LETTER, _DIGIT = re.compile(r"[^\W\d_]"), re.compile(r"\d")


def masked_sample(value: Any, *, consents: bool = False) -> Any:
    """Returns a payload with its values masked; `consents`: the answers in it stay."""
    match value:
        case dict():
            return {_name(name): _part(name, part, consents or name == _CONSENTS) for name, part in value.items()}
        case list():
            return [masked_sample(each, consents=consents) for each in value]
    return value if consents else _masked(value)


def _masked(value: Any) -> Any:
    """Masks a text or a number."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool) or value is None or not math.isfinite(value):
        return value
    return type(value)(_DIGIT.sub("1", repr(value)))


def _part(name: str, value: Any, consents: bool) -> Any:
    if name in _KEPT:
        return value
    if consents and name == _BY_ID and isinstance(value, dict):
        return {namespace: _by_id(answers) for namespace, answers in value.items()}
    return masked_sample(value, consents=consents)


def _by_id(answers: Any) -> Any:
    return {_text(each): answers[each] for each in answers} if isinstance(answers, dict) else None


def _name(name: str) -> str:
    """A field's name is no personal data, unless a map has addresses for names."""
    return _text(name) if "@" in name else name


def _text(text: str) -> str:
    return _DIGIT.sub("1", _LETTER.sub("x", text))
