"""Personal data: masked until the operator asks for it, which needs *View Profiles*."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from aep_moengage.functions.destination_store import secrets_path
from aep_moengage_cli.deployed import Stack
from aep_moengage_cli.destinations.publishing import TRACE_KEY

MASK = "•••"


def masked(value: Any) -> Any:
    """Returns a value whose texts and numbers are masked; names, and the shape of what holds them, stay."""
    match value:
        case dict():
            return {name: masked(part) for name, part in value.items()}
        case list():
            return [masked(part) for part in value]
        case None | bool():
            return value
    return MASK


def check_view_profiles(stack: Stack, destinations: Iterable[str]) -> None:
    """Raises AWS's refusal unless the operator has *View Profiles* for these destinations.

    Other permissions let messages be received too, for a redrive. A trace key can be read with this one only.
    """
    ssm = stack.client("ssm")
    for destination in set(destinations):
        name = f"{secrets_path(stack.output('ParameterPath'), destination)}/{TRACE_KEY}"
        with suppress(ssm.exceptions.ParameterNotFound):
            ssm.get_parameter(Name=name)
