"""The console in a real browser, over the deployed stack."""

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from botocore.exceptions import ClientError
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright
from tests.e2e.deployed import Connected, named, unique

from aep_moengage_cli.console.application import application
from aep_moengage_cli.console.safety import LOOPBACK, Session
from aep_moengage_cli.console.subject import Subject
from aep_moengage_cli.deployed import found_locally
from aep_moengage_dev.chromium import NoChromium, launched
from aep_moengage_dev.local.console import LocalConsole
from aep_moengage_dev.local.stack import LocalStack
from aep_moengage_dev.simulator.remote import RemoteSimulator

AXE = (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE, DESKTOP = {"width": 380, "height": 800}, {"width": 1280, "height": 900}
EXPECTED = (  # errors on a browser's console that are none: a refusal, and a request that a later key has replaced
    "error: Failed to load resource: the server responded with a status of 4",
    "error: htmx:afterRequest",
    "error: htmx:sendAbort",
)
SECONDS = 30_000  # milliseconds, on a busy machine

expect.set_options(timeout=SECONDS)


@pytest.fixture(scope="module")
def seen() -> list[str]:
    """Addresses that the browser asked for, and errors that its pages reported."""
    return []


@pytest.fixture(scope="module")
def context(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory, seen: list[str]) -> Iterator[BrowserContext]:
    """A browser in which an operator has opened the console."""
    with (
        LocalConsole(tmp_path_factory.mktemp("console"), stack.description()) as console,
        sync_playwright() as playwright,
    ):
        try:
            browser = launched(playwright)
        except NoChromium as error:
            pytest.fail(str(error)) if os.environ.get("CI") else pytest.skip(str(error))
        opened = browser.new_context(base_url=console.address.partition("?")[0], viewport=DESKTOP)  # type: ignore[arg-type] # a TypedDict
        opened.set_default_timeout(SECONDS)
        opened.on("request", lambda request: seen.append(request.url))
        opened.on("weberror", lambda error: seen.append(f"error: {error.error}"))
        opened.on("console", lambda message: seen.append(f"error: {message.text}") if message.type == "error" else None)
        first = opened.new_page()
        first.goto(console.address)
        first.close()
        yield opened
        browser.close()


@pytest.fixture
def page(context: BrowserContext, seen: list[str]) -> Iterator[Page]:
    """A new tab; no page of it may report an error, or load anything from elsewhere."""
    seen.clear()
    opened = context.new_page()
    yield opened
    opened.close()
    assert [each for each in seen if each.startswith("error: ") and not each.startswith(EXPECTED)] == []
    asked = [urlsplit(each) for each in seen if not each.startswith("error: ")]
    assert {(each.scheme, each.hostname) for each in asked} <= {("http", LOOPBACK), ("data", None)}


def violations(page: Page) -> list[tuple[str, str]]:
    """What axe-core finds, by rule and element."""
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [(each["id"], each["nodes"][0]["html"][:200]) for each in found["violations"]]


def edit_source(page: Page, attribute: str, source: str) -> None:
    """Types a source into an attribute's row."""
    page.get_by_label(f"Attribute {attribute}", exact=True).get_by_label("Source").fill(source)


def test_pages_are_accessible_and_fit_a_phone(page: Page, acme: Connected) -> None:
    acme.deliver(named(unique(), "Lovelace"))
    acme.deliver({"identityMap": {"crmid": [{"id": 1e19}]}})
    places = {
        "": "#next",
        "destinations": "main table",
        f"destinations/{acme.id}": ".cm-editor",
        "failures": ".issue",
        "trace": "form.fields",
        "validate": "main form",
        "runbook/setup-error": "article",
    }
    for path, ready in places.items():
        page.goto(path)
        page.wait_for_selector(ready)
        assert violations(page) == [], path
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type] # a TypedDict
    for path, ready in places.items():
        page.goto(path)
        page.wait_for_selector(ready)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
    page.goto(f"destinations/{acme.id}")  # the page with the most colours
    page.wait_for_selector(".cm-editor")
    assert violations(page) == []
    acme.dead_letters()


def test_overview_shows_moengage_broken_and_healed(page: Page, acme: Connected, moengage: RemoteSimulator) -> None:
    broken = moengage.fault("status", status=503)
    acme.post([named(unique(), "Lovelace")])
    page.goto("")
    expect(page.locator("#flow")).to_contain_text("MoEngage is slow or down")
    expect(page.locator("#flow")).to_contain_text(
        "messages in the retry queue" if acme.backlog.size() != 1 else "1 message"
    )
    expect(page.locator("#flow")).to_contain_text("5xx")

    moengage.heal(broken)
    acme.drain()
    page.reload()
    expect(page.locator("#flow")).to_contain_text("0 messages")
    expect(page.locator("#totals")).to_contain_text("attempts postponed: transient")


def test_attribute_is_mapped_previewed_published_and_rolled_back(page: Page, acme: Connected) -> None:
    page.goto(f"destinations/{acme.id}")
    page.wait_for_selector(".cm-editor")
    page.get_by_label("Sample payload", exact=False).last.fill(
        json.dumps(named("ada", "Lovelace") | {"city": "London"})
    )
    preview = page.locator("#preview")
    expect(preview).to_contain_text("as the user ada")
    expect(page.locator("#sources option[value=city]")).to_have_count(1)

    edit_source(page, "First_Name", "city")
    expect(preview).to_contain_text('"First_Name": "London"')
    expect(page.locator(".cm-content")).to_contain_text("First_Name: city")
    expect(page.locator(".diff")).to_contain_text("+ First_Name: city")

    page.locator(".cm-content").get_by_text("First_Name: city").click()
    page.keyboard.press("End")
    page.keyboard.type("..")  # half an expression, as it is typed
    expect(page.get_by_label("Attribute First_Name", exact=True)).to_contain_text("error:")
    expect(page.locator("#publish")).to_be_disabled()
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    page.keyboard.press("Control+End")
    page.keyboard.type("conse")
    expect(page.locator(".cm-tooltip-autocomplete")).to_contain_text("consent")
    page.keyboard.press("Escape")
    for _ in "conse":
        page.keyboard.press("Backspace")

    expect(page.locator("#publish")).to_be_enabled()
    page.get_by_label("Why, for the version history").fill("the city is the name")
    page.locator("#publish").click()
    expect(page.locator("#news")).to_contain_text("Version 2 is published")
    page.get_by_role("button", name="Compare with version 1").click()
    expect(page.locator("#earlier .diff")).to_contain_text("+ First_Name: person.name.firstName")
    page.get_by_role("button", name="Roll back to version 1").click()
    expect(page.locator("#news")).to_contain_text("Version 3 is published")
    expect(page.get_by_label("Attribute First_Name", exact=True).get_by_label("Source")).to_have_value(
        "person.name.firstName"
    )


def test_second_of_two_operators_keeps_the_text_and_is_told_of_the_first(
    page: Page, context: BrowserContext, acme: Connected
) -> None:
    other = context.new_page()
    for each, source in ((page, "one"), (other, "two")):
        each.goto(f"destinations/{acme.id}")
        each.wait_for_selector(".cm-editor")
        edit_source(each, "First_Name", source)
        each.get_by_label("Why, for the version history").fill(source)
        expect(each.locator("#publish")).to_be_enabled()
    page.locator("#publish").click()
    expect(page.locator("#news")).to_contain_text("Version 2 is published")
    other.locator("#publish").click()
    expect(other.locator("#saved")).to_contain_text("somebody")
    expect(other.locator("#saved")).to_contain_text("Version 2")
    other.get_by_role("button", name="Compare my text with version 2").click()
    expect(other.locator(".diff")).to_contain_text("- First_Name: one")
    expect(other.locator(".diff")).to_contain_text("+ First_Name: two")
    other.locator("#publish").click()
    expect(other.locator("#news")).to_contain_text("Version 3 is published")
    other.close()


def test_issue_is_redriven_until_it_is_gone(page: Page, acme: Connected, moengage: RemoteSimulator) -> None:
    user = unique()
    broken = moengage.fault("poison", customer_ids=[user])
    acme.deliver(named(user, "Lovelace"))
    page.goto("failures")
    page.get_by_label("Destination").select_option(acme.id)
    issue = page.locator(".issue")
    expect(issue).to_contain_text("refused")
    issue.get_by_role("button", name="Show samples").click()
    expect(issue).to_contain_text('"lastName": "•••"')
    issue.get_by_role("button", name="Show personal data").click()
    expect(issue).to_contain_text('"lastName": "Lovelace"')

    moengage.heal(broken)
    issue.get_by_role("button", name="Redrive …").click()
    issue.get_by_role("button", name="Redrive 1 message").click()
    expect(page.locator("#work")).to_contain_text("No dead letters")
    acme.drain()
    assert moengage.users()[user]["attributes"]["Last_Name"] == "Lovelace"


def test_user_is_traced_and_validated(page: Page, acme: Connected) -> None:
    user = unique()
    acme.deliver(named(user, "Lovelace"))
    page.goto("trace")
    page.get_by_label("Destination").select_option(acme.id)
    page.get_by_label("User (MoEngage customer id)").fill(user)
    page.get_by_role("button", name="Trace").click()
    expect(page.locator(".timeline")).to_contain_text("MoEngage accepted it")

    page.goto("validate")
    page.get_by_label("Destination").select_option(acme.id)
    page.get_by_label("User (MoEngage customer id)").fill(user)
    page.get_by_label("Profile as AEP sends it").fill(json.dumps(named(user, "King")))
    page.get_by_label("Show values").check()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("row", name="Last_Name")).to_contain_text("differs")


class Refusing:
    """The clients of an operator who may not receive dead letters."""

    def __init__(self, clients: Any) -> None:
        self._clients = clients

    def client(self, service: str) -> Any:
        client = self._clients.client(service)
        return self if service == "sqs" else client

    def get_queue_attributes(self, **arguments: Any) -> Any:
        return self._clients.client("sqs").get_queue_attributes(**arguments)

    def receive_message(self, **_: Any) -> Any:
        message = "User: arn:aws:iam::123456789012:user/ada is not authorized to perform: sqs:ReceiveMessage"
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": message}}, "ReceiveMessage")


@contextmanager
def served(subject: Subject) -> Iterator[str]:
    """Serves the console of a subject; yields its first address."""
    listening = socket.create_server((LOOPBACK, 0))
    session = Session(listening.getsockname()[1])
    server = uvicorn.Server(uvicorn.Config(application(subject, session), log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        yield session.address
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def test_refusal_of_iam_names_the_missing_permission_and_who_gives_it(page: Page, stack: LocalStack) -> None:
    local = Subject.of_stack(found_locally(stack.description()), ["--local"])
    assert local.found
    refused = Subject(found=type(local.found)(local.found.name, local.found.outputs, Refusing(local.found.session)))
    with served(refused) as address:
        page.goto(address)
        page.goto(f"{address.partition('?')[0]}failures")
        problem = page.get_by_role("alert")
        expect(problem).to_contain_text("A permission is missing")
        expect(problem).to_contain_text("View Profiles")
        expect(problem).to_contain_text("An administrator of the account 123456789012")
        expect(problem).to_contain_text("attach-user-policy --user-name ada")
        assert violations(page) == []
