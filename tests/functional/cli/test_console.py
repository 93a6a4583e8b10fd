"""The console's pages on an emulated AWS: what they change is what the commands change."""

import html
import json
import re
import shlex
import time
from pathlib import Path

import boto3
import pytest
from tests.functional.cli.conftest import ID, KEY, Cloud, Connect, Run, Simulator, json_of
from tests.unit.console.browser import Browser, state, text

from aep_moengage.functions.sample_table import SampleTable
from aep_moengage.outcomes import RejectReason
from aep_moengage.queues.dead_letters import DeadLetter
from aep_moengage.queues.retry_messages import first_message
from aep_moengage_cli.console.subject import Subject
from aep_moengage_cli.deployed import Stack, described
from aep_moengage_cli.profiles import dead_letter_queue

PAGE = f"/destinations/{ID}"
CANARY = "canary-7f3a"


@pytest.fixture
def browser(cloud: Cloud, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> Browser:
    monkeypatch.setattr(dead_letter_queue, "_WAIT_SECONDS", 0)  # MiniStack has one server
    connect(attributes={"First": "person.name.firstName"})
    return Browser(Subject.of_stack(described(Stack(cloud.stack, {}, boto3.Session())), ("--stack-name", cloud.stack)))


def changed(browser: Browser, before: str, after: str) -> dict[str, str]:
    """The fields of the editor with another text."""
    found = state(browser.get(PAGE).text)
    assert before in found["yaml"]
    return {"yaml": found["yaml"].replace(before, after), "base": found["base"]}


def dead_letters(cloud: Cloud, *reasons: RejectReason) -> None:
    now = int(time.time() * 1000)
    for index, reason in enumerate(reasons):
        profile = {"person": {"name": {"firstName": CANARY}}}
        letter = DeadLetter(
            ID, "request", now, index, profile, reason, f"400: {reason}", now, now, 1, said=f"bad value '{CANARY}'"
        )
        cloud.client("sqs").send_message(
            QueueUrl=cloud.output("DeadLetterQueueUrl"), MessageBody=letter.to_json(), MessageGroupId=ID
        )


def test_change_is_published_with_its_reason(browser: Browser, run: Run) -> None:
    fields = changed(browser, "person.name.firstName", "person.name.fullName")
    answer = browser.post(f"{PAGE}/save", **fields, why="full names")

    assert answer.headers["hx-redirect"] == f"{PAGE}?published=2"
    assert "Version 2 is published" in text(browser.get(f"{PAGE}?published=2").text)
    newest, _ = json_of(run("history", ID, "--json"))["versions"]
    assert (newest["number"], newest["why"]) == (2, "full names")
    assert newest["what"] == 'attributes.First: "person.name.firstName" -> "person.name.fullName"'


@pytest.mark.parametrize(
    ("source", "why", "message"),
    [
        ("person.name.fullName", "", "Say why"),
        ("person.name.firstName", "same", "There is no difference"),
        ("person..name", "wrong", "attributes.First"),
    ],
)
def test_nothing_is_published_without_reason_difference_or_with_an_error(
    browser: Browser, cloud: Cloud, source: str, why: str, message: str
) -> None:
    answer = browser.post(f"{PAGE}/save", **changed(browser, "person.name.firstName", source), why=why)
    assert answer.status_code == 409
    assert message in text(answer.text)
    assert cloud.item(ID, "00000002") is None


def test_second_of_two_operators_publishes_nothing(browser: Browser, cloud: Cloud) -> None:
    fields = changed(browser, "person.name.firstName", "person.name.fullName")
    assert browser.post(f"{PAGE}/save", **fields, why="first").status_code == 200
    answer = browser.post(f"{PAGE}/save", **fields | {"yaml": fields["yaml"].replace("First", "Second")}, why="second")
    assert answer.status_code == 409
    assert "somebody" in text(answer.text)
    active = cloud.item(ID, "active")
    assert active
    assert active["why"] == "first"


def test_earlier_version_is_compared_and_rolled_back_to(browser: Browser, cloud: Cloud) -> None:
    browser.post(f"{PAGE}/save", **changed(browser, "firstName", "fullName"), why="full names")
    compared = browser.part(f"{PAGE}/versions/1").text
    assert "+ First: person.name.firstName" in text(compared)
    answer = browser.post(f"{PAGE}/versions/1/rollback", base="2", why="")
    assert answer.headers["hx-redirect"] == f"{PAGE}?published=3"
    active = cloud.item(ID, "active")
    assert active
    assert (active["why"], json.loads(active["document"])["attributes"]["First"]) == (
        "rollback to version 1",
        "person.name.firstName",
    )
    assert "rollback to version 1" in text(browser.part(f"{PAGE}/versions").text)


def test_destination_is_paused_and_resumed(browser: Browser, cloud: Cloud) -> None:
    browser.post(f"{PAGE}/pause", paused="yes", why="migration")
    assert "paused" in text(browser.get("/destinations").text)
    browser.post(f"{PAGE}/pause", paused="no", why="")
    active = cloud.item(ID, "active")
    assert active
    assert (active.get("paused", False), active["why"]) == (False, "resume")


def test_issues_are_shown_redriven_and_purged(browser: Browser, cloud: Cloud) -> None:
    dead_letters(cloud, RejectReason.REFUSED, RejectReason.REFUSED, RejectReason.GAVE_UP)
    page = browser.finished(browser.post("/failures/look")).text
    assert "2 messages Destination acme-production MoEngage's status 400" in text(page)
    assert CANARY not in page
    only = text(browser.post("/failures/filtered", reason="gave_up").text)
    assert "400: gave_up" in only
    assert "400: refused" not in only

    again = text(browser.finished(browser.post("/failures/look", reason="gave_up"), reason="gave_up").text)
    assert "400: refused" not in again

    plan = text(browser.post("/failures/plan", action="redrive", reason="refused").text)
    assert "2 messages with 2 profiles" in plan
    assert "failures redrive --reason refused --dry-run" in plan
    done = browser.finished(browser.post("/failures/redrive", reason="refused", rate="1000"))
    assert "2 messages were redriven" in text(done.text)

    assert browser.post("/failures/purge", reason="gave_up").status_code == 409
    done = browser.finished(browser.post("/failures/purge", reason="gave_up", sure="yes"))
    assert "1 message was purged" in text(done.text)
    assert "No dead letters" in text(browser.finished(browser.post("/failures/look")).text)


def test_payload_is_masked_until_it_is_asked_for(browser: Browser, cloud: Cloud) -> None:
    dead_letters(cloud, RejectReason.REFUSED)
    page = browser.finished(browser.post("/failures/look")).text
    key = page.partition('id="issue-')[2].partition('"')[0]
    samples = browser.post("/failures/samples", key=key).text
    message = samples.partition('id="payload-')[2].partition('"')[0]
    assert '"firstName": "•••"' in text(samples)
    assert "MoEngage said bad value '•••'" in text(samples)
    assert "today's mapping skip no_identity" in text(samples)
    assert CANARY not in samples
    assert CANARY in browser.post(f"/failures/messages/{message}/payload").text
    assert CANARY in browser.post(f"{PAGE}/capture").text


def test_newest_payloads_of_a_paused_destination_are_captured_first(browser: Browser, cloud: Cloud) -> None:
    dead_letters(cloud, RejectReason.REFUSED)
    table = SampleTable(cloud.client("dynamodb"), cloud.output("SamplesTableName"))
    table.keep([first_message(ID, "request", int(time.time() * 1000), enumerate([{"identityMap": {"arrived": []}}]))])
    shown = text(browser.post(f"{PAGE}/capture").text)
    assert ("arrived" in shown, CANARY in shown) == (True, False)


def test_values_of_a_user_are_masked_until_they_are_asked_for(
    browser: Browser, cloud: Cloud, moengage: Simulator
) -> None:
    profile = {"identityMap": {"crmid": [{"id": "ada"}]}, "person": {"name": {"firstName": CANARY}}}
    cloud.deliver(profile, received_ms=int(time.time() * 1000), endpoint=moengage.url)
    fields = {"destination": ID, "user": "ada", "sample": json.dumps(profile)}
    page = browser.post("/validate/compare", **fields).text
    assert 'First "•••" "•••" same' in text(page)
    assert CANARY not in page + KEY
    assert CANARY in browser.post("/validate/compare", **fields, reveal="yes").text


def test_trace_that_finds_nothing_says_so(browser: Browser) -> None:
    page = browser.finished(browser.post("/trace/find", destination=ID, request="unknown"))
    assert "Nothing was found" in text(page.text)
    assert browser.post("/trace/find", destination=ID).status_code == 409


def test_commands_that_the_pages_show_work_as_pasted(
    browser: Browser, cloud: Cloud, run: Run, moengage: Simulator, tmp_path: Path
) -> None:
    profile = {"identityMap": {"crmid": [{"id": "ada"}]}, "person": {"name": {"firstName": CANARY}}}
    cloud.deliver(profile, received_ms=int(time.time() * 1000), endpoint=moengage.url)
    dead_letters(cloud, RejectReason.REFUSED, RejectReason.GAVE_UP)
    browser.post(f"{PAGE}/save", **changed(browser, "firstName", "fullName"), why="full names")
    issues = browser.finished(browser.post("/failures/look")).text
    key = issues.partition('id="issue-')[2].partition('"')[0]
    shown = [
        issues,
        *(browser.get(path).text for path in ("/destinations", PAGE, "/trace", "/validate")),
        *(browser.part(f"{PAGE}/{path}").text for path in ("versions", "versions/1")),
        browser.post("/failures/filtered", reason="refused", since="2h").text,
        browser.post("/failures/samples", key=key).text,
        *(browser.post("/failures/plan", action=action, key=key).text for action in ("redrive", "purge")),
        browser.finished(browser.post("/trace/find", destination=ID, user="ada", dead_letters="yes")).text,
        browser.post("/validate/compare", destination=ID, user="ada").text,
        browser.post("/validate/compare", destination=ID, user="ada", sample=json.dumps(profile)).text,
    ]
    commands = {html.unescape(each) for page in shown for each in re.findall(r'data-copy="([^"]*)"', page)}
    assert len(commands) >= 13
    for line in sorted(commands):
        for command in line.split(" && "):
            words, _, file = command.partition(" > ")
            if words.startswith("aep-moengage "):  # the other one is the editor
                stdin = json.dumps(profile) if " - --user ada" in words else "ada\n"
                result = run(*shlex.split(words)[1:], stdin=stdin)
                assert result.exit_code in {0, 1}, (words, result.output)
                if file:
                    (tmp_path / file).write_text(result.stdout)
