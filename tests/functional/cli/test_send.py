"""`send`: what is posted, and how the answers are shown."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from tests.functional.cli.conftest import DESTINATION, EVENTS, ID, KEY, Cloud, Run, json_of

from aep_moengage_dev.local.ministack import MiniStack
from aep_moengage_dev.project import REGION

TOKEN = "acme.planted-token"
DEFAULT = EVENTS / "http_api_default.json"

type Answer = tuple[int, dict[str, Any] | str]


class Endpoint(ThreadingHTTPServer):
    """A stand-in for the connector: records requests, and answers as configured."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.posted: list[tuple[str, str | None, Any]] = []
        self.answer: Callable[[Any], Answer] = taken
        self.url = f"http://127.0.0.1:{self.server_port}/destinations/acme/profiles"


def taken(body: Any) -> Answer:
    profiles = body.get("profiles", [body]) if isinstance(body, dict) else body
    return 200, {
        "received": len(profiles),
        "results": [{"index": index, "outcome": "delivered"} for index, _ in enumerate(profiles)],
    }


def only(status: int, **result: Any) -> Callable[[Any], Answer]:
    return lambda _: (status, {"received": 1, "results": [{"index": 0, **result}]} if status == 200 else result)


class _Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["content-length"])).decode()
        body = json.loads(text) if text else None
        self.server.posted.append((self.path, self.headers["authorization"], body))
        status, content = self.server.answer(body)
        answer = content if isinstance(content, str) else json.dumps(content)
        self.send_response(status)
        self.send_header("content-length", str(len(answer.encode())))
        if status == 302:
            self.send_header("location", self.server.url)
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_: Any) -> None:
        """Logs nothing."""


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_bodies_are_posted_unchanged_with_the_token(run: Run, endpoint: Endpoint) -> None:
    result = run("send", DEFAULT, EVENTS / "batch.json", "--url", endpoint.url, "--token", TOKEN, "--json")

    assert result.exit_code == 0
    path = "/destinations/acme/profiles"
    assert endpoint.posted == [
        (path, f"Bearer {TOKEN}", json.loads(DEFAULT.read_text())),
        (path, f"Bearer {TOKEN}", json.loads((EVENTS / "batch.json").read_text())),
    ]
    assert json.loads(result.stdout) == {
        "requests": 2,
        "received": 5,
        "outcomes": [{"outcome": "delivered", "reason": None, "profiles": 5}],
        "rejected": [],
        "refused": [],
    }


def test_lambda_events_are_unwrapped(run: Run, endpoint: Endpoint) -> None:
    files = [EVENTS / name for name in ("apigateway-profile.json", "apigateway-batch.json", "sqs-retry.json")]
    assert run("send", *files, "--url", endpoint.url, "--token", TOKEN).exit_code == 0

    default, batch = (json.loads((EVENTS / name).read_text()) for name in ("http_api_default.json", "batch.json"))
    bodies = [body for _, _, body in endpoint.posted]
    assert bodies == [default, batch, [default], [batch["profiles"][0], batch["profiles"][3]]]


def test_lines_are_batched(run: Run, endpoint: Endpoint, tmp_path: Path) -> None:
    file = tmp_path / "profiles.jsonl"
    file.write_text("\n".join(json.dumps({"number": number}) for number in range(5)) + "\n\n")
    assert run("send", file, "--batch", 2, "--url", endpoint.url, "--token", TOKEN).exit_code == 0

    assert [[profile["number"] for profile in body] for _, _, body in endpoint.posted] == [[0, 1], [2, 3], [4]]


def test_line_that_is_not_json_is_named(run: Run, endpoint: Endpoint, tmp_path: Path) -> None:
    file = tmp_path / "profiles.jsonl"
    file.write_text('{"a": 1}\n{"a": \n')
    result = run("send", file, "--url", endpoint.url, "--token", TOKEN)

    assert (result.exit_code, endpoint.posted) == (2, [])
    assert "line 2 is not JSON" in result.stderr


@pytest.mark.parametrize("how", ["environment", "stdin"])
def test_token_is_read_from_environment_or_stdin(
    run: Run, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    if how == "environment":
        monkeypatch.setenv("AEP_MOENGAGE_TOKEN", TOKEN)
        run("send", DEFAULT, "--url", endpoint.url)
    else:
        run("send", DEFAULT, "--url", endpoint.url, "--token-stdin", stdin=f"{TOKEN}\n")

    assert [authorization for _, authorization, _ in endpoint.posted] == [f"Bearer {TOKEN}"]


def test_event_is_read_from_standard_input(run: Run, endpoint: Endpoint) -> None:
    run("send", "-", "--url", endpoint.url, "--token", TOKEN, stdin='{"a": 1}')
    assert [body for _, _, body in endpoint.posted] == [{"a": 1}]


def test_netrc_does_not_replace_the_token(
    run: Run, endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    run("send", DEFAULT, "--url", endpoint.url, "--token", TOKEN)

    assert endpoint.posted[0][1] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("outcome", "reason", "code"),
    [("retrying", "throttled", 0), ("skipped", "consent", 0), ("unchanged", None, 0), ("rejected", "refused", 1)],
)
def test_accepted_exits_0_and_rejected_exits_1(
    run: Run, endpoint: Endpoint, outcome: str, reason: str | None, code: int
) -> None:
    endpoint.answer = only(200, outcome=outcome, reason=reason)
    result = run("send", DEFAULT, "--url", endpoint.url, "--token", TOKEN)

    assert (result.exit_code, result.stdout) == (code, "")
    assert outcome in result.stderr
    assert reason is None or f"{reason}: " in result.stderr, "what it means"
    assert (f"{DEFAULT}: profile 0 of its request was rejected: refused" in result.stderr) is bool(code)


@pytest.mark.parametrize(
    ("answer", "status", "detail"),
    [
        ((401, {"detail": "this token is not known"}), 401, "this token is not known"),
        ((503, {"detail": "Send the same request again."}), 503, "Send the same request again."),
        ((429, {"message": "Too Many Requests"}), 429, "Too Many Requests"),
        ((200, {"status": "ok"}), 200, "not an answer of the connector: check the URL"),
        ((200, "<html>"), 200, "not an answer of the connector: check the URL"),
        ((302, "elsewhere"), 302, "not an answer of the connector: check the URL"),
    ],
)
def test_refused_request_exits_1_and_the_others_are_sent(
    run: Run, endpoint: Endpoint, answer: Answer, status: int, detail: str
) -> None:
    endpoint.answer = lambda body: answer if "identityMap" in body else taken(body)
    result = run("send", DEFAULT, EVENTS / "batch.json", "--url", endpoint.url, "--token", TOKEN, "--json")

    shown = json.loads(result.stdout)
    assert result.exit_code == 1
    assert shown["refused"] == [{"source": str(DEFAULT), "status": status, "detail": detail}]
    assert (shown["requests"], shown["received"], len(endpoint.posted)) == (2, 4, 2)
    printed = run("send", DEFAULT, "--url", endpoint.url, "--token", TOKEN).stderr
    assert f"{DEFAULT}: refused: {status}: {detail}" in printed
    assert TOKEN not in printed


def test_result_is_shown_even_if_a_later_file_is_unusable(run: Run, endpoint: Endpoint) -> None:
    result = run("send", DEFAULT, "nothing.json", "--url", endpoint.url, "--token", TOKEN, "--json")

    assert result.exit_code == 2
    assert json.loads(result.stdout)["received"] == 1
    assert "nothing.json: No such file" in result.stderr


def test_missing_answer_is_reported_as_refused(run: Run) -> None:
    result = run("send", DEFAULT, "--url", "http://127.0.0.1:9/x", "--token", TOKEN)

    assert result.exit_code == 1
    assert "no answer (ConnectionError)" in result.stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "either --url or --destination"),
        (["--local"], "either --url or --destination"),
        (["--url", "http://127.0.0.1:9/x", "--destination", "acme"], "either --url or --destination"),
        (["--url", "http://127.0.0.1:9/x"], "A token is needed"),
        (["--url", "http://127.0.0.1:9/x", "--token-stdin", "-"], "both the token and an event"),
        (["--url", "http://127.0.0.1:9/x", "--token", "t", "nothing.json"], "nothing.json: No such file"),
        (["--destination", "acme", "--local"], "make up"),
    ],
)
def test_invalid_options_exit_2(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = options if options[-1:] in (["-"], ["nothing.json"]) else [DEFAULT, *options]
    result = run("send", *arguments)

    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)
    assert says in result.stderr


def test_url_is_read_from_the_deployed_stack(run: Run, cloud: Cloud) -> None:
    result = run("send", DEFAULT, "--destination", "acme", "--token", TOKEN, "--stack-name", "none-such")

    assert result.exit_code == 2
    assert "no stack none-such" in result.stderr
    result = run("send", "nothing.json", "--destination", "acme", "--token", TOKEN)
    assert "nothing.json: No such file" in result.stderr


@pytest.fixture
def local_stack(cloud: Cloud, ministack: MiniStack, endpoint: Endpoint, tmp_path: Path, monkeypatch: Any) -> None:
    """A running local stack, as `make up` describes it, that an AWS profile and a region are in the way of."""
    description = {
        "stack": cloud.stack,
        "aws_endpoint_url": ministack.url,
        "region": REGION,
        "destination": "acme",
        "profiles_url": endpoint.url.replace("acme", "{id}"),
        "token": TOKEN,
    }
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "stack.json").write_text(json.dumps(description))
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    for name in ("AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_PROFILE", "none-such")


@pytest.mark.usefixtures("local_stack")
def test_local_stack_is_found_by_every_command_and_needs_no_aws_settings(run: Run) -> None:
    url = str(json_of(run("connect", DESTINATION, "--password-stdin", "--local", stdin=KEY))["url"])

    assert url.startswith("http://127.0.0.1:")
    (listed,) = json_of(run("destinations", "list", "--json", "--local"))["destinations"]
    assert listed["id"] == ID
    result = run("destinations", "list", "--local", "--stack-name", "other")
    assert (result.exit_code, "not both" in result.stderr) == (2, True)


@pytest.mark.usefixtures("local_stack")
def test_only_a_named_destination_is_posted_to(run: Run, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    events = [EVENTS / "event-purchase.json", "--events"]
    result = run("send", *events, "--destination", "acme", "--local", "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout)["outcomes"] == [{"outcome": "delivered", "reason": None, "events": 1}]
    assert f"Posting to {endpoint.url.replace('profiles', 'events')}" in result.stderr
    assert "A token is needed" in run("send", DEFAULT, "--destination", "mine", "--local").stderr
    monkeypatch.setenv("AEP_MOENGAGE_TOKEN", "mine.token")
    for destination in ("mine", "acme"):
        assert run("send", DEFAULT, "--destination", destination, "--local").exit_code == 0
    assert [(path, token) for path, token, _ in endpoint.posted] == [
        ("/destinations/acme/events", f"Bearer {TOKEN}"),
        ("/destinations/mine/profiles", "Bearer mine.token"),
        ("/destinations/acme/profiles", f"Bearer {TOKEN}"),
    ]
