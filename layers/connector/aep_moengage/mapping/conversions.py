"""Conversions: an attribute's declared type and transforms, and MoEngage's own types, compiled into one function."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from aep_moengage.aep.texts import STEPS
from aep_moengage.document.destination import AttributeSource, ValueType
from aep_moengage.mapping.values import (
    to_array,
    to_birthday,
    to_birthday_with_time,
    to_boolean,
    to_date,
    to_datetime,
    to_email_opt_in,
    to_epoch_milliseconds,
    to_integer,
    to_number,
    to_objects,
    to_standard_text,
    to_string,
)
from aep_moengage.moengage.limits import Fit, fit, fit_array, fit_number, fit_text, present
from aep_moengage.moengage.objects import fit_objects
from aep_moengage.moengage.standard_attributes import STANDARD_TYPES, StandardType
from aep_moengage.outcomes import MappingWarning, WarningCode


class _Conversion(NamedTuple):
    """`convert` gives None for what it cannot convert; `code` says so; `fit` applies the limits."""

    convert: Callable[..., Any]
    code: WarningCode
    fit: Fit | None = None


def compile_conversion(name: str, options: AttributeSource) -> Fit:
    """Returns the function that transforms, converts and fits the value of the MoEngage attribute `name`."""
    convert = compile_default(name, options)
    if not options.transform:
        return convert
    steps = [STEPS[step] for step in options.transform]

    def transformed(value: Any, name: str, warnings: list[MappingWarning]) -> Any:
        texts = _texts(value)
        if texts is None:
            warnings.append(WarningCode.NOT_A_STRING.about(name))
            return None
        for step in steps:
            texts = [step(text) for text in texts]
        if type(value) is list:
            return convert(texts, name, warnings) if texts or not value else None
        return convert(texts[0], name, warnings)

    return transformed


def compile_default(name: str, options: AttributeSource) -> Fit:
    """Returns the function for the value that stands in for an absent one: converted and fitted, not transformed."""
    declared = _declared(options)
    standard = STANDARD_FITS.get(name)
    if declared is None or standard is None:
        return declared or standard or fit

    def both(value: Any, name: str, warnings: list[MappingWarning]) -> Any:
        converted = declared(value, name, warnings)
        return None if converted is None else standard(converted, name, warnings)

    return both


def _declared(options: AttributeSource) -> Fit | None:
    if options.type is None:
        return None
    conversion = _CONVERSIONS[options.type]
    if options.unit:
        conversion = conversion._replace(convert=partial(conversion.convert, unit=options.unit))
    return _fit_converted(conversion)


def _fit_converted(conversion: _Conversion) -> Fit:
    convert, code, fit_kind = conversion

    def converted_and_fitted(value: Any, name: str, warnings: list[MappingWarning]) -> Any:
        converted = convert(value)
        if converted is None:
            warnings.append(code.about(name))
            return None
        return fit_kind(converted, name, warnings) if fit_kind else converted

    return converted_and_fitted


def _texts(value: Any) -> list[str] | None:
    """The texts to transform. Numbers are texts here: a telephone number that is to be hashed must not go unhashed."""
    texts = [to_string(each) for each in (present(value) if type(value) is list else [value])]
    return None if None in texts else [text for text in texts if text is not None]


def _fit_declared_array(values: list[Any], name: str, warnings: list[MappingWarning]) -> Any:
    objects = {dict} == set(map(type, present(values)))
    return fit_objects(values, name, warnings) if objects else fit_array(values, name, warnings)


_CONVERSIONS: dict[ValueType, _Conversion] = {
    ValueType.STRING: _Conversion(to_string, WarningCode.NOT_A_STRING, fit_text),
    ValueType.NUMBER: _Conversion(to_number, WarningCode.NOT_A_NUMBER, fit_number),
    ValueType.INTEGER: _Conversion(to_integer, WarningCode.NOT_AN_INTEGER, fit_number),
    ValueType.BOOLEAN: _Conversion(to_boolean, WarningCode.NOT_A_BOOLEAN),
    ValueType.DATE: _Conversion(to_date, WarningCode.INVALID_DATETIME),
    ValueType.DATETIME: _Conversion(to_datetime, WarningCode.INVALID_DATETIME),
    ValueType.ARRAY: _Conversion(to_array, WarningCode.ARRAY_MIXED, _fit_declared_array),
    ValueType.OBJECT: _Conversion(to_objects, WarningCode.NOT_AN_OBJECT, fit_objects),
}
_STANDARD_CONVERSIONS: dict[StandardType, _Conversion] = {
    StandardType.TEXT: _Conversion(to_standard_text, WarningCode.NOT_A_STRING, fit_text),
    StandardType.BOOLEAN: _Conversion(to_boolean, WarningCode.NOT_A_BOOLEAN),
    StandardType.DAY: _Conversion(to_birthday, WarningCode.INVALID_DATETIME),
    StandardType.DATE_TIME: _Conversion(to_birthday_with_time, WarningCode.INVALID_DATETIME),
    StandardType.EPOCH_MILLISECONDS: _Conversion(to_epoch_milliseconds, WarningCode.INVALID_DATETIME),
    StandardType.EMAIL_OPT_IN: _Conversion(to_email_opt_in, WarningCode.NOT_AN_OPT_IN_STATUS),
}
STANDARD_FITS: dict[str, Fit] = {
    name: _fit_converted(_STANDARD_CONVERSIONS[kind]) for name, kind in STANDARD_TYPES.items()
}
