"""The console in a real browser, over the deployed stack.

After each test no page has reported an error, a violation of the content security policy among them, and the browser
has asked nobody but the console.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.chromium import Operator, operator, too_wide, violations
from tests.e2e.deployed import Connected, named, unique, wait_until
from tests.profiles import profile

from aep_moengage_dev.local.console import LocalConsole
from aep_moengage_dev.local.stack import LocalStack
from aep_moengage_dev.simulator.remote import RemoteSimulator

SURNAME = "Lovelace"
NOT_AN_ID = {"identityMap": {"crmid": [{"id": 1e19}]}, "person": {"name": {"lastName": SURNAME}}}


@pytest.fixture(scope="module")
def opened(stack: LocalStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    with (
        LocalConsole(tmp_path_factory.mktemp("console"), stack.description()) as console,
        operator(console.address) as found,
    ):
        yield found


@pytest.fixture
def new_page(opened: Operator) -> Iterator[Callable[[], Page]]:
    """Opens a tab; they are closed after the test, and what all of them did is checked."""
    pages: list[Page] = []

    def new() -> Page:
        pages.append(opened.context.new_page())
        return pages[-1]

    yield new
    for each in pages:
        each.close()
    opened.check()


@pytest.fixture
def page(new_page: Callable[[], Page]) -> Page:
    return new_page()


def check_page(page: Page) -> None:
    """A page as it is now is accessible, light and dark, and fits a phone."""
    assert violations(page) == [], page.url
    assert not too_wide(page), page.url


def edit(page: Page, destination: Connected) -> None:
    page.goto(f"destinations/{destination.id}")
    page.wait_for_selector(".cm-editor")


def field(page: Page, attribute: str, label: str = "Source") -> Locator:
    return page.get_by_label(f"Attribute {attribute}", exact=True).get_by_label(label)


def drop(page: Page, content: Any) -> None:
    """Drops a file on the preview, as from the desktop."""
    page.evaluate(
        """text => {
            const files = new DataTransfer();
            files.items.add(new File([text], "sample.json", {type: "application/json"}));
            const options = {dataTransfer: files, bubbles: true, cancelable: true};
            document.getElementById("preview").dispatchEvent(new DragEvent("drop", options));
        }""",
        json.dumps(content),
    )


def tab_to(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Goes to a control with the Tab key alone."""
    for _ in range(60):
        page.keyboard.press(key)
        if wanted.evaluate("element => element === document.activeElement || element.contains(document.activeElement)"):
            return
    pytest.fail(f"{wanted} is not reached with the Tab key")


def test_overview_shows_moengage_broken_and_healed(page: Page, acme: Connected, moengage: RemoteSimulator) -> None:
    broken = moengage.fault("status", status=503)
    acme.post([named(unique(), SURNAME)])
    page.goto("")
    flow = page.locator("#flow")
    expect(flow).to_contain_text("MoEngage is slow or down")
    expect(flow.get_by_text("1 message" if acme.backlog.size() == 1 else "messages").first).to_be_visible()
    expect(flow).to_contain_text("5xx")

    moengage.heal(broken)
    acme.drain()
    page.reload()
    expect(flow).to_contain_text("0 messages")
    expect(page.locator("#totals")).to_contain_text("attempts postponed: transient")
    check_page(page)
    for path, ready in (("destinations", "main table"), ("runbook/setup-error", "article")):
        page.goto(path)
        page.wait_for_selector(ready)
        check_page(page)


def test_attribute_is_mapped_previewed_and_published_with_the_keyboard_alone(page: Page, acme: Connected) -> None:
    edit(page, acme)
    tab_to(page, page.locator("#sample"))
    page.keyboard.insert_text(json.dumps(profile("ada", city="London", person={"name": {"firstName": "Ada"}})))
    preview = page.locator("#preview")
    expect(preview).to_contain_text("as the user ada")
    expect(page.locator("#sources option[value=city]")).to_have_count(1)

    tab_to(page, field(page, "First_Name"))
    page.keyboard.press("Control+A")
    page.keyboard.type("city")
    page.keyboard.press("Enter")  # as everybody does after a field
    expect(preview).to_contain_text('"First_Name": "London"')
    expect(page.locator(".cm-content")).to_contain_text("First_Name: city")
    expect(page.locator(".diff")).to_contain_text("+ First_Name: city")

    tab_to(page, page.get_by_role("link", name="YAML"), "Shift+Tab")
    page.keyboard.press("Enter")
    tab_to(page, page.locator(".cm-content"))
    page.keyboard.press("Control+End")
    page.keyboard.type("region: x")
    expect(page.locator("#result")).to_contain_text("region: is repeated")
    expect(page.locator("#publish")).to_be_disabled()
    for _ in "region: x":
        page.keyboard.press("Backspace")
    page.keyboard.type("anony")
    expect(page.locator(".cm-tooltip-autocomplete")).to_contain_text("anonymous_profiles")
    page.keyboard.press("Escape")
    page.keyboard.type("mous_profiles: skip")
    expect(page.locator("#publish")).to_be_enabled()
    check_page(page)

    tab_to(page, page.get_by_label("Why, for the version history"))
    page.keyboard.type("the city is the name")
    page.keyboard.press("Enter")
    expect(page.locator("#news")).to_contain_text("Version 2 is published")
    tab_to(page, page.get_by_role("link", name="Versions"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Compare with version 1"))
    page.keyboard.press("Enter")
    expect(page.locator("#earlier .diff")).to_contain_text("+ First_Name: person.name.firstName")
    page.get_by_role("button", name="Roll back to version 1").press("Enter")
    expect(page.locator("#news")).to_contain_text("Version 3 is published")
    expect(field(page, "First_Name")).to_have_value("person.name.firstName")


def test_samples_are_dropped_and_captured_and_the_destination_is_activated_and_paused(
    page: Page, acme: Connected
) -> None:
    edit(page, acme)
    drop(page, [named("ada", "King"), named("grace", "Hopper")])
    expect(page.locator("#preview")).to_contain_text("as the user ada")
    page.get_by_label("Profile", exact=True).fill("2")
    page.get_by_label("Profile", exact=True).press("Tab")
    expect(page.locator("#preview")).to_contain_text("as the user grace")

    acme.deliver(NOT_AN_ID)
    assert SURNAME not in page.content()
    page.get_by_role("button", name="Capture").click()
    expect(page.locator("#sample")).to_have_value(re.compile(SURNAME))
    expect(page.locator("#preview")).to_contain_text("invalid_customer_id")
    acme.dead_letters()

    added = page.get_by_label("New audience")
    added.get_by_label("Audience id").fill("spring-sale")
    added.get_by_label("Name in MoEngage").fill("Spring sale")
    added.get_by_role("button", name="Activate").click()
    expect(page.locator(".diff")).to_contain_text("+ - {id: spring-sale, name: Spring sale}")
    page.get_by_label("Why, for the version history").fill("spring")
    page.locator("#publish").click()
    expect(page.locator("#news")).to_contain_text("Version 2 is published")

    for action, state in (("Pause", "paused"), ("Resume", "active")):
        page.wait_for_selector(".cm-editor")
        page.get_by_role("button", name=action, exact=True).click()
        expect(page.locator(".pause .state")).to_have_text(state)


def test_second_of_two_operators_keeps_the_text_and_sees_the_first_version(
    new_page: Callable[[], Page], acme: Connected
) -> None:
    first, second = new_page(), new_page()
    for each, source in ((first, "one"), (second, "two")):
        edit(each, acme)
        field(each, "First_Name").fill(source)
        each.get_by_label("Why, for the version history").fill(source)
        expect(each.locator("#publish")).to_be_enabled()
    first.locator("#publish").click()
    expect(first.locator("#news")).to_contain_text("Version 2 is published")
    second.locator("#publish").click()
    expect(second.locator("#saved")).to_contain_text("somebody")
    expect(second.locator("#saved")).to_contain_text("Version 2")
    second.get_by_role("button", name="Compare my text with version 2").click()
    expect(second.locator(".diff")).to_contain_text("- First_Name: one")
    expect(second.locator(".diff")).to_contain_text("+ First_Name: two")
    second.locator("#publish").click()
    expect(second.locator("#news")).to_contain_text("Version 3 is published")


def test_issues_are_redriven_and_purged_until_they_are_gone(
    page: Page, acme: Connected, moengage: RemoteSimulator
) -> None:
    users = [unique(), unique(), unique()]
    broken = moengage.fault("poison", customer_ids=users)
    acme.deliver([*(named(user, SURNAME) for user in users), NOT_AN_ID])
    page.goto("failures")
    expect(page.locator("#work progress")).to_be_visible()
    page.get_by_label("Destination").select_option(acme.id)
    refused, invalid = (page.locator(".issue").filter(has_text=reason) for reason in ("refused", "invalid_customer_id"))
    refused.get_by_role("button", name="Show samples").click()
    expect(refused).to_contain_text('"lastName": "•••"')
    assert SURNAME not in page.content()
    refused.get_by_role("button", name="Show personal data").first.click()
    expect(refused).to_contain_text(f'"lastName": "{SURNAME}"')
    check_page(page)

    moengage.heal(broken)
    refused.get_by_role("button", name="Redrive …").click()
    expect(refused).to_contain_text("3 messages with 3 profiles")
    expect(refused).to_contain_text(f"failures redrive --destination {acme.id} --reason refused --dry-run --local")
    refused.get_by_label("Profiles a second").fill("2")
    refused.get_by_role("button", name="Redrive 3 messages").click()
    expect(page.locator("#work")).to_contain_text("of 3 messages done")
    expect(invalid).to_be_visible()
    expect(refused).to_have_count(0)
    acme.drain()
    assert [moengage.users()[user]["attributes"]["Last_Name"] for user in users] == [SURNAME] * 3

    invalid.get_by_role("button", name="Purge …").click()
    expect(invalid).to_contain_text("Dry run: what would be purged")
    invalid.get_by_role("button", name="Purge 1 message").click()  # not without the tick beside it
    invalid.get_by_label("Delete them permanently").check()
    invalid.get_by_role("button", name="Purge 1 message").click()
    expect(page.locator("#work")).to_contain_text("of 1 messages done")
    expect(page.locator("#work")).to_contain_text("No dead letters")
    assert acme.dead_letters() == []


def traced(page: Page) -> bool:
    """Searches the logs; returns whether they have the profile yet."""
    page.get_by_role("button", name="Trace").click()
    found = page.locator("#work .timeline, #work p:has-text('Nothing was found')").first
    expect(found).to_be_visible()
    return page.locator(".timeline").count() > 0


def test_user_is_traced_and_validated(page: Page, acme: Connected) -> None:
    user = unique()
    acme.deliver(named(user, SURNAME))
    page.goto("trace")
    page.get_by_label("Destination").select_option(acme.id)
    page.get_by_label("User (MoEngage customer id)").fill(user)
    wait_until(lambda: traced(page), 30, "the functions' logs are stored")
    expect(page.locator(".timeline")).to_contain_text("MoEngage accepted it")
    check_page(page)

    page.goto("validate")
    page.get_by_label("Destination").select_option(acme.id)
    page.get_by_label("User (MoEngage customer id)").fill(user)
    page.get_by_label("Profile as AEP sends it").fill(json.dumps(named(user, "King")))
    page.get_by_role("button", name="Compare").click()
    row = page.get_by_role("row", name="Last_Name")
    expect(row).to_contain_text("differs")
    assert SURNAME not in page.content()
    check_page(page)
    page.get_by_label("Show values").check()
    page.get_by_role("button", name="Compare").click()
    expect(row).to_contain_text(SURNAME)
