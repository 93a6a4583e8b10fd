"""Attribute values as MoEngage takes them: a value over a limit is cut or left out, with a warning.

A `Fit` takes a value, its attribute's name, and the list that it adds warnings to. It returns the value to send, or
None to leave it out. Blank texts fall out of arrays and objects, as nulls do. Sources: MoEngage's data tracking
policies and its page on data management. Declared objects have a module of their own.
"""

import math
import re
from collections.abc import Callable
from typing import Any

from aep_moengage.aep.timestamps import is_iso, parse_iso
from aep_moengage.moengage.records import STRING_LENGTH, stamp
from aep_moengage.moengage.truncation import truncate
from aep_moengage.outcomes import MappingWarning, WarningCode

ARRAY_ELEMENTS = 50
LARGEST_INTEGER = 2**63 - 1  # MoEngage's "long"
SHORTEST_TIME = len("2024-03-02T11:22:33")
TIME_MARKS = "Tt"  # between a date and a time, in ISO 8601

type Fit = Callable[[Any, str, list[MappingWarning]], Any]

_IN_UTC = re.compile(r"(\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.\d+)?Z", re.ASCII)
_URL = re.compile(r"\s*(([a-z][a-z0-9+.-]*:)?//|www\.|data:[^\s,]*,)\S", re.IGNORECASE | re.ASCII)
_TEXTS, _NUMBERS = {str}, {int, float}


def fit(value: Any, name: str, warnings: list[MappingWarning]) -> Any:
    """Fits a value whose type is not declared. A date-time becomes one in UTC; any other text stays as it is."""
    kind = type(value)
    if kind is int and abs(value) <= LARGEST_INTEGER:  # the most frequent value that is no text
        return value
    fit_kind = _FITS.get(kind)
    return fit_kind(value, name, warnings) if fit_kind else None


def fit_text(value: str, name: str, warnings: list[MappingWarning]) -> str | None:
    """Cuts a string at MoEngage's limit. A URL that long is left out, as MoEngage does: half a URL is useless."""
    if len(value) <= STRING_LENGTH:
        return value
    if _URL.match(value):
        warnings.append(WarningCode.URL_TOO_LONG.about(name))
        return None
    warnings.append(WarningCode.STRING_TRUNCATED.about(name))
    return truncate(value, STRING_LENGTH)


def is_absent(value: Any) -> bool:
    """Whether there is no value: null, or a text of nothing but white space."""
    return value is None or (type(value) is str and (not value or value.isspace()))


def is_ordinary(text: str) -> bool:
    """Whether a text is sent as it is: it is neither blank nor long, and can be no time."""
    size = len(text)
    return 0 < size <= STRING_LENGTH and not text.isspace() and (size < SHORTEST_TIME or text[10] not in TIME_MARKS)


def present(values: list[Any]) -> list[Any]:
    """Returns an array's values without the absent ones."""
    return [value for value in values if not is_absent(value)]


def fit_array(values: list[Any], name: str, warnings: list[MappingWarning]) -> list[Any] | None:
    """Fits an array: only strings or only numbers. One that has nothing but absent values is absent itself."""
    kinds = set(map(type, values))
    if not all(map(str.strip, values)) if kinds == _TEXTS else not kinds <= _NUMBERS and any(map(is_absent, values)):
        values = present(values)
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


def _fit_untyped_text(value: str, name: str, warnings: list[MappingWarning]) -> str | None:
    """Gives a time MoEngage's only spelling, whatever ISO 8601 spelling it came in. Other texts stay texts."""
    if len(value) < SHORTEST_TIME or value[10] not in TIME_MARKS or not value[4] == value[7] == "-":
        return fit_text(value, name, warnings)
    in_utc = _IN_UTC.fullmatch(value)
    if in_utc and is_iso(value):  # nearly every time: only its fractions are cut off
        return in_utc[1] + "Z"
    moment = parse_iso(value)
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
