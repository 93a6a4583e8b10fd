"""Attribute values as MoEngage takes them: what exceeds a limit is cut or left out, with a warning.

Every function here takes a value, its attribute's name, and the list that warnings are added to; it returns the
value to send, or None to leave it out. Sources: MoEngage's data tracking policies, its pages on data management and
on the object data type.
"""

import math
import re
from collections.abc import Callable
from typing import Any

from aep_moengage.aep.timestamps import parse_time
from aep_moengage.moengage.records import STRING_LENGTH, encode, stamp
from aep_moengage.outcomes import MappingWarning, WarningCode

ARRAY_ELEMENTS = 50
OBJECT_ARRAY_ELEMENTS = 100
OBJECT_BYTES = 25_000
OBJECT_KEYS = 100
OBJECT_KEY_LENGTH = 200
OBJECT_LEVELS = 2
LARGEST_INTEGER = 2**63 - 1  # MoEngage's "long"
STAMP_LENGTH = len("2024-03-02T11:22:33Z")
SHORTEST_TIME = STAMP_LENGTH - 1  # without an offset

type Fit = Callable[[Any, str, list[MappingWarning]], Any]

_URL = re.compile(r"\s*[a-z][a-z0-9+.-]*://", re.IGNORECASE | re.ASCII)
_UNFIT_KEY = re.compile(r"[$.%#]")
_TEXTS, _NUMBERS = {str}, {int, float}


class _UnfitObject(Exception):  # never leaves this module
    """An object that MoEngage would not keep as it is."""

    def __init__(self, code: WarningCode) -> None:
        self.code = code


def fit(value: Any, name: str, warnings: list[MappingWarning]) -> Any:
    """Fits a value whose type is not declared. A date-time becomes one in UTC; any other text stays as it is."""
    fit_kind = _FITS.get(type(value))
    return fit_kind(value, name, warnings) if fit_kind else None


def fit_text(value: str, name: str, warnings: list[MappingWarning]) -> str | None:
    """Cuts a string at MoEngage's limit. A URL that long is left out: MoEngage rejects it, and half of one is none."""
    if len(value) <= STRING_LENGTH:
        return value
    if _URL.match(value):
        warnings.append(WarningCode.URL_TOO_LONG.about(name))
        return None
    warnings.append(WarningCode.STRING_TRUNCATED.about(name))
    return value[:STRING_LENGTH]


def fit_array(values: list[Any], name: str, warnings: list[MappingWarning]) -> list[Any] | None:
    """Fits an array: only strings or only numbers. Nulls fall out; one that had nothing else is absent."""
    kinds = set(map(type, values))
    if type(None) in kinds:
        values = [value for value in values if value is not None]
        return fit_array(values, name, warnings) if values else None
    if kinds == _TEXTS or kinds <= _NUMBERS:
        if len(values) > ARRAY_ELEMENTS:
            warnings.append(WarningCode.ARRAY_TRUNCATED.about(name))
            values = values[:ARRAY_ELEMENTS]
        if kinds == _TEXTS and max(map(len, values)) <= STRING_LENGTH:
            return values
        fit_element = fit_text if kinds == _TEXTS else fit_number
        fitted = [fit_element(value, name, warnings) for value in values]
        return [value for value in fitted if value is not None]
    code = WarningCode.OBJECT_UNDECLARED if kinds == {dict} else WarningCode.ARRAY_MIXED
    warnings.append(code.about(name))
    return None


def fit_number(value: float, name: str, warnings: list[MappingWarning]) -> float | None:
    """Leaves out a number that is not finite, and an integer beyond 64 bits."""
    if math.isfinite(value) if type(value) is float else abs(value) <= LARGEST_INTEGER:
        return value
    warnings.append(WarningCode.NUMBER_OUT_OF_RANGE.about(name))
    return None


def fit_objects(value: dict[str, Any] | list[Any], name: str, warnings: list[MappingWarning]) -> Any:
    """Fits an object or an array of objects that was declared: whole, or not at all."""
    if isinstance(value, list) and len(value) > OBJECT_ARRAY_ELEMENTS:
        warnings.append(WarningCode.ARRAY_TRUNCATED.about(name))
        value = value[:OBJECT_ARRAY_ELEMENTS]
    try:
        fitted: Any
        if isinstance(value, list):
            fitted = [_fit_object(part, name, warnings) for part in value]
        else:
            fitted = _fit_object(value, name, warnings)
        if len(encode(fitted)) > OBJECT_BYTES:
            raise _UnfitObject(WarningCode.OBJECT_TOO_LARGE)
    except _UnfitObject as unfit:
        warnings.append(unfit.code.about(name))
        return None
    return fitted


def _fit_object(value: dict[str, Any], name: str, warnings: list[MappingWarning]) -> dict[str, Any]:
    fitted = _fit_level(value, 1, name, warnings)
    if _count_keys(fitted) > OBJECT_KEYS:
        raise _UnfitObject(WarningCode.OBJECT_TOO_LARGE)
    return fitted


def _fit_level(value: dict[str, Any], level: int, name: str, warnings: list[MappingWarning]) -> dict[str, Any]:
    if level > OBJECT_LEVELS:
        raise _UnfitObject(WarningCode.OBJECT_TOO_DEEP)
    fitted = {}
    for key, part in sorted(value.items()):  # the same object gives the same bytes, however it was written
        if not 0 < len(key) <= OBJECT_KEY_LENGTH or _UNFIT_KEY.search(key):
            raise _UnfitObject(WarningCode.OBJECT_KEY)
        if (kept := _fit_part(part, level, name, warnings)) is not None:
            fitted[key] = kept
    return fitted


def _fit_part(part: Any, level: int, name: str, warnings: list[MappingWarning]) -> Any:
    if type(part) is dict:
        return _fit_level(part, level + 1, name, warnings)
    if type(part) is list and part and all(type(each) is dict for each in part):
        return [_fit_level(each, level + 1, name, warnings) for each in part[:OBJECT_ARRAY_ELEMENTS]]
    return fit(part, name, warnings)


def _count_keys(value: Any) -> int:
    if type(value) is dict:
        return len(value) + sum(map(_count_keys, value.values()))
    return sum(map(_count_keys, value)) if type(value) is list else 0


def _fit_untyped_text(value: str, name: str, warnings: list[MappingWarning]) -> str | None:
    if len(value) >= SHORTEST_TIME and value[10] == "T" and value[4] == value[7] == "-":
        return _zulu(value, name, warnings)
    return fit_text(value, name, warnings)


def _zulu(value: str, name: str, warnings: list[MappingWarning]) -> str | None:
    """XDM's date-time in whatever spelling; MoEngage would keep any but its own as mere text."""
    if len(value) == STAMP_LENGTH and value[-1] == "Z":
        return value
    moment = parse_time(value)
    return stamp(moment) if moment else fit_text(value, name, warnings)


def _as_it_is(value: bool, name: str, warnings: list[MappingWarning]) -> bool:  # noqa: ARG001 # a Fit
    return value


def _undeclared(value: Any, name: str, warnings: list[MappingWarning]) -> None:  # noqa: ARG001 # a Fit
    warnings.append(WarningCode.OBJECT_UNDECLARED.about(name))


_FITS: dict[type, Fit] = {
    str: _fit_untyped_text,
    int: fit_number,
    float: fit_number,
    bool: _as_it_is,
    list: fit_array,
    dict: _undeclared,
}
