"""Faults of a destination document: pydantic's errors in an operator's words, with path, value and what is allowed."""

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

# pydantic's error type -> our code and sentence; a type ending in _type or _parsing is a wrong type
_KNOWN = {
    "missing": ("missing", "is required"),
    "extra_forbidden": ("unknown_field", "is no field of the destination document"),
    "literal_error": ("not_allowed", "is not one of the allowed values"),
    "enum": ("not_allowed", "is not one of the allowed values"),
    "string_pattern_mismatch": ("invalid_format", "does not have the allowed form"),
    "string_too_short": ("empty", "is empty"),
    "too_short": ("empty", "is empty"),
    "string_too_long": ("too_long", "is too long"),
    "json_invalid": ("malformed", "is not valid JSON"),
}
_SECRETS = {"password": "the password is never part of the document: `connect` asks for it"}
_LONGEST_VALUE = 80


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: `path` as in `audiences[0].id`, the offending value as JSON, and what is allowed there."""

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
    """A destination document cannot be used; `faults` holds every reason."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, faults)))


def faults_of(error: ValidationError, parts: Mapping[str, type[BaseModel]]) -> list[Fault]:
    """Returns pydantic's errors as faults; `parts` tells which fields are allowed where."""
    return [_fault(details, parts) for details in error.errors(include_url=False)]


def _fault(details: ErrorDetails, parts: Mapping[str, type[BaseModel]]) -> Fault:
    location = [part for part in details["loc"] if not str(part).startswith("~") and part != "[key]"]
    context = details.get("ctx", {})
    code, message = _KNOWN.get(details["type"], (details["type"], details["msg"]))
    if code.endswith(("_type", "_parsing")):
        code = "wrong_type"
    allowed = str(context.get("allowed") or context.get("expected") or context.get("pattern") or "")
    if code == "unknown_field":
        allowed = _fields_near(str(location[-1]), parts.get(str(location[0]) if location[1:] else "", None))
    return Fault(code, _path(location), _shown(code, location, details["input"]), message, allowed)


def _fields_near(name: str, part: type[BaseModel] | None) -> str:
    if name in _SECRETS:
        return _SECRETS[name]
    fields = list(part.model_fields) if part else []
    near = difflib.get_close_matches(name, fields, n=1)
    return f"did you mean {near[0]}?" if near else ", ".join(fields)


def _path(location: list[int | str]) -> str:
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path.removeprefix(".")


def _shown(code: str, location: list[int | str], value: Any) -> str:
    """Returns the value as an operator wrote it, cut short; nothing where there is none or it may be a secret."""
    if code in {"missing", "malformed"} or _SECRETS.keys() & {str(part) for part in location}:
        return ""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
