"""Every alarm starts with its real cause, ends with its fix, and notifies a subscriber of both.

All causes come at once: an alarm needs several datapoints, even though its minute takes a second here. Two causes are
replaced, because the emulator's API and event source mapping ignore a function's concurrency: functions are throttled
by direct invocations, and drain falls behind because its mapping is disabled.
"""

import json
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
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
NEEDS_DRAIN = {"FlowRunDelayAlarm"}  # which is stopped at first
NEVER_NOTIFIED = {"FlowRunStartAlarm": "OK", "FlowRunSuccessAlarm": "ALARM"}  # notices are sent for one state only
AFTER_QUIET = {"FlowRunStartAlarm", "NoDataAlarm"}
NOT_HERE = {
    "StaleConfigurationAlarm",  # the emulator's stores cannot be stopped on their own
    "TurnedAwayAlarm",  # the emulator has no access log of an API
    "TruststoreAlarm",  # there only with mutual TLS, see test_oauth
    "StreamBehindAlarm",  # the emulator publishes no age of a stream's records
    "ThrottledAlarm",  # after a 429 ingest queues for half a minute, which is half an hour of the clock here
}


class Alarms:
    """The stack's alarms by their names in the template, and their notifications to a subscriber."""

    def __init__(self, stack: LocalStack) -> None:
        self._cloudwatch, self._sqs = stack.client("cloudwatch"), stack.client("sqs")
        self._prefix = f"{stack.deployment.name}-"
        queue = self._queue = self._sqs.create_queue(QueueName=unique("subscriber"))["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        topic = stack.deployment.outputs["AlertsTopicArn"]
        stack.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        self._notified: dict[str, list[str]] = defaultdict(list)

    def states(self) -> dict[str, str]:
        """Returns each alarm's state."""
        described = self._cloudwatch.describe_alarms(MaxRecords=100)["MetricAlarms"]
        return {
            self._name(each["AlarmName"]): each["StateValue"]
            for each in described
            if each["AlarmName"].startswith(self._prefix)
        }

    def notified(self) -> dict[str, list[str]]:
        """Returns the states of all notifications by alarm, in their order."""
        while messages := self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                alert = json.loads(json.loads(message["Body"])["Message"])
                self._notified[self._name(alert["AlarmName"])].append(alert["NewStateValue"])
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return self._notified

    def _name(self, alarm: str) -> str:
        return alarm.removeprefix(self._prefix).rpartition("-")[0]


def _declared() -> list[str]:
    """The alarms of the template."""
    return re.findall(r"^  (\w+Alarm):$", (PROJECT / "template.yaml").read_text(), re.MULTILINE)


class Failures:
    """Every failure of the flow, each with its own destination, and so its own circuit breakers."""

    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack
        self._functions = stack.client("lambda")
        self._outputs = stack.deployment.outputs
        self.moengage = RemoteSimulator(stack.moengage_url)
        self.healthy, self.slow, self.late = (connected(stack, region=region) for region in ("01", "02", "04"))
        self.locked_out = self._connected_with("a key that MoEngage refuses")
        self.unreadable = self._unreadable()
        self._late = unique("late")
        self.slow_users = [unique("slow") for _ in range(3)]  # enough to be the p99 among the quick ones
        self._poison = unique("poison")

    def start(self) -> None:
        """Starts the faults of MoEngage, and stops drain."""
        self.moengage.fault("poison", customer_ids=[self._poison])
        self.moengage.fault("status", status=503, customer_ids=[self._late])
        self.moengage.fault("slow", seconds=1.42, customer_ids=self.slow_users)
        self._let_drain_run(False)
        self.late.post(named(self._late, "Late"))

    def send(self) -> None:
        """Sends what AEP keeps sending meanwhile."""
        self.healthy.post(profile(None))
        self.healthy.post(named(self._poison, unique()))
        self.locked_out.post(named(unique(), "Locked out"))
        assert self.unreadable.post(named(unique(), "Lost")).status == 503

    def send_slowly(self, user: str) -> None:
        """Sends a user for whom MoEngage answers slowly."""
        self.slow.post(named(user, unique()))

    def crash(self) -> None:
        """Invokes the functions with an event that they cannot read."""
        with ThreadPoolExecutor() as threads:
            answers = threads.map(lambda name: self._functions.invoke(FunctionName=name, Payload=b"{}"), self._names())
        assert all(answer["FunctionError"] for answer in answers)

    @contextmanager
    def without_concurrency(self) -> Iterator[None]:
        """Allows no function to run when it is invoked directly."""
        for name in self._names():
            self._functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        try:
            yield
        finally:
            for name in self._names():
                self._functions.delete_function_concurrency(FunctionName=name)

    def throttle(self) -> None:
        """Invokes the functions while they may not run."""
        for name in self._names():
            with pytest.raises(self._functions.exceptions.TooManyRequestsException):
                self._functions.invoke(FunctionName=name, Payload=b"{}")

    def fix_key_and_drain(self) -> None:
        """Fixes the key, as `rotate-key` does, and lets drain run."""
        connect_document(
            self._stack.deployment,
            self._stack.ministack.url,
            self.locked_out.id,
            document(self.locked_out.id, region="05"),
            self._stack.moengage_password,
        )
        self._let_drain_run(True)

    def fix(self) -> None:
        """Ends the faults of MoEngage, and empties the dead-letter queue."""
        self.moengage.heal()
        self._let_drain_run(True)
        self._stack.client("sqs").purge_queue(QueueUrl=self._outputs["DeadLetterQueueUrl"])

    def _connected_with(self, password: str) -> Connected:
        identifier, deployment, url = unique("locked-out"), self._stack.deployment, self._stack.ministack.url
        token = connect_document(deployment, url, identifier, document(identifier, region="05"), password)
        return Connected(self._stack, deployment, identifier, deployment.profiles_url(url, identifier), token)

    def _unreadable(self) -> Connected:
        """Connects a destination whose document is in the format of a later version; custody cannot be taken."""
        later = connected(self._stack, region="06")
        item = {"id": {"S": later.id}, "version": {"S": "active"}, "number": {"N": "1"}, "document": {"S": "{}"}}
        self._stack.client("dynamodb").put_item(TableName=self._outputs["DestinationsTableName"], Item=item)
        return later

    def _names(self) -> list[str]:
        return [self._outputs[f"{function}FunctionName"] for function in ("Ingest", "Drain", "Stream")]

    def _let_drain_run(self, wanted: bool) -> None:
        queue = self._outputs["RetryQueueUrl"].rpartition("/")[2]
        for mapping in self._functions.list_event_source_mappings()["EventSourceMappings"]:
            if mapping["EventSourceArn"].endswith(f":{queue}"):
                self._functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=wanted)


@contextmanager
def _repeating(work: Callable[[], None]) -> Iterator[None]:
    """Repeats work in a thread of its own while it is entered."""
    over = threading.Event()

    def repeat() -> None:
        while not over.is_set():
            work()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _until_alarm(alarms: Alarms, names: set[str], work: Callable[[], None]) -> None:
    """Works until the subscriber has a notification of ALARM from each of these alarms."""
    deadline = time.monotonic() + COMES_WITHIN
    while missing := {name for name in names if "ALARM" not in alarms.notified()[name]}:
        assert time.monotonic() < deadline, f"no alarm: {missing}; {alarms.states()}"
        work()


def _until_ok(alarms: Alarms, but: set[str]) -> None:
    def not_ok() -> set[str]:
        return {name for name, state in alarms.states().items() if state != "OK"} - but

    wait_until(lambda: not not_ok(), GOES_WITHIN, "every alarm is OK")


@pytest.fixture(scope="module")
def notified(stack: LocalStack) -> dict[str, list[str]]:
    """The notifications of each alarm, from the start of all failures until everything is fixed."""
    alarms, failures = Alarms(stack), Failures(stack)
    failures.fix()  # after other tests
    _until_ok(alarms, AFTER_QUIET)
    alarms.notified().clear()
    everything = set(alarms.states()) - AFTER_QUIET - NEVER_NOTIFIED.keys() - NOT_HERE
    functions = {name for name in everything if name.endswith(("ErrorsAlarm", "ThrottlesAlarm"))}
    try:
        failures.start()
        with ExitStack() as meanwhile:
            for work in (failures.send, *(partial(failures.send_slowly, user) for user in failures.slow_users)):
                meanwhile.enter_context(_repeating(work))
            _until_alarm(alarms, {name for name in functions if "Errors" in name}, failures.crash)
            with failures.without_concurrency():
                _until_alarm(alarms, {name for name in functions if "Throttles" in name}, failures.throttle)
            _until_alarm(alarms, everything - NEEDS_DRAIN, lambda: time.sleep(0.2))
        failures.fix_key_and_drain()
        _until_alarm(alarms, NEEDS_DRAIN, lambda: time.sleep(0.2))
        assert alarms.states()["FlowRunSuccessAlarm"] == "ALARM", "profiles are queued"
    finally:
        failures.fix()
    _until_ok(alarms, AFTER_QUIET)
    wait_until(lambda: alarms.notified()["NoDataAlarm"][-1:] == ["ALARM"], QUIET + 15, "missing data is notified")
    assert alarms.states()["FlowRunStartAlarm"] == "OK"
    failures.healthy.post(named(unique(), "News"))
    _until_ok(alarms, {"FlowRunStartAlarm"})
    wait_until(lambda: alarms.notified()["FlowRunStartAlarm"][-1:] == ["ALARM"], 10, "data is notified")
    wait_until(lambda: alarms.notified()["NoDataAlarm"][-1:] == ["OK"], 10, "data is back")
    return dict(alarms.notified())


@pytest.mark.parametrize("alarm", [name for name in _declared() if name not in NOT_HERE | NEVER_NOTIFIED.keys()])
def test_alarm_comes_with_its_cause_and_ends_with_its_fix(notified: dict[str, list[str]], alarm: str) -> None:
    assert "ALARM" in notified[alarm]
    assert notified[alarm][-1] == "OK"


@pytest.mark.parametrize(("notice", "silent"), NEVER_NOTIFIED.items())
def test_notice_is_sent_for_its_own_state_only(notified: dict[str, list[str]], notice: str, silent: str) -> None:
    assert notified[notice]
    assert silent not in notified[notice]


def test_every_alarm_of_the_template_is_deployed(notified: dict[str, list[str]]) -> None:
    assert set(notified) == set(_declared()) - NOT_HERE
