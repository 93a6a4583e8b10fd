"""The client against a real server: an answer in time, whatever the network does, and never an exception."""

import json
import socket
import time
from collections.abc import Iterator

import pytest
from tests.e2e.chaos.certificates import Certificates, make_certificates
from tests.e2e.chaos.tls_proxy import Mode, TlsProxies

from aep_moengage.moengage.client import MoEngage
from aep_moengage.moengage.requests import Request, Workspace
from aep_moengage.moengage.responses import Verdict
from aep_moengage_dev.simulator.simulator import Simulator

USERNAME, PASSWORD = "ACME", "key"
RECORD = b'{"type":"customer","customer_id":"ada","attributes":{"points":1}}'


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(username=USERNAME, password=PASSWORD) as running:
        yield running


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def workspace(url: str, password: str = PASSWORD) -> Workspace:
    return Workspace("01", USERNAME, password, url)


def test_each_call_has_its_documented_url(simulator: Simulator) -> None:
    moengage, at = MoEngage(), workspace(simulator.url)
    event = b'{"type":"event","customer_id":"ada","actions":[{"action":"Seen"}]}'
    other = RECORD.replace(b"ada", b"anon-1")
    calls = [at.customer(RECORD), at.event(event), at.bulk([RECORD, other, event]), at.merge("anon-1", "ada")]

    answers = [moengage.send(call, 5) for call in calls]

    assert [answer.verdict for answer in answers] == [Verdict.ACCEPTED] * 4, answers
    assert all(answer.request_id for answer in answers)
    assert simulator.workspace.merged == {"anon-1": "ada"}
    assert len(simulator.workspace.events["ada"]) == 2
    assert simulator.workspace.violations == []


def test_a_call_that_is_held_up_until_its_time_is_over_sends_nothing(simulator: Simulator) -> None:
    made, idle, asked, held_up = 1_000.0, 1_000.0, 1_000.0, 1_005.1
    clock = iter([made, idle, asked, held_up])
    answer = MoEngage(clock=lambda: next(clock)).send(workspace(simulator.url).customer(RECORD), 5)

    assert (answer.verdict, answer.lost) == (Verdict.TRANSIENT, False)
    assert simulator.workspace.users == {}


def test_the_data_center_is_part_of_the_host() -> None:
    at = Workspace("101", "ACME", "key")

    assert at.customer(RECORD).url == "https://api-101.moengage.com/v1/customer/ACME"


def test_credentials_are_not_shown() -> None:
    at = workspace("http://127.0.0.1", password="secret-key")

    assert "secret-key" not in repr(at)
    assert "Basic" not in repr(at.customer(RECORD))


@pytest.mark.parametrize("kind", ["hang", "drip", "slow"])
def test_call_ends_within_its_time(simulator: Simulator, kind: str) -> None:
    simulator.faults.add(kind=kind, seconds=0.2 if kind == "drip" else 30)
    started = time.monotonic()

    answer = MoEngage().send(workspace(simulator.url).customer(RECORD), 0.5)

    assert (answer.verdict, answer.lost) == (Verdict.TRANSIENT, True)
    assert time.monotonic() - started < 1


def test_hanging_calls_do_not_block_later_ones(simulator: Simulator) -> None:
    moengage, at = MoEngage(), workspace(simulator.url)
    fault = simulator.faults.add(kind="drip", seconds=0.2)
    for _ in range(9):
        assert moengage.send(at.customer(RECORD), 0.05).verdict is Verdict.TRANSIENT
    simulator.faults.remove(fault)

    assert moengage.send(at.customer(RECORD), 5).verdict is Verdict.ACCEPTED


def test_refused_connections_lose_no_answer(simulator: Simulator) -> None:
    moengage, at = MoEngage(), workspace(simulator.url)
    simulator.stop()
    answer = moengage.send(at.customer(RECORD), 2)
    simulator.start()

    assert (answer.verdict, answer.lost) == (Verdict.TRANSIENT, False)
    assert moengage.send(at.customer(RECORD), 2).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("kind", ["reset", "truncated"])
def test_broken_connection_may_have_lost_the_answer(simulator: Simulator, kind: str) -> None:
    simulator.faults.add(kind=kind)

    answer = MoEngage().send(workspace(simulator.url).customer(RECORD), 2)

    assert (answer.verdict, answer.lost) == (Verdict.TRANSIENT, True)


def test_server_without_tls_is_a_failure(simulator: Simulator) -> None:
    answer = MoEngage().send(workspace(simulator.url.replace("http", "https")).customer(RECORD), 2)

    assert answer.verdict is Verdict.TRANSIENT


def test_unknown_host_loses_no_answer() -> None:
    answer = MoEngage().send(Request("http://moengage.invalid/v1/customer/ACME", RECORD), 2)

    assert (answer.verdict, answer.lost) == (Verdict.TRANSIENT, False)


def test_endless_answer_is_cut(simulator: Simulator) -> None:
    simulator.faults.add(kind="status", status=200, body={"status": "success", "more": "x" * 1_000_000})

    answer = MoEngage().send(workspace(simulator.url).customer(RECORD), 5)

    assert (answer.verdict, answer.lost) == (Verdict.TRANSIENT, True)


def test_redirects_are_not_followed(simulator: Simulator) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    elsewhere = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    simulator.faults.add(kind="status", status=302, headers={"Location": elsewhere})
    listener.settimeout(0.01)

    answer = MoEngage().send(workspace(simulator.url).customer(RECORD), 2)

    assert answer.verdict is Verdict.SETUP
    with pytest.raises(TimeoutError):
        listener.accept()
    listener.close()


def test_a_session_sends_many_requests(simulator: Simulator) -> None:
    moengage, at = MoEngage(), workspace(simulator.url)
    for number in range(3):
        body = json.loads(RECORD) | {"customer_id": f"user-{number}"}
        assert moengage.send(at.customer(json.dumps(body).encode()), 2).verdict is Verdict.ACCEPTED
    assert len(simulator.workspace.users) == 3


@pytest.mark.parametrize(
    ("mode", "lost"), [("refuse", False), ("untrusted", False), ("plain", False), ("garble", True)]
)
def test_only_a_call_whose_body_was_begun_may_have_lost_its_answer(
    simulator: Simulator,
    certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
    mode: Mode,
    lost: bool,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.bundle))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with TlsProxies(certificates) as proxies:
        proxy = proxies.add(port, upstream=int(simulator.url.rpartition(":")[2]))
        moengage, request = MoEngage(), workspace(f"https://127.0.0.1:{port}").customer(RECORD)
        assert moengage.send(request, 5).verdict is Verdict.ACCEPTED
        proxy.switch(mode)
        answer = moengage.send(request, 5)

    assert (answer.verdict, answer.lost) == (Verdict.TRANSIENT, lost)
