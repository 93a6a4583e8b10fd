"""Declared objects as MoEngage takes them: what it would alter is altered before it is sent, with a warning.

Source: MoEngage's page on the object data type.
"""

import json
import re
from typing import Any

from aep_moengage.moengage.limits import fit, is_absent, present
from aep_moengage.moengage.records import STRING_LENGTH, encode
from aep_moengage.outcomes import MappingWarning, WarningCode

ARRAY_ELEMENTS = 100
BYTES = 25_000
KEYS = 100
KEY_LENGTH = 200
LEVELS = 2

_UNFIT_KEY = re.compile(r"[$.%#]")


class _UnfitObject(Exception):  # never leaves this module
    """An object that MoEngage would not keep as it is."""

    def __init__(self, code: WarningCode) -> None:
        self.code = code


def fit_objects(value: dict[str, Any] | list[Any], name: str, warnings: list[MappingWarning]) -> Any:
    """Fits an object or an array of objects: whole, or not at all. Nulls fall out; one that had nothing else is absent.

    Parts below the second level become JSON text, as MoEngage itself would keep them.
    """
    try:
        fitted: Any
        if isinstance(value, list):
            parts = present(value)
            if value and not parts:
                return None
            fitted = [_fit_object(part, name, warnings) for part in _first(parts, name, warnings)]
        else:
            fitted = _fit_object(value, name, warnings)
        if len(encode(fitted)) > BYTES:
            raise _UnfitObject(WarningCode.OBJECT_TOO_LARGE)
    except _UnfitObject as unfit:
        warnings.append(unfit.code.about(name))
        return None
    return fitted


def _fit_object(value: dict[str, Any], name: str, warnings: list[MappingWarning]) -> dict[str, Any]:
    fitted = _fit_level(value, 1, name, warnings)
    if _count_keys(fitted) > KEYS:
        raise _UnfitObject(WarningCode.OBJECT_TOO_LARGE)
    return fitted


def _fit_level(value: dict[str, Any], level: int, name: str, warnings: list[MappingWarning]) -> dict[str, Any]:
    fitted = {}
    for key, part in sorted(value.items()):  # the same object gives the same bytes, in whatever order it was written
        if is_absent(part):
            continue
        if not 0 < len(key) <= KEY_LENGTH or _UNFIT_KEY.search(key):
            raise _UnfitObject(WarningCode.OBJECT_KEY)
        if (kept := _fit_part(part, level, name, warnings)) is not None:
            fitted[key] = kept
    return fitted


def _fit_part(part: Any, level: int, name: str, warnings: list[MappingWarning]) -> Any:
    parts = _objects(part)
    if parts is None:
        return fit(part, name, warnings)
    if level == LEVELS:
        return _as_json(part, name, warnings)
    if type(part) is dict:
        return _fit_level(part, level + 1, name, warnings)
    return [_fit_level(each, level + 1, name, warnings) for each in _first(parts, name, warnings)]


def _first(values: list[Any], name: str, warnings: list[MappingWarning]) -> list[Any]:
    if len(values) > ARRAY_ELEMENTS:
        warnings.append(WarningCode.ARRAY_TRUNCATED.about(name))
    return values[:ARRAY_ELEMENTS]


def _objects(value: Any) -> list[Any] | None:
    """Returns the objects that a value consists of; None for one that is neither an object nor an array of objects."""
    if type(value) is dict:
        return [value]
    values = present(value) if type(value) is list else []
    return values if values and all(type(each) is dict for each in values) else None


def _as_json(value: Any, name: str, warnings: list[MappingWarning]) -> str | None:
    """Returns a value as JSON text; None where MoEngage would cut that, for half a JSON text is useless."""
    warnings.append(WarningCode.OBJECT_TOO_DEEP.about(name))
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)
    except (ValueError, RecursionError):  # not finite; nested too deep
        return None
    return text if len(text) <= STRING_LENGTH else None


def _count_keys(value: Any) -> int:
    if type(value) is dict:
        return len(value) + sum(map(_count_keys, value.values()))
    return sum(map(_count_keys, value)) if type(value) is list else 0
