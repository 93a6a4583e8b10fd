"""`adobe-card test`: posts what Adobe would, and shows request, answer and what MoEngage got."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from tests.functional.cli.conftest import ID, KEY, Cloud, Connect, Run, json_of

from aep_moengage.aep.bodies import read_body
from aep_moengage_cli.adobe.samples import PROFILES
from aep_moengage_dev.project import PROJECT
from aep_moengage_dev.simulator.simulator import Simulator

BEHIND_THE_CARD = {
    "audiences": "all",
    "identities": {"user_id": "user_id", "anonymous_id": "anonymous_id"},
    "attributes": "all",
}
PAYLOADS = PROJECT / "tests" / "payloads"


class Door(ThreadingHTTPServer):
    """A stand-in for the API: checks the credentials, delivers as ingest does, and answers."""

    def __init__(self, deliver: Callable[[list[Any]], list[str]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/destinations/{ID}/profiles"
        self.deliver = deliver
        self.bodies: list[str] = []

    def answer(self, authorization: str | None, body: str) -> tuple[int, Any]:
        if authorization != f"Basic {base64.b64encode(f'ACME1234:{KEY}'.encode()).decode()}":
            return 401, {"detail": "wrong credentials"}
        self.bodies.append(body)
        outcomes = self.deliver(read_body(body))
        results = [{"index": index, "outcome": outcome} for index, outcome in enumerate(outcomes)]
        return 200, {"received": len(results), "results": results}


class _Handler(BaseHTTPRequestHandler):
    server: Door

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        status, content = self.server.answer(self.headers["authorization"], body)
        answer = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Logs nothing."""


@pytest.fixture
def door(cloud: Cloud, moengage: Simulator) -> Iterator[Door]:
    def deliver(profiles: list[Any]) -> list[str]:
        cloud.deliver(*profiles, received_ms=round(time.time() * 1000), endpoint=moengage.url)
        return ["delivered"] * len(profiles)

    with Door(deliver) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


def test_request_answer_and_what_moengage_got_are_shown(run: Run, connect: Connect, door: Door) -> None:
    connect(**BEHIND_THE_CARD)
    report = json_of(run("adobe-card", "test", ID, "--url", door.url, "--json"))

    assert (report["url"], report["status"], report["body"]) == (door.url, 200, door.bodies[0])
    assert report["answer"]["received"] == 2
    named, anonymous = report["users"]
    assert (named["customer_id"], named["problem"]) == ("aep-moengage-card-test", None)
    for attribute in ("card_test_text", "card_test_letters"):
        assert named["attributes"][attribute] == PROFILES[0]["attributes"][attribute]["value"]
    assert named["attributes"]["AEP Segment"] == ["Card test"]
    assert anonymous["customer_id"] == "aep-moengage-card-test-other-device"
    assert anonymous["attributes"].keys() == {"customer_id", "card_test_run"}


@pytest.mark.parametrize("name", ["sdk_freeform_attributes", "sdk_predefined_attributes"])
def test_samples_of_adobe_are_posted(run: Run, connect: Connect, door: Door, name: str) -> None:
    connect(**BEHIND_THE_CARD | {"identities": {"user_id": "mobileIds"}})
    report = json_of(run("adobe-card", "test", ID, PAYLOADS / f"{name}.json", "--url", door.url, "--json"))

    (user,) = report["users"]
    assert user["customer_id"] == "e86fb215-0921-4537-bc77-969ff775752c"
    assert user["attributes"]["lastName"] == "lastName"
    assert "firstName" not in user["attributes"]


def test_report_for_people_has_all_three(run: Run, connect: Connect, door: Door) -> None:
    connect(**BEHIND_THE_CARD)
    result = run("adobe-card", "test", ID, "--url", door.url)

    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith(f'POST {door.url}\n{{"profiles": [\n')
    assert "Answer: 200\n" in result.stdout
    assert "MoEngage's user aep-moengage-card-test: {" in result.stdout
    assert KEY not in result.output


def test_refused_credentials_exit_1(run: Run, connect: Connect, cloud: Cloud, door: Door) -> None:
    connect(**BEHIND_THE_CARD)
    cloud.publishing().keep_secret(ID, "password", "another-key")
    result = run("adobe-card", "test", ID, "--url", door.url)

    assert result.exit_code == 1
    assert "Answer: 401" in result.stdout
    assert door.bodies == []


def test_get_user_that_is_not_enabled_is_reported(run: Run, connect: Connect, door: Door, moengage: Simulator) -> None:
    connect(**BEHIND_THE_CARD)
    moengage.faults.add("status", status=403, where="export")
    report = json_of(run("adobe-card", "test", ID, "--url", door.url, "--json"))

    assert "MoEngage refused Get User (403)" in report["users"][0]["problem"]


def test_address_that_nobody_listens_at_is_an_error(run: Run, connect: Connect) -> None:
    connect(**BEHIND_THE_CARD)
    result = run("adobe-card", "test", ID, "--url", "http://127.0.0.1:9/destinations/x/profiles")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "can't be reached" in result.stderr
