"""Errors of a destination document: pydantic's errors in an operator's words, with path, value and allowed values."""

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

type Location = Sequence[int | str]
type Parts = Mapping[str, type[BaseModel]]

_UNKNOWN_FIELD, _WRONG_TYPE = "unknown_field", "wrong_type"
# pydantic's error type -> our code and sentence
_KNOWN = {
    "missing": ("missing", "is required"),
    "extra_forbidden": (_UNKNOWN_FIELD, "is not a field of the destination document"),
    "literal_error": ("not_allowed", "is not one of the allowed values"),
    "enum": ("not_allowed", "is not one of the allowed values"),
    "string_pattern_mismatch": ("invalid_format", "does not have the allowed form"),
    "string_too_short": ("empty", "is empty"),
    "too_short": ("empty", "is empty"),
    "string_too_long": ("too_long", "is too long"),
    "greater_than_equal": ("too_small", "is too small"),
    "less_than_equal": ("too_large", "is too large"),
    "json_invalid": ("malformed", "is not valid JSON"),
    "string_type": (_WRONG_TYPE, "is not text (put it in quotes)"),
    "int_type": (_WRONG_TYPE, "is not a whole number"),
    "bool_type": (_WRONG_TYPE, "is neither true nor false"),
    "tuple_type": (_WRONG_TYPE, "is not a list"),
    "dict_type": (_WRONG_TYPE, "is not an object with fields"),
    "model_type": (_WRONG_TYPE, "is not an object with fields"),
}
_NO_SECRETS = "secrets are never part of the document: `connect` asks for the password and creates the token"
_SECRETS = ("password", "passwd", "secret", "token", "key", "credential", "authorization")
_PLAIN_NAME = re.compile(r"[\w $-]+")
_LONGEST_VALUE = 80


@dataclass(frozen=True, slots=True)
class Fault:
    """One error: its `path` as in `audiences[0].id`, the value there as JSON, and what is allowed instead."""

    code: str
    path: str
    value: str
    message: str
    allowed: str

    def __str__(self) -> str:
        got = f" (got {self.value})" if self.value else ""
        allowed = f"; allowed: {self.allowed}" if self.allowed else ""
        return f"{self.path or 'document'}: {self.message}{got}{allowed} [{self.code}]"


class DestinationFaults(Exception):
    """A destination document that cannot be used. `faults` holds all of its errors."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, faults)))


def faults_of(error: ValidationError, parts: Parts) -> list[Fault]:
    """Returns pydantic's errors as faults. `parts` maps each place of a document to the model that describes it."""
    return [_fault(details, parts) for details in error.errors(include_url=False)]


def fault(code: str, location: Location, value: Any, message: str, allowed: str) -> Fault:
    """Returns a fault whose value is safe to show: cut short, and without anything that could be a secret."""
    return Fault(code, path_of(location), _shown(location, value), message, allowed)


def _fault(details: ErrorDetails, parts: Parts) -> Fault:
    location = [part for part in details["loc"] if not str(part).startswith("~") and part != "[key]"]
    context = details.get("ctx", {})
    code, message = _KNOWN.get(details["type"], (details["type"], details["msg"]))
    allowed = str(context.get("allowed") or _described(location, parts) or context.get("expected") or "")
    if code == _UNKNOWN_FIELD:
        fields = _fields(location, parts)
        return fault(code, location, details["input"], message + _hint(str(location[-1]), fields), ", ".join(fields))
    if code in {"missing", "malformed"}:  # pydantic gives the whole surrounding part as the value
        return Fault(code, path_of(location), "", message, allowed)
    return fault(code, location, details["input"], message, allowed)


def _described(location: Location, parts: Parts) -> str:
    """Returns the description of the innermost field around a location."""
    names = _names(location)
    while names:
        field = _model_fields(names[:-1], parts).get(names[-1])
        if field and field.description:
            return field.description
        names = names[:-1]
    return ""


def _fields(location: Location, parts: Parts) -> list[str]:
    return list(_model_fields(_names(location)[:-1], parts))


def _names(location: Location) -> list[str]:
    return [part for part in location if isinstance(part, str)]


def _model_fields(names: Sequence[str], parts: Parts) -> dict[str, FieldInfo]:
    part = next((part for place, part in parts.items() if _is_at(names, place)), None)
    return part.model_fields if part else {}


def _is_at(names: Sequence[str], place: str) -> bool:
    """Whether names lead to a place of a document, in which * stands for a name that the operator chose."""
    wanted = place.split(".") if place else []
    return len(wanted) == len(names) and all(want in {name, "*"} for want, name in zip(wanted, names, strict=True))


def _hint(name: str, fields: Sequence[str]) -> str:
    if _is_secret(name):
        return f"; {_NO_SECRETS}"
    near = difflib.get_close_matches(name.lower(), fields, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _is_secret(name: str) -> bool:
    """Whether the value under a name could be a secret; misspelled names count too."""
    spelled = name.lower()
    return any(secret in spelled for secret in _SECRETS) or bool(
        difflib.get_close_matches(spelled, _SECRETS, cutoff=0.8)
    )


def path_of(location: Location) -> str:
    """Returns a place of a document as faults show it: `audiences[0].id`."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if _PLAIN_NAME.fullmatch(part) else f"[{json.dumps(part, ensure_ascii=False)}]"
    return path.removeprefix(".")


def _shown(location: Location, value: Any) -> str:
    """Returns the value as an operator wrote it, cut short; an empty text where it could be a secret."""
    names = _names(location)
    if any(map(_is_secret, names)):
        return ""
    if names == ["username"] and isinstance(value, str):
        name, colon, _ = value.partition(":")  # some write both credentials here, as in user:password
        value = f"{name}:…" if colon else name
    text = json.dumps(_without_secrets(value), default=str, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: "…" if _is_secret(str(name)) else _without_secrets(part) for name, part in value.items()}
    return [_without_secrets(part) for part in value] if isinstance(value, list | tuple) else value
