"""Declared types and transforms: an attribute's options, compiled into the function that applies them."""

from collections.abc import Callable
from typing import Any, NamedTuple

from aep_moengage.aep.texts import STEPS
from aep_moengage.aep.timestamps import is_date, parse_time
from aep_moengage.document.model import AttributeSource, ValueType
from aep_moengage.moengage.limits import Fit, fit, fit_array, fit_number, fit_objects, fit_text
from aep_moengage.moengage.records import stamp
from aep_moengage.outcomes import MappingWarning, WarningCode

_BOOLEANS = dict.fromkeys(("true", "yes", "y", "1"), True) | dict.fromkeys(("false", "no", "n", "0"), False)


class _Conversion(NamedTuple):
    """`convert` gives None for what it cannot convert; `code` says so; `fit` applies the limits to what it gives."""

    convert: Callable[[Any], Any]
    code: WarningCode
    fit: Fit


def compile_options(options: AttributeSource) -> Fit | None:
    """Returns the function that transforms, converts and fits a value; None where nothing was asked for."""
    typed = _typed(options.type)
    if not options.transform:
        return typed
    steps, last = [STEPS[name] for name in options.transform], typed or fit

    def transformed(value: Any, name: str, warnings: list[MappingWarning]) -> Any:
        texts = _texts(value)
        if texts is None:
            warnings.append(WarningCode.NOT_A_STRING.about(name))
            return None
        for step in steps:
            texts = [step(text) for text in texts]
        if type(value) is list:
            return last(texts, name, warnings) if texts or not value else None
        return last(texts[0], name, warnings)

    return transformed


def compile_default(options: AttributeSource) -> Fit:
    """Returns the function for the value that stands in: converted and fitted, but not transformed."""
    return _typed(options.type) or fit


def _typed(kind: ValueType | None) -> Fit | None:
    if kind is None:
        return None
    convert, code, fit_converted = _CONVERSIONS[kind]

    def typed(value: Any, name: str, warnings: list[MappingWarning]) -> Any:
        converted = convert(value)
        if converted is None:
            warnings.append(code.about(name))
            return None
        return fit_converted(converted, name, warnings)

    return typed


def _texts(value: Any) -> list[str] | None:
    """The texts to transform. Numbers are texts here: a telephone number that is to be hashed must not go unhashed."""
    values = [each for each in value if each is not None] if type(value) is list else [value]
    texts = [_to_string(each) for each in values]
    return None if None in texts else [text for text in texts if text is not None]


def _to_string(value: Any) -> str | None:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float():
            return repr(value)
        case int():
            return str(value) if abs(value) < 10**100 else None
    return None


def _to_number(value: Any) -> float | None:
    if type(value) is not str:
        return value if type(value) in {int, float} else None
    text = value.strip()
    if "_" in text or not text.isascii() or text[-1:].isalpha():
        return None  # Python's own spellings: 1_000, nan, infinity
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return None


def _to_integer(value: Any) -> int | None:
    number = _to_number(value)
    if type(number) is float:
        return int(number) if number.is_integer() else None
    return number  # type: ignore[return-value] # an int or None by now


def _to_boolean(value: Any) -> bool | None:
    if type(value) is str:
        return _BOOLEANS.get(value.strip().lower())
    if type(value) is bool:
        return value
    return bool(value) if type(value) is int and value in {0, 1} else None


def _to_datetime(value: Any) -> str | None:
    if type(value) is str and is_date(value):
        return value
    moment = parse_time(value)
    return stamp(moment) if moment else None


def _to_array(value: Any) -> list[Any]:
    return value if type(value) is list else [value]


def _to_objects(value: Any) -> dict[str, Any] | list[Any] | None:
    if type(value) is list and all(type(each) is dict for each in value):
        return value
    return value if type(value) is dict else None


def _fit_declared_array(values: list[Any], name: str, warnings: list[MappingWarning]) -> Any:
    objects = bool(values) and all(type(value) is dict for value in values)
    return fit_objects(values, name, warnings) if objects else fit_array(values, name, warnings)


_CONVERSIONS: dict[ValueType, _Conversion] = {
    ValueType.STRING: _Conversion(_to_string, WarningCode.NOT_A_STRING, fit_text),
    ValueType.NUMBER: _Conversion(_to_number, WarningCode.NOT_A_NUMBER, fit_number),
    ValueType.INTEGER: _Conversion(_to_integer, WarningCode.NOT_AN_INTEGER, fit_number),
    ValueType.BOOLEAN: _Conversion(_to_boolean, WarningCode.NOT_A_BOOLEAN, fit),
    ValueType.DATETIME: _Conversion(_to_datetime, WarningCode.INVALID_DATETIME, fit_text),
    ValueType.ARRAY: _Conversion(_to_array, WarningCode.ARRAY_MIXED, _fit_declared_array),
    ValueType.OBJECT: _Conversion(_to_objects, WarningCode.NOT_AN_OBJECT, fit_objects),
}
