"""`failures`: messages of the dead-letter queue are listed, shown, redriven and purged, and no others are touched."""

import json
import time
from collections.abc import Callable
from copy import replace
from typing import Any

import pytest
from msgspec.structs import asdict
from tests.functional.cli.conftest import ID, Cloud, Connect, Run, json_of

from aep_moengage.delivery.updates import update_of
from aep_moengage.outcomes import RejectReason, RetryReason
from aep_moengage.queues.dead_letters import DeadLetter
from aep_moengage.queues.queue import QueueUnavailable
from aep_moengage.queues.retry_messages import RetryMessage, parse_retry_message
from aep_moengage_cli.profiles import dead_letter_queue
from aep_moengage_cli.profiles.dead_letter_messages import DeadLetterMessage, Selection
from aep_moengage_cli.profiles.dead_letter_queue import DeadLetterQueue

HOUR_MS = 3_600_000
CANARY = "ada.lovelace@canary.example"
SAID = f"the id {CANARY} is not taken"  # MoEngage's words


def rejected(ago_hours: float = 0, **changes: Any) -> DeadLetter:
    timestamp = int(time.time() * 1000 - ago_hours * HOUR_MS)
    letter = DeadLetter(
        destination="acme",
        request="request-1",
        received=timestamp - 5000,
        index=3,
        profile={"identityMap": {"crmid": [{"id": CANARY}]}},
        reason=RejectReason.REFUSED,
        why="400: MoEngage does not take what was sent",
        first_attempt=timestamp - 5000,
        last_attempt=timestamp,
        attempts=1,
        said=SAID,
    )
    return replace(letter, **changes)


def too_large(**changes: Any) -> DeadLetter:
    """A dead letter whose profile was too large to store."""
    why = "profile is 1048577 bytes; the limit is 1043456. It was not stored; fix it in AEP"
    return rejected(profile=None, reason=RejectReason.RECORD_TOO_LARGE, why=why, **changes)


class Queues:
    """The two queues of the stack, as its functions and SQS see them."""

    def __init__(self, cloud: Cloud) -> None:
        self.sqs = cloud.client("sqs")
        outputs = cloud.client("cloudformation").describe_stacks(StackName=cloud.stack)["Stacks"][0]["Outputs"]
        self.urls = {each["OutputKey"].removesuffix("QueueUrl"): each["OutputValue"] for each in outputs}

    def reject(self, *letters: DeadLetter | str) -> None:
        """Puts dead letters, or bodies of messages that SQS moved."""
        for letter in letters:
            body = letter if isinstance(letter, str) else letter.to_json()
            self.sqs.send_message(QueueUrl=self.urls["DeadLetter"], MessageBody=body, MessageGroupId="acme")

    def visible(self, queue: str = "DeadLetter") -> int:
        """Returns how many messages anybody can receive now."""
        names = ["ApproximateNumberOfMessages"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.urls[queue], AttributeNames=names)["Attributes"]
        return int(attributes["ApproximateNumberOfMessages"])

    def take(self, queue: str) -> list[dict[str, Any]]:
        """Receives all messages."""
        taken = []
        while messages := self.sqs.receive_message(
            QueueUrl=self.urls[queue], MaxNumberOfMessages=10, AttributeNames=["All"]
        ).get("Messages"):
            taken += messages
        return taken

    def received_times(self, queue: str) -> list[int]:
        """Receives all messages; returns when AEP's request of each was received."""
        return [json.loads(message["Body"])["received"] for message in self.take(queue)]

    def dead_letter_queue(self, **options: Any) -> DeadLetterQueue:
        return DeadLetterQueue(self.sqs, self.urls["DeadLetter"], self.urls["Retry"], **options)


class Clock:
    """A clock that sleeping moves on."""

    def __init__(self) -> None:
        self.now = self.began = time.time()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def queues(cloud: Cloud) -> Queues:
    return Queues(cloud)


@pytest.fixture(autouse=True)
def no_long_polling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letter_queue, "_WAIT_SECONDS", 0)  # MiniStack has one server


def test_list_has_groups_with_advice(run: Run, queues: Queues) -> None:
    gave_up = {"reason": RejectReason.GAVE_UP, "why": "500: MoEngage has a fault of its own"}
    queues.reject(rejected(5), rejected(1), rejected(2, **gave_up), rejected(0, destination="other"))

    answer = json_of(run("failures", "list", "--json"))

    groups = {(group["destination"], group["reason"]): group for group in answer["groups"]}
    assert {which: group["messages"] for which, group in groups.items()} == {
        ("acme", "gave_up"): 1,
        ("acme", "refused"): 2,
        ("other", "refused"): 1,
    }
    refused = groups["acme", "refused"]
    assert refused["oldest"] < refused["newest"]
    assert refused["details"] == ["400: MoEngage does not take what was sent"]
    assert "fix the mapping" in refused["advice"]
    assert "redrive when it is up again" in groups["acme", "gave_up"]["advice"]
    assert [message["reason"] for message in answer["messages"]] == ["refused", "gave_up", "refused", "refused"]
    assert (answer["in_flight"], answer["incomplete"]) == (0, False)


def test_list_shows_tables_by_default(run: Run, queues: Queues) -> None:
    queues.reject(rejected(1), rejected(2))
    result = run("failures", "list", "--limit", "1")

    assert result.exit_code == 0
    assert "refused" in result.stdout
    assert "1 more are not shown" in result.stderr


def test_list_releases_every_message(run: Run, queues: Queues) -> None:
    queues.reject(*[rejected(hours) for hours in range(25)])

    assert len(json_of(run("failures", "list", "--json", "--reason", "gave_up"))["messages"]) == 0
    assert queues.visible() == 25
    assert len(json_of(run("failures", "list", "--json"))["messages"]) == 25
    assert queues.visible() == 25


def test_messages_in_flight_are_reported(run: Run, queues: Queues) -> None:
    queues.reject(rejected(), rejected())
    queues.sqs.receive_message(QueueUrl=queues.urls["DeadLetter"], MaxNumberOfMessages=1)

    result = run("failures", "list")
    assert "Not included: about 1 message that another receiver holds" in result.stderr


def test_personal_data_is_shown_only_with_payload(run: Run, queues: Queues) -> None:
    queues.reject(rejected())
    listed = run("failures", "list", "--json")
    (message,) = json_of(listed)["messages"]
    shown = [run("failures", *words) for words in (["list"], ["show", message["id"]], ["redrive", "--dry-run"])]
    assert not any(CANARY in result.output for result in (listed, *shown))

    assert "the id ••• is not taken" in shown[1].stdout
    answer = json_of(run("failures", "show", message["id"][:8], "--payload", "--json"))
    payload = {"identityMap": {"crmid": [{"id": CANARY}]}}
    assert answer == message | {"payload": payload, "moengage_said": SAID, "sent_now": []}
    assert CANARY in run("failures", "show", message["id"], "--payload").stdout


def test_what_would_be_sent_now_is_shown_without_personal_data(run: Run, queues: Queues, connect: Connect) -> None:
    connect()
    queues.reject(rejected(destination=ID), rejected(destination=ID, profile={"identityMap": {}}))
    messages = json_of(run("failures", "list", "--json"))["messages"]
    shown = [json_of(run("failures", "show", message["id"], "--json"))["sent_now"] for message in messages]

    decided = [{"decision": "deliver", "reason": None}], [{"decision": "skip", "reason": "no_identity"}]
    assert sorted(shown, key=str) == list(decided)
    sent = run("failures", "show", messages[0]["id"]).stdout + run("failures", "show", messages[1]["id"]).stdout
    assert ("if sent now" in sent, CANARY in sent) == (True, False)
    withs = [json_of(run("failures", "show", each["id"], "--payload", "--json"))["sent_now"] for each in messages]
    assert CANARY in json.dumps(withs)


def test_profile_is_shown_literally(run: Run, queues: Queues) -> None:
    queues.reject(rejected(profile={"note": "[red]not a colour[/red]", "city": "Zürich"}))
    (message,) = json_of(run("failures", "list", "--json"))["messages"]

    shown = run("failures", "show", message["id"], "--payload").stdout
    assert "[red]not a colour[/red]" in shown
    assert "Zürich" in shown


def test_redriven_message_keeps_its_place_in_the_order(run: Run, queues: Queues) -> None:
    letter = rejected(30)
    queues.reject(letter)
    before = int(time.time() * 1000)

    answer = json_of(run("failures", "redrive", "--yes", "--json"))

    assert (answer["messages"], answer["profiles"], answer["dry_run"]) == (1, 1, False)
    (message,) = queues.take("Retry")
    retried = parse_retry_message(message["Body"])
    assert message["Attributes"]["MessageGroupId"] == "acme"
    assert before <= retried.since <= int(time.time() * 1000)
    assert retried.updates(0, in_custody=False) == [
        update_of(letter.profile, received_ms=letter.received, index=letter.index, request=letter.request)
    ]
    assert queues.take("DeadLetter") == []


def test_only_selected_messages_are_redriven_and_the_rest_is_visible(run: Run, queues: Queues) -> None:
    gave_up = {"reason": RejectReason.GAVE_UP}
    selected = rejected(1, **gave_up)
    queues.reject(selected, rejected(3, **gave_up), rejected(1), rejected(1, destination="other", **gave_up))

    options = ["--destination", "acme", "--reason", "gave_up", "--since", "2h"]
    assert json_of(run("failures", "redrive", *options, "--json"))["messages"] == 1

    assert queues.visible() == 3
    assert queues.received_times("Retry") == [selected.received]


def test_redrive_of_all_messages_asks(run: Run, queues: Queues) -> None:
    queues.reject(rejected(1), rejected(2))
    declined = run("failures", "redrive", stdin="n\n")

    assert (declined.exit_code, queues.visible(), queues.visible("Retry")) == (1, 2, 0)
    assert "Send all 2 messages again?" in declined.stderr
    assert run("failures", "redrive", stdin="y\n").exit_code == 0
    assert (queues.visible(), queues.visible("Retry")) == (0, 2)


def test_message_is_redriven_by_its_id(run: Run, queues: Queues) -> None:
    queues.reject(rejected(1), rejected(2))
    first, second = json_of(run("failures", "list", "--json"))["messages"]

    assert json_of(run("failures", "redrive", first["id"], "--json"))["messages"] == 1
    assert [each["id"] for each in json_of(run("failures", "list", "--json"))["messages"]] == [second["id"]]


def test_profile_that_was_not_stored_is_not_redriven(run: Run, queues: Queues) -> None:
    queues.reject(too_large(), rejected())

    result = run("failures", "redrive", "--yes", "--json")

    answer = json_of(result)
    assert (answer["messages"], answer["not_stored"]) == (1, 1)
    assert "1 message can't be redriven" in result.stderr
    assert "make it smaller in AEP, then purge" in result.stderr
    (kept,) = queues.take("DeadLetter")
    assert json.loads(kept["Body"])["reason"] == "record_too_large"


def test_advice_on_a_profile_that_was_not_stored_is_to_fix_it_in_aep(run: Run, queues: Queues) -> None:
    queues.reject(too_large(), rejected(reason=RejectReason.RECORD_TOO_LARGE))

    groups = json_of(run("failures", "list", "--json"))["groups"]

    assert sorted(group["advice"].partition(":")[0] for group in groups) == [
        "Map fewer or smaller attributes, `apply`, then redrive.",
        "The profile was too large to store, so it can't be redriven",
    ]


def test_dry_run_changes_nothing(run: Run, queues: Queues) -> None:
    queues.reject(rejected(), rejected())
    for command in ("redrive", "purge"):
        answer = json_of(run("failures", command, "--dry-run", "--json"))
        assert (answer["messages"], answer["dry_run"]) == (2, True)
        assert "2 messages would be" in run("failures", command, "--dry-run").stderr
    assert (queues.visible(), queues.visible("Retry")) == (2, 0)


def test_purge_asks_for_confirmation(run: Run, queues: Queues) -> None:
    queues.reject(rejected(), rejected(reason=RejectReason.NOT_A_PROFILE))
    no = run("failures", "purge", "--reason", "not_a_profile", stdin="n\n")
    assert (no.exit_code, queues.visible()) == (1, 2)
    assert "Delete 1 message permanently?" in no.stderr

    assert run("failures", "purge", "--reason", "not_a_profile", stdin="y\n").exit_code == 0
    assert queues.visible() == 1
    assert json_of(run("failures", "purge", "--yes", "--json"))["messages"] == 1
    assert (queues.visible(), queues.visible("Retry")) == (0, 0)


def test_message_that_arrives_during_the_confirmation_is_not_purged(
    run: Run, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    queues.reject(rejected(1))
    monkeypatch.setattr("typer.confirm", lambda *_, **__: queues.reject(rejected()) or True)

    assert run("failures", "purge").exit_code == 0
    assert queues.visible() == 1


def test_purge_without_matches_asks_nothing(run: Run, queues: Queues) -> None:
    queues.reject(rejected())
    result = run("failures", "purge", "--reason", "gave_up")
    assert (result.exit_code, queues.visible()) == (0, 1)
    assert "No dead-letter messages were purged" in result.stderr


def test_messages_moved_by_sqs_are_shown_and_redriven(run: Run, queues: Queues) -> None:
    now = int(time.time() * 1000)
    profiles = ((0, {"points": 1}), (4, {"points": 2}))
    moved = RetryMessage("acme", "request-9", now - HOUR_MS, RetryReason.TRANSIENT, now - HOUR_MS, profiles, attempts=3)
    unreadable = json.dumps({"note": CANARY})
    queues.reject(moved.to_json(), unreadable, rejected())

    listed = run("failures", "list", "--json", "--reason", "moved")
    messages = json_of(listed)["messages"]
    assert sorted((message["profiles"], message["destination"]) for message in messages) == [(1, "acme"), (2, "acme")]
    assert CANARY not in listed.output
    payloads = [json_of(run("failures", "show", each["id"], "--payload", "--json"))["payload"] for each in messages]
    assert [{"points": 1}, {"points": 2}] in payloads
    assert unreadable in payloads

    assert json_of(run("failures", "redrive", "--reason", "moved", "--json"))["profiles"] == 3
    bodies = [message["Body"] for message in queues.take("Retry")]
    assert unreadable in bodies
    (retried,) = [parse_retry_message(body) for body in bodies if body != unreadable]
    assert replace(retried, since=moved.since) == moved
    assert retried.since >= now
    assert queues.visible() == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["list", "--reason", "bad"], "no reason 'bad': use one of not_a_profile"),
        (["list", "--since", "yesterday"], "'yesterday' is not a time"),
        (["redrive", "--since", "2 hours"], "such as 30m, 2h or 3d"),
        (["purge", "3f2a"], "too short"),
        (["show", "3f2a9c1e"], "There is no message 3f2a9c1e"),
        (["redrive", "--rate", "0"], "--rate"),
    ],
)
def test_invalid_options_are_reported(run: Run, queues: Queues, words: list[str], says: str) -> None:
    queues.reject(rejected())
    result = run("failures", *words)

    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
    assert queues.visible() == 1


def test_stack_without_queues_is_reported(run: Run, cloud: Cloud) -> None:
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    cloud.client("cloudformation").create_stack(StackName="bare", TemplateBody=json.dumps(template))
    result = run("failures", "list", "--stack-name", "bare")
    assert (result.exit_code, "no output DeadLetterQueueUrl" in result.stderr) == (2, True)


def test_redrive_keeps_the_rate_and_goes_oldest_first(queues: Queues) -> None:
    queues.reject(*[rejected(hours) for hours in (1, 3, 2, 5, 4)])
    clock = Clock()
    queue = queues.dead_letter_queue(clock=clock, sleep=clock.sleep)

    queue.redrive(queue.look().messages, rate=2)

    assert clock.now - clock.began == pytest.approx(2.0)
    received = queues.received_times("Retry")
    assert received == sorted(received)


def limit_visibility(monkeypatch: pytest.MonkeyPatch, queues: Queues, clock: Callable[[], float]) -> list[float]:
    """Lets SQS refuse what AWS refuses: holding a message for more than 12 hours after its receive.

    Returns the list that gets how long each message would have been held.
    """
    received: dict[str, float] = {}
    held: list[float] = []
    receive, change = queues.sqs.receive_message, queues.sqs.change_message_visibility_batch

    def receive_message(**arguments: Any) -> Any:
        answer = receive(**arguments)
        received.update({message["ReceiptHandle"]: clock() for message in answer.get("Messages", [])})
        return answer

    def change_message_visibility_batch(**arguments: Any) -> Any:
        entries = arguments["Entries"]
        held.extend(clock() - received[each["ReceiptHandle"]] + each["VisibilityTimeout"] for each in entries)
        return change(**arguments)

    monkeypatch.setattr(queues.sqs, "receive_message", receive_message)
    monkeypatch.setattr(queues.sqs, "change_message_visibility_batch", change_message_visibility_batch)
    return held


def test_redrive_of_more_than_12_hours_receives_its_messages_again(
    queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours = range(9)
    profiles = tuple((index, {}) for index in range(1000))  # at 0.1 a second, a message is 2.8 hours of work
    now = int(time.time() * 1000)
    queues.reject(
        *[
            RetryMessage("acme", "request", now - age * HOUR_MS, RetryReason.TRANSIENT, now, profiles).to_json()
            for age in hours
        ]
    )
    clock = Clock()
    held = limit_visibility(monkeypatch, queues, clock)
    queue = queues.dead_letter_queue(clock=clock, sleep=clock.sleep)

    moved = queue.redrive(queue.look().messages, rate=0.1)

    assert len(moved) == len(hours)
    assert (queues.visible(), queues.visible("Retry")) == (0, len(hours))
    assert clock.now - clock.began > 12 * 3600
    assert max(held) < 12 * 3600


def test_crash_during_a_redrive_doubles_messages_but_loses_none(
    queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    queues.reject(*[rejected(hours) for hours in range(12)])
    queue = queues.dead_letter_queue()

    def crash(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(DeadLetterQueue, "_delete", crash)
        with pytest.raises(KeyboardInterrupt):
            queue.redrive(queue.look().messages)

    assert (queues.visible("Retry"), queues.visible()) == (10, 12)
    queue.redrive(queue.look().messages)
    assert (len(set(queues.received_times("Retry"))), queues.visible()) == (12, 0)


def test_messages_that_sqs_refuses_stay_and_are_reported(
    run: Run, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    queues.reject(*[rejected() for _ in range(12)])
    put, calls = dead_letter_queue.SqsQueue.put, []

    def refused(self: Any, messages: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise QueueUnavailable("SQS refused 2 of 2 messages")
        put(self, messages)

    monkeypatch.setattr(dead_letter_queue.SqsQueue, "put", refused)
    result = run("failures", "redrive", "--yes")

    assert result.exit_code == 2
    assert "10 messages done; the others are still in the queue. Run it again." in result.stderr
    assert (queues.visible("Retry"), queues.visible()) == (10, 2)


def test_look_stops_at_its_limit(queues: Queues) -> None:
    queues.reject(*[rejected(hours) for hours in range(40)])

    found = queues.dead_letter_queue().look(most=15)

    assert found.incomplete
    assert 15 <= len(found.messages) <= 20
    assert queues.visible() == 40


def test_id_may_be_shortened_and_an_empty_selection_takes_nothing() -> None:
    message = DeadLetterMessage("3f2a9c1e-0000", "handle", json.dumps(asdict(rejected())), 0, "acme", None)
    assert Selection(ids=frozenset({"3f2a9c1e"})).takes(message)
    assert not Selection(ids=frozenset({"ffffffff"})).takes(message)
    assert not Selection(ids=frozenset()).takes(message)
