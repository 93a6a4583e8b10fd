"""Requests of any kind, right and wrong ones, made from docs/openapi.yaml; and what each answer is checked for."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from aep_moengage_dev.project import PROJECT

SECONDS = 2.0  # that AEP waits
_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@dataclass(frozen=True)
class Fuzz:
    """A kind of request: whether its token is valid, wrong or missing, its mode, and the answer that is usual."""

    token: bool | None
    mode: GenerationMode
    usual: int

    def authorize(self, case: schemathesis.Case, destination: str, token: str) -> None:
        """Gives a request the token of its kind; one that is valid for its destination needs that in its path."""
        case.headers.pop("Authorization", None)
        if self.token is not None:
            case.headers["Authorization"] = f"Bearer {token if self.token else f'{destination}.wrong'}"
            case.path_parameters["id"] = destination


KINDS = (
    Fuzz(True, GenerationMode.POSITIVE, 200),
    Fuzz(True, GenerationMode.NEGATIVE, 400),
    Fuzz(False, GenerationMode.POSITIVE, 401),
    Fuzz(None, GenerationMode.NEGATIVE, 401),
)


@dataclass(frozen=True)
class Fuzzed:
    """The number of answers by status: of all requests, and of those whose body is of the mode.

    The others have a wrong path or header only.
    """

    answers: Counter[int]
    of_mode: Counter[int]


def fuzz(
    kind: Fuzz,
    examples: int,
    destination: str,
    token: str,
    call: Callable[[schemathesis.Case], Any],
    *,
    posted: str = "profiles",
) -> Fuzzed:
    """Makes requests of a kind for a destination, of profiles or events; `call` returns the answer to one.

    Raises:
        Failure or FailureGroup of schemathesis: an answer is not as documented.
    """
    fuzzed = Fuzzed(Counter(), Counter())

    @given(case=_OPERATIONS[posted].as_strategy(generation_mode=kind.mode))
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def check(case: schemathesis.Case) -> None:
        kind.authorize(case, destination, token)
        answer = call(case)
        case.validate_response(answer, checks=_CHECKS)
        fuzzed.answers[answer.status_code] += 1
        fuzzed.of_mode[answer.status_code] += _body_mode(case) is kind.mode

    check()
    return fuzzed


def _body_mode(case: schemathesis.Case) -> GenerationMode | None:
    """Returns whether the body of a request is as described, or not; None where it has none."""
    body = case.meta and case.meta.components.get(ParameterLocation.BODY)
    return body.mode if body else None


_SCHEMA = schemathesis.openapi.from_path(PROJECT / "docs" / "openapi.yaml")
_OPERATIONS = {posted: _SCHEMA[f"/destinations/{{id}}/{posted}"]["POST"] for posted in ("profiles", "events")}
