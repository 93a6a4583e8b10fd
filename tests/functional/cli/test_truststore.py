"""`truststore`: builds a truststore from files, and reports what is wrong with it."""

import json
import ssl
from contextlib import nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.certificates import Issued, issue
from tests.functional.cli.conftest import Run, json_of
from tests.functional.cli.fake_adobe import Adobe

from aep_moengage_cli.adobe.truststore import read_certificates

TODAY = datetime.now(UTC)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    root = issue("Root", since=TODAY)
    return kept(tmp_path / "root.crt", root.der), kept(tmp_path / "ca.pem", issue("CA", root, since=TODAY, days=90).pem)


def kept(file: Path, content: bytes) -> Path:
    file.write_bytes(content)
    return file


def test_truststore_is_written_and_shown(run: Run, tmp_path: Path, files: tuple[Path, Path]) -> None:
    result = run("truststore", *files, "--output", tmp_path / "truststore.pem")

    assert result.exit_code == 0, result.stdout
    assert len(read_certificates((tmp_path / "truststore.pem").read_bytes())) == 2
    assert result.stdout.count("caution   Adobe's chain") == 2
    assert "The first certificate ends on " in result.stdout
    assert run("truststore", tmp_path / "truststore.pem").stdout == result.stdout


def test_truststore_with_errors_is_not_written(run: Run, tmp_path: Path, files: tuple[Path, Path]) -> None:
    result = run("truststore", files[1], "--output", tmp_path / "truststore.pem", "--json")

    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["errors"] == ["CA is signed by CN=Root, whose certificate is missing."]
    assert [each["name"] for each in report["certificates"]] == ["CA"]
    assert not (tmp_path / "truststore.pem").exists()


def test_report_is_json(run: Run, files: tuple[Path, Path]) -> None:
    report = json_of(run("truststore", *files, "--json"))
    assert [each["name"] for each in report["certificates"]] == ["CA", "Root"]
    assert report["first_end"] == report["certificates"][0]["ends"]


def test_adobes_own_certificates_have_to_be_let_in(
    run: Run, adobe: Adobe, tmp_path: Path, files: tuple[Path, Path]
) -> None:
    authority = issue("CA", since=TODAY)
    store = kept(tmp_path / "authority.pem", authority.pem)
    adobe.certificates = [issue("Adobe Experience Platform", authority, since=TODAY, authority=False).pem.decode()]

    report = json_of(run("truststore", store, "--online", "--json"))
    assert [each["name"] for each in report["clients"]] == ["Adobe Experience Platform"]
    assert "Adobe Experience Platform (Adobe's own)" in run("truststore", store, "--online").stdout

    result = run("truststore", *files, "--online", "--output", tmp_path / "truststore.pem")
    assert result.exit_code == 1
    assert "Adobe Experience Platform is signed by CN=CA: the API would refuse it." in result.stdout
    assert not (tmp_path / "truststore.pem").exists()


def test_adobe_that_answers_something_else_is_an_error(run: Run, adobe: Adobe, files: tuple[Path, Path]) -> None:
    adobe.certificates = ["no certificate"]
    result = run("truststore", *files, "--online")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "something else than its certificates" in result.stderr


def test_asking_adobe_needs_a_project(run: Run, monkeypatch: pytest.MonkeyPatch, files: tuple[Path, Path]) -> None:
    monkeypatch.delenv("ADOBE_CLIENT_ID", raising=False)
    result = run("truststore", *files, "--online")
    assert result.exit_code == 2
    assert "Set ADOBE_CLIENT_ID" in result.stderr


@pytest.mark.parametrize(("signer", "let_in"), [("CA", True), ("Another CA", False)])
def test_truststore_lets_in_whom_its_authorities_signed(run: Run, tmp_path: Path, signer: str, let_in: bool) -> None:
    root = issue("Root", since=TODAY)
    signers = {"CA": issue("CA", root, since=TODAY), "Another CA": issue("Another CA", since=TODAY)}
    files = [kept(tmp_path / "root.crt", root.der), kept(tmp_path / "ca.pem", signers["CA"].pem)]
    assert run("truststore", *files, "--output", tmp_path / "truststore.pem").exit_code == 0

    client = issue("Adobe", signers[signer], since=TODAY, authority=False)
    with nullcontext() if let_in else pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(tmp_path, client)


def shake_hands(directory: Path, client: Issued) -> None:
    """Does the TLS handshake of a client with a server that has the truststore; raises what the server raises."""
    server_side, client_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    server_side.load_cert_chain(kept(directory / "server.pem", issue("Server", since=TODAY).with_key))
    server_side.load_verify_locations(directory / "truststore.pem")
    server_side.verify_mode = ssl.CERT_REQUIRED
    client_side.load_cert_chain(kept(directory / "client.pem", client.with_key))
    client_side.check_hostname, client_side.verify_mode = False, ssl.CERT_NONE
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_side.wrap_bio(to_server, to_client, server_side=True)
    caller = client_side.wrap_bio(to_client, to_server)
    for side in (caller, server, caller, server):
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()


@pytest.mark.parametrize("content", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\n"])
def test_file_without_certificates_is_an_error(run: Run, tmp_path: Path, content: bytes) -> None:
    result = run("truststore", kept(tmp_path / "x.pem", content))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "holds no certificate" in result.stderr
