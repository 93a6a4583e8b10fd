"""The field: a stack whose MoEngage is several simulators behind gates, and everything that can be done to it."""

import os
import random
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.e2e.chaos.certificates import make_certificates
from tests.e2e.chaos.gate import HOST, Gates
from tests.e2e.chaos.lane import Lane, document, username
from tests.e2e.deployed import connected, quicken

from aep_moengage_cli.destinations.publishing import PASSWORD, Publishing
from aep_moengage_cli.profiles.dead_letter_messages import Selection
from aep_moengage_cli.profiles.dead_letter_queue import DeadLetterQueue
from aep_moengage_dev.local.backlog import Backlog
from aep_moengage_dev.local.stack import LocalStack, Wishes
from aep_moengage_dev.simulator.simulator import Simulator

REGIONS = ("01", "02", "03", "04", "05", "06")
BACKOFF = 900.0  # seconds: the longest that a message is hidden or delayed
_SETTLED_WITHIN = 240.0
_LOOK_EVERY = 1.0
_COUNTED = ("received", "delivered", "unchanged", "superseded", "skipped", "rejected", "retrying")


@dataclass
class Field:
    """The stack and its lanes."""

    stack: LocalStack
    lanes: list[Lane]

    def let_backoff_pass(self) -> None:
        """Lets the time pass that messages are hidden for, in the queues and only there."""
        self.stack.ministack.set_queues_forward(BACKOFF)

    def settle(self) -> None:
        """Waits until nothing waits any more; raises AssertionError if something does forever."""
        deadline = time.monotonic() + _SETTLED_WITHIN
        quiet = 0
        while quiet < 2:
            assert time.monotonic() < deadline, f"{self.backlog().size()} messages still wait"
            self.let_backoff_pass()
            time.sleep(_LOOK_EVERY)
            quiet = 0 if self.backlog().size() else quiet + 1

    def backlog(self) -> Backlog:
        """What waits."""
        return Backlog(self.stack.client("sqs"), self.stack.deployment.outputs["RetryQueueUrl"])

    def kill(self, function: str) -> int:
        """Kills the processes of a function, as Linux does when memory runs out; returns how many. Needs /proc."""
        name = self.stack.deployment.outputs[f"{function}FunctionName"]
        victims = [pid for pid, command in _processes() if f"ministack-lambda-{name}" in command]
        for pid in victims:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(victims)

    def mend_password(self, lane: Lane) -> None:
        """Gives the connector the key that MoEngage has now, as an operator would."""
        outputs = self.stack.deployment.outputs
        publishing = Publishing(
            self.stack.client("dynamodb"),
            self.stack.client("ssm"),
            table=outputs["DestinationsTableName"],
            parameter_path=outputs["ParameterPath"],
        )
        publishing.keep_secret(lane.destination.id, PASSWORD, lane.simulator.access.password)

    def dead_letters(self, lane: Lane) -> list[dict[str, Any]]:
        """Takes out a lane's dead letters and returns their profiles."""
        outputs = self.stack.deployment.outputs
        office = DeadLetterQueue(self.stack.client("sqs"), outputs["DeadLetterQueueUrl"], outputs["RetryQueueUrl"])
        letters = office.purge(office.look(Selection(destination=lane.destination.id)).messages)
        return [letter.content.profile for letter in letters if letter.content]  # type: ignore[union-attr] # ours

    def counted(self, lane: Lane) -> Counter[str]:
        """What the metrics say of a lane's destination so far."""
        cloudwatch = self.stack.client("cloudwatch")
        dimensions = [
            {"Name": "service", "Value": self.stack.deployment.name},
            {"Name": "destination", "Value": lane.destination.id},
        ]
        now = datetime.now(UTC)
        counted: Counter[str] = Counter()
        for name in _COUNTED:
            points = cloudwatch.get_metric_statistics(
                Namespace="AepMoEngage",
                MetricName=name,
                Dimensions=dimensions,
                StartTime=now - timedelta(hours=2),
                EndTime=now + timedelta(minutes=5),
                Period=3600,
                Statistics=["Sum"],
            )["Datapoints"]
            counted[name] = round(sum(point["Sum"] for point in points))
        return counted


@contextmanager
def field(work: Path, size: int = len(REGIONS), progress: Callable[[str], None] = lambda _: None) -> Iterator[Field]:
    """Deploys the stack with so many lanes."""
    certificates = make_certificates(work)
    regions = REGIONS[:size]
    prefix = _free_ports(regions)
    password = "chaos-key"
    wishes = Wishes(moengage_endpoint=f"https://{HOST}:{prefix}{{dc}}", moengage_password=password)
    with (
        _environment({"REQUESTS_CA_BUNDLE": str(certificates.bundle)}),
        Gates(certificates) as gates,
        LocalStack(work, wishes, progress) as stack,
    ):
        quicken(stack, stack.deployment.outputs["RetryQueueUrl"])
        simulators = {region: Simulator(username=username(region), password=password).start() for region in regions}
        lanes = [_lane(stack, gates, prefix, *each) for each in simulators.items()]
        try:
            yield Field(stack, lanes)
        finally:
            for lane in lanes:
                lane.gate.turn("refuse")  # else the functions hold on to their connections
                lane.simulator.stop()


def _lane(stack: LocalStack, gates: Gates, prefix: int, region: str, simulator: Simulator) -> Lane:
    gate = gates.add(int(f"{prefix}{region}"), upstream=int(simulator.url.rpartition(":")[2]))
    destination = connected(stack, destination=f"chaos-{region}", **document(region))
    return Lane(destination, simulator, gate)


def _free_ports(regions: tuple[str, ...]) -> int:
    """Finds a number which makes a free port with each data center behind it."""
    while True:
        prefix = random.randint(110, 320)  # below those that systems give to connections  # noqa: S311 # no secret
        with suppress(OSError):
            for region in regions:
                socket.create_server((HOST, int(f"{prefix}{region}"))).close()
            return prefix


def _processes() -> Iterator[tuple[int, str]]:
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            yield int(file.parent.name), file.read_text(errors="replace").replace("\0", " ")


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """The functions run in processes of the emulator's, which has our environment."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ |= variables
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
