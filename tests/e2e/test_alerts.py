"""Every alarm comes with its real cause, goes with its cure, and a subscriber hears of both.

All causes at once, because an alarm takes its time to be sure, even though its minute passes in a second here. Two
causes are stood in for, because the emulator's API and event source mapping do not go by a function's concurrency:
functions are throttled where they are invoked directly, and drain falls behind because its mapping is disabled.
"""

import json
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import pytest
from tests.e2e.deployed import Connected, connected, document, named, unique, wait_until
from tests.profiles import profile

from aep_moengage_dev.local.connecting import connect_document
from aep_moengage_dev.local.stack import LocalStack
from aep_moengage_dev.project import PROJECT
from aep_moengage_dev.simulator.remote import RemoteSimulator

COMES_WITHIN, GOES_WITHIN = 60.0, 90.0  # seconds
QUIET = 30.0  # seconds without data until it is missed
MENDED_LATER = {"FlowRunDelayAlarm"}  # needs drain, which is stopped at first
NEVER_TOLD = {"FlowRunStartAlarm": "OK", "FlowRunSuccessAlarm": "ALARM"}  # notices tell of one side only
AFTER_QUIET = {"FlowRunStartAlarm", "NoDataAlarm"}


class Alarms:
    """The stack's alarms by the names that the template gives them, and what a subscriber was told of them."""

    def __init__(self, stack: LocalStack) -> None:
        self._cloudwatch, self._sqs = stack.client("cloudwatch"), stack.client("sqs")
        self._prefix = f"{stack.deployment.name}-"
        queue = self._queue = self._sqs.create_queue(QueueName=unique("subscriber"))["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        topic = stack.deployment.outputs["AlertsTopicArn"]
        stack.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        self._told: dict[str, list[str]] = defaultdict(list)

    def states(self) -> dict[str, str]:
        """Returns each alarm's state."""
        described = self._cloudwatch.describe_alarms(MaxRecords=100)["MetricAlarms"]
        return {
            self._name(each["AlarmName"]): each["StateValue"]
            for each in described
            if each["AlarmName"].startswith(self._prefix)
        }

    def told(self) -> dict[str, list[str]]:
        """Returns the states that the subscriber was told of, in their order."""
        while messages := self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                alert = json.loads(json.loads(message["Body"])["Message"])
                self._told[self._name(alert["AlarmName"])].append(alert["NewStateValue"])
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return self._told

    def _name(self, alarm: str) -> str:
        return alarm.removeprefix(self._prefix).rpartition("-")[0]


def _declared() -> list[str]:
    """The alarms of the template."""
    return re.findall(r"^  (\w+Alarm):$", (PROJECT / "template.yaml").read_text(), re.MULTILINE)


class Ills:
    """Everything that can be wrong with the flow, each with a destination of its own: its circuits are its own, too."""

    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack
        self._functions = stack.client("lambda")
        self._outputs = stack.deployment.outputs
        self.moengage = RemoteSimulator(stack.moengage_url)
        self.healthy, self.slow, self.late = (connected(stack, region=region) for region in ("01", "02", "04"))
        self.locked_out = self._connected_with("a key that MoEngage does not take")
        self._throttled, self._late = unique("throttled"), unique("late")
        self.patient = [unique("slow") for _ in range(3)]  # enough to be the p99 among all that is quick
        self._poison = unique("poison")

    def begin(self) -> None:
        """What MoEngage does wrong, and what lies in the way."""
        self.moengage.fault("poison", customer_ids=[self._poison])
        self.moengage.fault("status", status=429, reset=1, customer_ids=[self._throttled])
        self.moengage.fault("status", status=503, customer_ids=[self._late])
        self.moengage.fault("slow", seconds=1.42, customer_ids=self.patient)
        self._let_drain_run(False)
        self.late.post(named(self._late, "Late"))

    def go_on(self) -> None:
        """What AEP goes on sending, while all of this is so."""
        self.healthy.post(profile(None))
        self.healthy.post(named(self._poison, unique()))
        self.healthy.post(named(self._throttled, unique()))
        self.healthy.post(named(unique(), "Healthy"))  # between two that are throttled: the circuit stays closed
        self.locked_out.post(named(unique(), "Locked out"))
        assert self._post_to_unreadable() == 503

    def send_slowly(self, user: str) -> None:
        """Sends a user for whom MoEngage takes its time."""
        self.slow.post(named(user, unique()))

    def crash(self) -> None:
        """Both functions are given what they cannot understand."""
        for name in self._names():
            assert self._functions.invoke(FunctionName=name, Payload=b"{}")["FunctionError"]

    @contextmanager
    def without_concurrency(self) -> Iterator[None]:
        """Neither function may run, where it is invoked directly."""
        for name in self._names():
            self._functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        try:
            yield
        finally:
            for name in self._names():
                self._functions.delete_function_concurrency(FunctionName=name)

    def throttle(self) -> None:
        """Both functions are invoked although they may not run."""
        for name in self._names():
            with pytest.raises(self._functions.exceptions.TooManyRequestsException):
                self._functions.invoke(FunctionName=name, Payload=b"{}")

    def cure_key_and_drain(self) -> None:
        """Mends the key, as `rotate-key` does, and lets drain run."""
        connect_document(
            self._stack.deployment,
            self._stack.ministack.url,
            self.locked_out.id,
            document(self.locked_out.id, region="05"),
            self._stack.moengage_password,
        )
        self._let_drain_run(True)

    def cure(self) -> None:
        """Heals MoEngage, and empties the dead letters."""
        self.moengage.heal()
        self._let_drain_run(True)
        self._stack.client("sqs").purge_queue(QueueUrl=self._outputs["DeadLetterQueueUrl"])

    def _connected_with(self, password: str) -> Connected:
        identifier, deployment, url = unique("locked-out"), self._stack.deployment, self._stack.ministack.url
        token = connect_document(deployment, url, identifier, document(identifier, region="05"), password)
        return Connected(self._stack, deployment, identifier, deployment.profiles_url(url, identifier), token)

    def _post_to_unreadable(self) -> int:
        """Posts to a destination that a later version of the connector has written; custody cannot be taken."""
        item = {"id": {"S": "unreadable"}, "version": {"S": "active"}, "number": {"N": "1"}, "document": {"S": "{}"}}
        self._stack.client("dynamodb").put_item(TableName=self._outputs["DestinationsTableName"], Item=item)
        url = self._stack.deployment.profiles_url(self._stack.ministack.url, "unreadable")
        return self.healthy.post(named(unique(), "Lost"), endpoint=url).status

    def _names(self) -> list[str]:
        return [self._outputs["IngestFunctionName"], self._outputs["DrainFunctionName"]]

    def _let_drain_run(self, wanted: bool) -> None:
        queue = self._outputs["RetryQueueUrl"].rpartition("/")[2]
        for mapping in self._functions.list_event_source_mappings()["EventSourceMappings"]:
            if mapping["EventSourceArn"].endswith(f":{queue}"):
                self._functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=wanted)


@contextmanager
def _beside(work: Callable[[], None]) -> Iterator[None]:
    """Does work over and over in a thread of its own."""
    over = threading.Event()

    def go_on() -> None:
        while not over.is_set():
            work()

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _until_alarm(alarms: Alarms, names: set[str], work: Callable[[], None]) -> None:
    """Works until the subscriber has been told that each of these alarms is in ALARM."""
    deadline = time.monotonic() + COMES_WITHIN
    while missing := {name for name in names if "ALARM" not in alarms.told()[name]}:
        assert time.monotonic() < deadline, f"no alarm: {missing}; {alarms.states()}"
        work()


def _until_ok(alarms: Alarms, besides: set[str]) -> None:
    def ill() -> set[str]:
        return {name for name, state in alarms.states().items() if state != "OK"} - besides

    wait_until(lambda: not ill(), GOES_WITHIN, "every alarm is over")


@pytest.fixture(scope="module")
def told(stack: LocalStack) -> dict[str, list[str]]:
    """What the subscriber was told of each alarm while everything went wrong, and until all was well again."""
    alarms, ills = Alarms(stack), Ills(stack)
    ills.cure()  # of what other tests have left behind
    _until_ok(alarms, AFTER_QUIET)
    alarms.told().clear()
    everything = set(alarms.states()) - AFTER_QUIET - NEVER_TOLD.keys()
    functions = {name for name in everything if name.endswith(("ErrorsAlarm", "ThrottlesAlarm"))}
    try:
        ills.begin()
        with ExitStack() as beside:
            for work in (ills.go_on, *(partial(ills.send_slowly, user) for user in ills.patient)):
                beside.enter_context(_beside(work))
            _until_alarm(alarms, {name for name in functions if "Errors" in name}, ills.crash)
            with ills.without_concurrency():
                _until_alarm(alarms, {name for name in functions if "Throttles" in name}, ills.throttle)
            _until_alarm(alarms, everything - MENDED_LATER, lambda: time.sleep(0.2))
        ills.cure_key_and_drain()
        _until_alarm(alarms, MENDED_LATER, lambda: time.sleep(0.2))
        assert alarms.states()["FlowRunSuccessAlarm"] == "ALARM", "profiles wait"
    finally:
        ills.cure()
    _until_ok(alarms, AFTER_QUIET)
    wait_until(lambda: alarms.told()["NoDataAlarm"][-1:] == ["ALARM"], QUIET + 15, "no data is told")
    assert alarms.states()["FlowRunStartAlarm"] == "OK"
    ills.healthy.post(named(unique(), "News"))
    _until_ok(alarms, {"FlowRunStartAlarm"})
    wait_until(lambda: alarms.told()["FlowRunStartAlarm"][-1:] == ["ALARM"], 10, "data is told")
    wait_until(lambda: alarms.told()["NoDataAlarm"][-1:] == ["OK"], 10, "data is back")
    return dict(alarms.told())


@pytest.mark.parametrize("alarm", [name for name in _declared() if name not in NEVER_TOLD])
def test_alarm_comes_with_its_cause_and_ends_with_its_fix(told: dict[str, list[str]], alarm: str) -> None:
    assert "ALARM" in told[alarm]
    assert told[alarm][-1] == "OK"


@pytest.mark.parametrize(("notice", "silent"), NEVER_TOLD.items())
def test_notice_is_sent_for_its_own_state_only(told: dict[str, list[str]], notice: str, silent: str) -> None:
    assert told[notice]
    assert silent not in told[notice]


def test_every_alarm_of_the_template_is_deployed(told: dict[str, list[str]]) -> None:
    assert set(told) == set(_declared())
