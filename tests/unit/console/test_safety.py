"""The console answers to the browser that opened its first address, and to its own pages only."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.unit.console.browser import PORT, Browser, offline

from aep_moengage_cli.console.application import PAGES, application
from aep_moengage_cli.console.pages import ASSETS
from aep_moengage_cli.console.safety import Session
from aep_moengage_cli.console.subject import Subject
from aep_moengage_dev.project import PROJECT

FILE = PROJECT / "events" / "destination.yaml"


@pytest.fixture
def browser() -> Browser:
    return offline(FILE)


def stranger(session: Session) -> TestClient:
    """A browser that doesn't know the first address."""
    return TestClient(application(Subject.of_file(FILE), session), base_url=f"http://{session.host}")


def test_first_address_works_once() -> None:
    session = Session(PORT)
    address = session.address
    first, second = stranger(session), stranger(session)
    assert first.get(address, follow_redirects=False).headers["location"] == "/"
    assert second.get(address, follow_redirects=False).status_code == 403
    assert first.get("/destinations").status_code == 200


@pytest.mark.parametrize("address", ["/", "/?token=", "/?token=wrong", "/destinations", "/assets/console.js"])
def test_nothing_is_shown_without_the_cookie(address: str) -> None:
    assert stranger(Session(PORT)).get(address).status_code == 403


def test_cookie_is_strict_and_hidden_from_scripts() -> None:
    session = Session(PORT)
    cookie = stranger(session).get(session.address, follow_redirects=False).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert session.cookie_name.endswith(str(PORT))


@pytest.mark.parametrize("host", ["example.com", f"localhost:{PORT}", "127.0.0.1", f"127.0.0.1:{PORT + 1}"])
def test_other_host_is_refused(browser: Browser, host: str) -> None:
    assert browser.client.get("/destinations", headers={"Host": host}).status_code == 403


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Origin", "https://example.com"),
        ("Origin", ""),
        ("X-CSRF-Token", ""),
        ("X-CSRF-Token", "wrong"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ],
)
def test_change_needs_own_origin_and_csrf_token(browser: Browser, header: str, value: str) -> None:
    headers = {"X-CSRF-Token": browser.session.csrf, "Origin": f"http://{browser.session.host}"}
    fields = {"yaml": "id: a"}
    assert browser.client.post("/destinations/file/draft", data=fields, headers=headers).status_code == 200
    answer = browser.client.post("/destinations/file/draft", data=fields, headers=headers | {header: value})
    assert answer.status_code == 403


@pytest.mark.parametrize("page", [page for page in PAGES if page.method == "POST"], ids=lambda page: page.path)
def test_changes_cannot_be_made_by_get(browser: Browser, page: object) -> None:
    path = str(page.path).replace("{id}", "file").replace("{number:int}", "1").replace("{job}", "x")  # type: ignore[attr-defined] # a Page
    assert browser.get(path).status_code in {404, 405}


def test_pages_allow_nothing_from_elsewhere(browser: Browser) -> None:
    headers = browser.get("/destinations").headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self' 'nonce-")
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy
    assert (headers["cache-control"], headers["referrer-policy"]) == ("no-store", "no-referrer")
    assert headers["x-content-type-options"] == "nosniff"
    assert "form-action 'none'" in policy


def test_browser_keeps_the_files_of_one_version_and_nothing_else(browser: Browser) -> None:
    assert browser.get(f"{ASSETS}/console.css").headers["cache-control"] == "private, max-age=86400, immutable"
    assert browser.get(f"{ASSETS}/none.css").headers["cache-control"] == "no-store"
    assert browser.get("/assets/another/console.css").status_code == 404


def test_nonce_differs_from_page_to_page(browser: Browser) -> None:
    first, second = (browser.get("/destinations").headers["content-security-policy"] for _ in range(2))
    assert first != second


def test_error_shows_and_logs_no_value(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "destination.yaml"
    file.write_text(FILE.read_text())
    browser = offline(file)
    answer = browser.post("/destinations/file/draft", yaml="id: a", profile="canary-7f3a")
    assert answer.status_code == 500
    assert "canary-7f3a" not in answer.text
    assert "canary-7f3a" not in caplog.text
    assert "ValueError" in caplog.text
