"""`failures`: what lies in the dead-letter queue is listed, shown, sent again, or thrown away, and nothing else is."""

import json
import time
from dataclasses import asdict, replace
from typing import Any

import pytest
from tests.functional.cli.conftest import Cloud, Run
from typer.testing import Result

from aep_moengage.delivery.updates import update_of
from aep_moengage.outcomes import RejectReason, RetryReason
from aep_moengage.queues.dead_letters import DeadLetter
from aep_moengage.queues.queue import QueueUnavailable
from aep_moengage.queues.retry_messages import RetryMessage, parse_retry_message
from aep_moengage_cli.profiles import dead_letter_office
from aep_moengage_cli.profiles.dead_letter_office import DeadLetterQueue, Letter, Selection

HOUR_MS = 3_600_000
CANARY = "ada.lovelace@canary.example"


def died(ago_hours: float = 0, **changes: Any) -> DeadLetter:
    moment = int(time.time() * 1000 - ago_hours * HOUR_MS)
    letter = DeadLetter(
        destination="acme",
        request="request-1",
        received=moment - 5000,
        index=3,
        profile={"identityMap": {"crmid": [{"id": CANARY}]}},
        reason=RejectReason.REFUSED,
        why="400: MoEngage does not take what was sent",
        first_attempt=moment - 5000,
        last_attempt=moment,
        attempts=1,
    )
    return replace(letter, **changes)


class Queues:
    """The two queues of the stack, as its functions and SQS see them."""

    def __init__(self, cloud: Cloud) -> None:
        self.sqs = cloud.client("sqs")
        outputs = cloud.client("cloudformation").describe_stacks(StackName=cloud.stack)["Stacks"][0]["Outputs"]
        self.urls = {each["OutputKey"].removesuffix("QueueUrl"): each["OutputValue"] for each in outputs}

    def bury(self, *letters: DeadLetter | str) -> None:
        """Puts dead letters, or what else SQS moved."""
        for letter in letters:
            body = letter if isinstance(letter, str) else letter.to_json()
            self.sqs.send_message(QueueUrl=self.urls["DeadLetter"], MessageBody=body, MessageGroupId="acme")

    def visible(self, queue: str = "DeadLetter") -> int:
        """How many messages anybody can receive now."""
        names = ["ApproximateNumberOfMessages"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.urls[queue], AttributeNames=names)["Attributes"]
        return int(attributes["ApproximateNumberOfMessages"])

    def take(self, queue: str) -> list[dict[str, Any]]:
        """Takes all messages out."""
        taken = []
        while messages := self.sqs.receive_message(
            QueueUrl=self.urls[queue], MaxNumberOfMessages=10, AttributeNames=["All"]
        ).get("Messages"):
            taken += messages
        return taken

    def office(self, **options: Any) -> DeadLetterQueue:
        """The office that works on them."""
        return DeadLetterQueue(self.sqs, self.urls["DeadLetter"], self.urls["Retry"], **options)


@pytest.fixture
def queues(cloud: Cloud) -> Queues:
    return Queues(cloud)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letter_office, "_WAIT_SECONDS", 0)  # MiniStack has one server


def answered(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.stderr
    return dict(json.loads(result.stdout))


def test_the_list_sums_up_and_says_what_to_do(run: Run, queues: Queues) -> None:
    gave_up = {"reason": RejectReason.GAVE_UP, "why": "500: MoEngage has a fault of its own"}
    queues.bury(died(5), died(1), died(2, **gave_up), died(0, destination="other"))

    answer = answered(run("failures", "list", "--json"))

    heaps = {(heap["destination"], heap["reason"]): heap for heap in answer["summary"]}
    assert {which: heap["letters"] for which, heap in heaps.items()} == {
        ("acme", "gave_up"): 1,
        ("acme", "refused"): 2,
        ("other", "refused"): 1,
    }
    refused = heaps["acme", "refused"]
    assert refused["oldest"] < refused["newest"]
    assert refused["messages"] == ["400: MoEngage does not take what was sent"]
    assert "mend the mapping" in refused["advice"]
    assert "Redrive once MoEngage" in heaps["acme", "gave_up"]["advice"]
    assert [letter["reason"] for letter in answer["letters"]] == ["refused", "gave_up", "refused", "refused"]
    assert (answer["hidden"], answer["cut_short"]) == (0, False)


def test_a_list_for_people_names_each_letter_and_is_no_json(run: Run, queues: Queues) -> None:
    queues.bury(died(1), died(2))
    result = run("failures", "list", "--limit", "1")

    assert result.exit_code == 0
    assert "refused" in result.stdout
    assert "1 more are not shown" in result.stderr


def test_who_lists_leaves_every_letter_to_others(run: Run, queues: Queues) -> None:
    queues.bury(*[died(hours) for hours in range(25)])

    assert len(answered(run("failures", "list", "--json", "--reason", "gave_up"))["letters"]) == 0
    assert queues.visible() == 25
    assert len(answered(run("failures", "list", "--json"))["letters"]) == 25
    assert queues.visible() == 25


def test_what_somebody_else_holds_is_told(run: Run, queues: Queues) -> None:
    queues.bury(died(), died())
    queues.sqs.receive_message(QueueUrl=queues.urls["DeadLetter"], MaxNumberOfMessages=1)

    result = run("failures", "list")
    assert "About 1 more are held by somebody else" in result.stderr


def test_personal_data_is_shown_only_where_it_is_asked_for(run: Run, queues: Queues) -> None:
    queues.bury(died())
    listed = run("failures", "list", "--json")
    (letter,) = answered(listed)["letters"]
    shown = [run("failures", *words) for words in (["list"], ["show", letter["id"]], ["redrive", "--dry-run"])]
    assert not any(CANARY in result.output for result in (listed, *shown))

    answer = answered(run("failures", "show", letter["id"][:8], "--payload", "--json"))
    assert answer == letter | {"payload": {"identityMap": {"crmid": [{"id": CANARY}]}}}
    assert CANARY in run("failures", "show", letter["id"], "--payload").stdout


def test_a_profile_is_shown_as_it_is_whatever_it_holds(run: Run, queues: Queues) -> None:
    queues.bury(died(profile={"note": "[red]not a colour[/red]", "city": "Zürich"}))
    (letter,) = answered(run("failures", "list", "--json"))["letters"]

    shown = run("failures", "show", letter["id"], "--payload").stdout
    assert "[red]not a colour[/red]" in shown
    assert "Zürich" in shown


def test_a_redriven_letter_waits_anew_in_its_old_place_of_the_order(run: Run, queues: Queues) -> None:
    letter = died(30)
    queues.bury(letter)
    before = int(time.time() * 1000)

    answer = answered(run("failures", "redrive", "--json"))

    assert (answer["letters"], answer["profiles"], answer["dry_run"]) == (1, 1, False)
    (message,) = queues.take("Retry")
    waiting = parse_retry_message(message["Body"])
    assert message["Attributes"]["MessageGroupId"] == "acme"
    assert before <= waiting.since <= int(time.time() * 1000)
    assert waiting.updates(0, in_custody=False) == [
        update_of(letter.profile, received_ms=letter.received, index=letter.index, request=letter.request)
    ]
    assert queues.take("DeadLetter") == []


def test_only_what_is_meant_is_sent_again_and_the_rest_can_be_seen_at_once(run: Run, queues: Queues) -> None:
    gave_up = {"reason": RejectReason.GAVE_UP}
    meant = died(1, **gave_up)
    queues.bury(meant, died(3, **gave_up), died(1), died(1, destination="other", **gave_up))

    options = ["--destination", "acme", "--reason", "gave_up", "--since", "2h"]
    assert answered(run("failures", "redrive", *options, "--json"))["letters"] == 1

    assert queues.visible() == 3
    assert [json.loads(message["Body"])["received"] for message in queues.take("Retry")] == [meant.received]


def test_a_letter_is_sent_again_by_its_id(run: Run, queues: Queues) -> None:
    queues.bury(died(1), died(2))
    first, _ = answered(run("failures", "list", "--json"))["letters"]

    assert answered(run("failures", "redrive", first["id"], "--json"))["letters"] == 1
    assert [letter["id"] == first["id"] for letter in answered(run("failures", "list", "--json"))["letters"]] == [False]


def test_a_dry_run_moves_nothing(run: Run, queues: Queues) -> None:
    queues.bury(died(), died())
    for command in ("redrive", "purge"):
        answer = answered(run("failures", command, "--dry-run", "--json"))
        assert (answer["letters"], answer["dry_run"]) == (2, True)
        assert "2 letters would be" in run("failures", command, "--dry-run").stderr
    assert (queues.visible(), queues.visible("Retry")) == (2, 0)


def test_purging_asks_and_takes_no_for_an_answer(run: Run, queues: Queues) -> None:
    queues.bury(died(), died(reason=RejectReason.NOT_A_PROFILE))
    no = run("failures", "purge", "--reason", "not_a_profile", stdin="n\n")
    assert (no.exit_code, queues.visible()) == (1, 2)
    assert "Throw 1 letter away" in no.stderr

    assert run("failures", "purge", "--reason", "not_a_profile", stdin="y\n").exit_code == 0
    assert queues.visible() == 1
    assert answered(run("failures", "purge", "--yes", "--json"))["letters"] == 1
    assert (queues.visible(), queues.visible("Retry")) == (0, 0)


def test_nothing_that_dies_while_the_question_stands_is_purged(
    run: Run, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    queues.bury(died(1))
    monkeypatch.setattr("typer.confirm", lambda *_, **__: queues.bury(died()) or True)

    assert run("failures", "purge").exit_code == 0
    assert queues.visible() == 1


def test_purging_nothing_asks_nothing_and_purges_nothing(run: Run, queues: Queues) -> None:
    queues.bury(died())
    result = run("failures", "purge", "--reason", "gave_up")
    assert (result.exit_code, queues.visible()) == (0, 1)
    assert "no dead letters that fit" in result.stderr


def test_what_sqs_moved_is_shown_as_such_and_sent_again(run: Run, queues: Queues) -> None:
    now = int(time.time() * 1000)
    profiles = ((0, {"points": 1}), (4, {"points": 2}))
    moved = RetryMessage("acme", "request-9", now - HOUR_MS, RetryReason.TRANSIENT, now - HOUR_MS, profiles, attempts=3)
    unread = json.dumps({"note": CANARY})
    queues.bury(moved.to_json(), unread, died())

    listed = run("failures", "list", "--json", "--reason", "moved")
    letters = answered(listed)["letters"]
    assert sorted((letter["profiles"], letter["destination"]) for letter in letters) == [(1, "acme"), (2, "acme")]
    assert CANARY not in listed.output
    payloads = [answered(run("failures", "show", each["id"], "--payload", "--json"))["payload"] for each in letters]
    assert [{"points": 1}, {"points": 2}] in payloads
    assert unread in payloads

    assert answered(run("failures", "redrive", "--reason", "moved", "--json"))["profiles"] == 3
    bodies = [message["Body"] for message in queues.take("Retry")]
    assert unread in bodies
    (waiting,) = [parse_retry_message(body) for body in bodies if body != unread]
    assert replace(waiting, since=moved.since) == moved
    assert waiting.since >= now
    assert queues.visible() == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["list", "--reason", "bad"], "no reason 'bad': give one of not_a_profile"),
        (["list", "--since", "yesterday"], "'yesterday' is no moment"),
        (["redrive", "--since", "2 hours"], "as 30m, 2h, 3d"),
        (["purge", "3f2a"], "too short"),
        (["show", "3f2a9c1e"], "There is no letter 3f2a9c1e"),
        (["redrive", "--rate", "0"], "--rate"),
    ],
)
def test_what_cannot_be_done_is_said(run: Run, queues: Queues, words: list[str], says: str) -> None:
    queues.bury(died())
    result = run("failures", *words)

    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
    assert queues.visible() == 1


def test_a_stack_without_queues_is_told_as_such(run: Run, cloud: Cloud) -> None:
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    cloud.client("cloudformation").create_stack(StackName="bare", TemplateBody=json.dumps(template))
    result = run("failures", "list", "--stack-name", "bare")
    assert (result.exit_code, "no output DeadLetterQueueUrl" in result.stderr) == (2, True)


def test_letters_go_no_faster_than_the_rate_and_oldest_first(queues: Queues) -> None:
    clock = {"now": time.time(), "slept": 0.0}

    def sleep(seconds: float) -> None:
        clock["now"] += seconds
        clock["slept"] += seconds

    queues.bury(*[died(hours) for hours in (1, 3, 2, 5, 4)])

    queues.office(clock=lambda: clock["now"], sleep=sleep).redrive(rate=2)

    assert clock["slept"] == pytest.approx(2.0)
    received = [json.loads(message["Body"])["received"] for message in queues.take("Retry")]
    assert received == sorted(received)


def test_a_crash_after_a_letter_was_sent_doubles_it_and_loses_none(
    queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    queues.bury(*[died(hours) for hours in range(12)])

    def crash(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(DeadLetterQueue, "_delete", crash)
        with pytest.raises(KeyboardInterrupt):
            queues.office().redrive()

    assert (queues.visible("Retry"), queues.visible()) == (10, 12)
    queues.office().redrive()
    sent = {json.loads(message["Body"])["received"] for message in queues.take("Retry")}
    assert (len(sent), queues.visible()) == (12, 0)


def test_letters_that_sqs_refuses_to_take_stay_and_the_operator_is_told(
    run: Run, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    queues.bury(*[died() for _ in range(12)])
    put, calls = dead_letter_office.SqsQueue.put, []

    def refused(self: Any, messages: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise QueueUnavailable("SQS refused 2 of 2 messages")
        put(self, messages)

    monkeypatch.setattr(dead_letter_office.SqsQueue, "put", refused)
    result = run("failures", "redrive")

    assert result.exit_code == 2
    assert "10 letters are done, the others are where they were; run it again" in result.stderr
    assert (queues.visible("Retry"), queues.visible()) == (10, 2)


def test_a_look_ends_where_there_are_more_than_can_be_held(queues: Queues) -> None:
    queues.bury(*[died(hours) for hours in range(40)])

    found = queues.office().look(most=15)

    assert found.cut_short
    assert 15 <= len(found.letters) <= 20
    assert queues.visible() == 40


def test_an_id_may_be_shortened_but_an_empty_selection_takes_nothing() -> None:
    letter = Letter("3f2a9c1e-0000", "handle", json.dumps(asdict(died())), 0, "acme", None)
    assert Selection(ids=frozenset({"3f2a9c1e"})).takes(letter)
    assert not Selection(ids=frozenset({"ffffffff"})).takes(letter)
    assert not Selection(ids=frozenset()).takes(letter)
