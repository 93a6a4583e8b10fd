"""API Gateway's events into requests, and answers that API Gateway takes."""

import json
from typing import Any

import pytest

from aep_moengage.aep.bodies import MalformedBody
from aep_moengage.delivery.results import Result
from aep_moengage.delivery.updates import Kind
from aep_moengage.functions.http_api import answer
from aep_moengage.functions.ingest import IngestRequest
from aep_moengage.outcomes import Outcome
from aep_moengage_dev.project import PROJECT


def event(path: str = "/destinations/acme/profiles", method: str = "POST", **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PROJECT / "events" / "apigateway-profile.json").read_text())
    found["requestContext"]["http"] |= {"method": method, "path": path}
    return found | {"rawPath": path} | changes


class Taken(list[IngestRequest]):
    """Takes every request, and remembers it."""

    def __call__(self, request: IngestRequest) -> list[Result]:
        self.append(request)
        return [Result(Outcome.DELIVERED)]


def answered(event: dict[str, Any], take: Any = None) -> tuple[int, dict[str, Any]]:
    found = answer(event, Taken() if take is None else take, lambda: None)
    return found["statusCode"], json.loads(found["body"])


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/destinations/acme/profiles", Kind.PROFILES),
        ("/destinations/acme/profiles/", Kind.PROFILES),
        ("/destinations/acme/events", Kind.EVENTS),
        ("/destinations/acme/events/", Kind.EVENTS),
    ],
)
def test_the_path_says_for_which_destination_and_of_which_kind_a_body_is(path: str, kind: Kind) -> None:
    taken = Taken()
    assert answered(event(path), taken) == (200, {"received": 1, "results": [{"index": 0, "outcome": "delivered"}]})
    assert [(each.destination, each.kind) for each in taken] == [("acme", kind)]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/destinations/acme/profiles"),
        ("POST", "/destinations/acme/profile"),
        ("POST", "/destinations//profiles"),
        ("POST", "/destinations/a/b/profiles"),
        ("POST", "/destinations/acme/profiles//"),
        ("POST", "/health"),
        ("GET", "/"),
    ],
)
def test_any_other_path_is_unknown_and_takes_nothing(method: str, path: str) -> None:
    taken = Taken()
    status, problem = answered(event(path, method), taken)
    assert (status, problem["title"], taken) == (404, "Unknown path", [])


def test_headers_are_read_whatever_their_case() -> None:
    taken = Taken()
    answered(event(headers={"Authorization": "Bearer x", "CONTENT-ENCODING": "gzip"}), taken)
    assert [(each.authorization, each.content_encoding) for each in taken] == [("Bearer x", "gzip")]


def test_a_request_without_a_body_has_an_empty_one() -> None:
    taken = Taken()
    without = event()
    del without["body"], without["isBase64Encoded"]
    answered(without, taken)
    assert [(each.body, each.in_base64) for each in taken] == [("", False)]


@pytest.mark.parametrize(("error", "status"), [(MalformedBody("no profile"), 400), (KeyError("ada@example.com"), 503)])
def test_an_error_is_a_problem_which_shows_only_what_is_meant_to_be_shown(error: Exception, status: int) -> None:
    def take(_: IngestRequest) -> list[Result]:
        raise error

    found, problem = answered(event(), take)
    assert found == status
    assert ("no profile" in problem["detail"]) == (status == 400)
    assert "ada@example.com" not in json.dumps(problem)


def test_health_is_checked_each_time() -> None:
    checks = []
    found = answer(event("/health", "GET"), Taken(), lambda: checks.append(1))
    assert (found["statusCode"], json.loads(found["body"]), checks) == (200, {"status": "ok"}, [1])
