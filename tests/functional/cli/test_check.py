"""`check`: every error of a file at once, and likely mistakes."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
import requests
from tests.functional.cli.conftest import DESTINATION, EVENTS, KEY, Cloud, Connect, Run

from aep_moengage.document.model import REGIONS
from aep_moengage_dev.simulator.simulator import Simulator


def test_valid_file_has_no_errors(run: Run) -> None:
    result = run("check", DESTINATION)

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"{DESTINATION}: can be used; no errors, no cautions.\n"


def test_every_error_is_reported_at_once(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "destination.yaml"
    file.write_text(f'{DESTINATION.read_text()}\nregion: "09"\nnmae: x\nattributes: {{a: "b..c"}}\n')
    result = run("check", file)

    assert (result.exit_code, result.stderr) == (1, "")
    assert [line.split(":")[0].split()[-1] for line in result.stdout.splitlines()[:-1]] == [
        "region",
        "region",
        "attributes.a.source",
        "nmae",
    ]
    assert "unknown_region" in result.stdout
    assert result.stdout.endswith(f"{file}: can't be used; 4 errors, no cautions.\n")


def test_errors_as_json_have_path_value_and_allowed_values(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "destination.yaml"
    file.write_text(DESTINATION.read_text().replace('"03"', '"09"'))
    result = run("check", file, "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "file": str(file),
        "destination": None,
        "usable": False,
        "errors": [
            {
                "code": "unknown_region",
                "path": "region",
                "value": '"09"',
                "message": "is not a MoEngage data center",
                "allowed": "01, 02, 03, 04, 05, 06, 101",
                "line": next(n for n, line in enumerate(DESTINATION.read_text().splitlines(), 1) if '"03"' in line),
            }
        ],
        "cautions": [],
        "credentials": None,
    }


def test_lines_are_said_and_the_weightiest_caution_comes_first(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "destination.yaml"
    file.write_text(DESTINATION.read_text().replace("crmid", "CustomerId"))
    *cautions, _ = run("check", file, "--events", EVENTS / "batch.json").stdout.splitlines()

    number = next(n for n, line in enumerate(file.read_text().splitlines(), 1) if "CustomerId" in line)
    assert cautions[0].startswith(f"caution  line {number}, identities.user_id")
    assert "identity_never_found" in cautions[0]
    assert "_not_mapped" in cautions[-1]


@pytest.mark.parametrize("name", ["batch.json", "http_api_default.json", "sdk_freeform_attributes.json"])
def test_payload_by_mistake_shows_none_of_its_values(run: Run, name: str) -> None:
    result = run("check", EVENTS / name)

    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 2
    assert "holds profiles as AEP sends them" in result.stdout


@pytest.mark.parametrize("text", [b"\xff\xfe", b"a: [", b""])
def test_file_that_is_not_a_document_is_an_error(run: Run, tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "destination.yaml"
    file.write_bytes(text)
    result = run("check", file, "--json")

    assert result.exit_code == 1
    (error,) = json.loads(result.stdout)["errors"]
    assert error["code"] in {"malformed", "wrong_type"}


def test_source_that_no_sample_has_is_a_caution(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "destination.yaml"
    file.write_text(DESTINATION.read_text() + "attributes: {First_Name: person.firstName}\n")
    result = run("check", file, "--events", EVENTS / "http_api_default.json", EVENTS / "batch.json", "--json")

    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert (report["destination"], report["usable"]) == ("acme-production", True)
    (source,) = (each for each in report["cautions"] if each["code"] == "source_never_found")
    assert source == {
        "code": "source_never_found",
        "path": "attributes.First_Name.source",
        "message": "person.firstName is in none of 5 profiles",
        "near": ["person.name.firstName"],
        "line": len(file.read_text().splitlines()),
    }


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["missing.yaml"], "missing.yaml: No such file"),
        ([DESTINATION, "--events", "missing.json"], "missing.json: No such file"),
        ([DESTINATION, "--events", EVENTS / "destination.yaml"], "the body is not JSON"),
    ],
)
def test_unreadable_file_exits_2(run: Run, arguments: list[object], says: str) -> None:
    result = run("check", *arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr


def test_password_in_the_file_is_not_shown(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "destination.yaml"
    file.write_text(DESTINATION.read_text() + "password: canary-7f3a\n")
    result = run("check", file)

    assert result.exit_code == 1
    assert "`connect` asks for the password" in result.stdout
    assert "canary-7f3a" not in result.output


class DataCenters(BaseHTTPRequestHandler):
    """Data centers by path, /dc-03/...; each forwards to its own MoEngage simulator, or to a default one."""

    urls: ClassVar[dict[str, str]] = {}
    asked: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        _, center, path = self.path.split("/", 2)
        self.asked.append(center)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        names = ("MOE-APPKEY", "Content-Type")
        headers = {name: self.headers[name] for name in names}
        answer = requests.post(
            f"{self.urls.get(center, self.urls['else'])}/{path}", data=body, headers=headers, timeout=5
        )
        self.send_response(answer.status_code)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Says nothing."""


@pytest.fixture
def centers(moengage: Simulator) -> Iterator[str]:
    """MoEngage's address: data center 02 has our workspace, the others have another customer's."""
    with Simulator(username="OTHER", password="other") as other:
        DataCenters.urls = {"dc-02": moengage.url, "else": other.url}
        DataCenters.asked = []
        with ThreadingHTTPServer(("127.0.0.1", 0), DataCenters) as server:
            Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_address[1]}/dc-{{dc}}"
            server.shutdown()


def online(run: Run, endpoint: str, *options: object, key: str = KEY) -> tuple[int, dict[str, Any]]:
    result = run(
        "check", DESTINATION, "--online", "--password-stdin", "--endpoint", endpoint, "--json", *options, stdin=key
    )
    assert key not in result.output
    assert result.exit_code < 2, result.stderr
    return result.exit_code, json.loads(result.stdout)["credentials"]


def test_accepted_credentials_exit_0(run: Run, moengage: Simulator) -> None:
    code, credentials = online(run, moengage.url)
    assert (code, credentials["accepted"], credentials["workspace"]) == (0, True, "Simulated workspace")


def test_wrong_key_is_reported(run: Run, moengage: Simulator) -> None:
    code, credentials = online(run, moengage.url, key="wrong-key")
    assert (code, credentials["accepted"]) == (1, False)
    assert "knows the DATA APP ID ACME1234 but not this DATA APP KEY" in credentials["detail"]


def test_right_region_is_searched_only_if_asked(run: Run, centers: str) -> None:
    code, credentials = online(run, centers)
    assert (code, credentials["belongs_to"], DataCenters.asked) == (1, None, ["dc-03"])
    assert "does not know the DATA APP ID ACME1234" in credentials["detail"]
    assert "--find-region" in credentials["detail"]

    code, credentials = online(run, centers, "--find-region")
    assert (code, credentials["accepted"], credentials["belongs_to"]) == (1, False, "02")
    assert "These credentials belong to data center 02, not 03" in credentials["detail"]


def test_credentials_that_no_data_center_accepts(run: Run, centers: str) -> None:
    code, credentials = online(run, centers, "--find-region", key="wrong-key")
    assert (code, credentials["belongs_to"]) == (1, None)
    assert set(DataCenters.asked) == {f"dc-{region}" for region in REGIONS}


def test_password_is_read_from_the_deployed_stack(run: Run, cloud: Cloud, connect: Connect) -> None:
    options = ["check", DESTINATION, "--online", "--stack-name", cloud.stack]
    assert "stores no password of" in run(*options).stderr
    connect()
    result = run(*options)

    assert result.exit_code == 0, result.output
    assert "MoEngage accepts these credentials in data center 03: Simulated workspace" in result.stdout
    assert KEY not in result.output


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--online"], "give the DATA APP KEY"),
        (["--find-region"], "need --online"),
        (["--online", "--password-stdin", "--endpoint", "http://127.0.0.1:9"], "can't be reached"),
    ],
)
def test_unreachable_moengage_exits_2(run: Run, options: list[str], says: str) -> None:
    result = run("check", DESTINATION, *options, stdin=KEY if "--password-stdin" in options else "")
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
    assert KEY not in result.output
