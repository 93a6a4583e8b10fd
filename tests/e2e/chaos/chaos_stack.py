"""The chaos stack: MoEngage is several simulators behind TLS proxies, and the functions reach AWS through a proxy.

Time passes and functions die on demand.
"""

import os
import random
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.e2e.chaos.aws_proxy import AwsProxy
from tests.e2e.chaos.certificates import make_certificates
from tests.e2e.chaos.tls_proxy import HOST, TlsProxies, TlsProxy
from tests.e2e.chaos.workspace_slot import WorkspaceSlot, document, username
from tests.e2e.deployed import connected, quicken

from aep_moengage_cli.destinations.publishing import PASSWORD, Publishing
from aep_moengage_cli.profiles.dead_letter_messages import Selection
from aep_moengage_cli.profiles.dead_letter_queue import DeadLetterQueue
from aep_moengage_dev.local.backlog import Backlog
from aep_moengage_dev.local.problems import LocalStackError
from aep_moengage_dev.local.stack import LocalStack, LocalStackConfig
from aep_moengage_dev.simulator.simulator import Simulator

REGIONS = ("01", "02", "03", "04", "05", "06")
BACKOFF = 900.0  # seconds: the longest that a message is hidden or delayed
_SETTLED_WITHIN = 240.0
_LOOK_EVERY = 1.0
_COUNTED = ("received", "delivered", "unchanged", "superseded", "skipped", "rejected", "retrying", "answer_lost")


@dataclass
class ChaosStack:
    """The stack and its workspace slots."""

    stack: LocalStack
    slots: list[WorkspaceSlot]
    aws: AwsProxy

    def let_backoff_pass(self) -> None:
        """Advances the clock of the queues by the longest backoff; no other clock changes."""
        self.stack.ministack.set_queues_forward(BACKOFF)

    def settle(self) -> None:
        """Waits until the retry queue stays empty; raises AssertionError if it does not within its time."""
        deadline = time.monotonic() + _SETTLED_WITHIN
        quiet = 0
        while quiet < 2:
            assert time.monotonic() < deadline, f"{self.backlog().size()} messages are still in the retry queue"
            self.let_backoff_pass()
            time.sleep(_LOOK_EVERY)
            quiet = 0 if self.backlog().size() else quiet + 1

    def backlog(self) -> Backlog:
        """Returns the retry queue's backlog."""
        return Backlog(self.stack.client("sqs"), self.stack.deployment.outputs["RetryQueueUrl"])

    def kill(self, function: str) -> int:
        """Kills the processes of a function, as Linux does without memory; returns their number. Needs /proc."""
        name = self.stack.deployment.outputs[f"{function}FunctionName"]
        victims = [pid for pid, command in _processes() if f"ministack-lambda-{name}" in command]
        for pid in victims:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(victims)

    def update_password(self, slot: WorkspaceSlot) -> None:
        """Gives the connector MoEngage's current key, as an operator would."""
        outputs = self.stack.deployment.outputs
        publishing = Publishing(
            self.stack.client("dynamodb"),
            self.stack.client("ssm"),
            table=outputs["DestinationsTableName"],
            parameter_path=outputs["ParameterPath"],
        )
        publishing.keep_secret(slot.destination.id, PASSWORD, slot.simulator.access.password)

    def dead_letters(self, slot: WorkspaceSlot) -> list[dict[str, Any]]:
        """Takes a slot's messages out of the dead-letter queue and returns their profiles."""
        outputs = self.stack.deployment.outputs
        office = DeadLetterQueue(self.stack.client("sqs"), outputs["DeadLetterQueueUrl"], outputs["RetryQueueUrl"])
        letters = office.purge(office.look(Selection(destination=slot.destination.id)).messages)
        return [letter.content.profile for letter in letters if letter.content]  # type: ignore[union-attr] # ours

    def counted(self, slot: WorkspaceSlot) -> Counter[str]:
        """Returns the metrics of a slot's destination so far."""
        cloudwatch = self.stack.client("cloudwatch")
        dimensions = [
            {"Name": "service", "Value": self.stack.deployment.name},
            {"Name": "destination", "Value": slot.destination.id},
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
def chaos_stack(
    work: Path,
    size: int = len(REGIONS),
    progress: Callable[[str], None] = lambda _: None,
    *,
    aws_fails: bool = False,
    parameters: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[ChaosStack]:
    """Deploys the stack with so many slots; only with `aws_fails` do the functions reach AWS through the proxy.

    `parameters` are those of the template that differ from its defaults.
    """
    certificates = make_certificates(work)
    regions = REGIONS[:size]
    prefix = _free_ports(regions)
    password = "chaos-key"
    aws = AwsProxy()
    config = LocalStackConfig(
        moengage_endpoint=f"https://{HOST}:{prefix}{{dc}}",
        moengage_password=password,
        parameters=parameters,
        function_environment={"REQUESTS_CA_BUNDLE": str(certificates.bundle)}
        | ({"AWS_ENDPOINT_URL": aws.url} if aws_fails else {}),
    )
    with aws, TlsProxies(certificates) as proxies, LocalStack(work, config, progress) as stack:
        aws.forward_to(stack.ministack.url)
        quicken(stack, stack.deployment.outputs["RetryQueueUrl"])
        simulators = {region: Simulator(username=username(region), password=password).start() for region in regions}
        fronts = [proxies.add(int(f"{prefix}{region}"), _port(each)) for region, each in simulators.items()]
        slots = [_slot(stack, front, aws, *each) for front, each in zip(fronts, simulators.items(), strict=True)]
        try:
            chaos = ChaosStack(stack, slots, aws)
            _start_functions(slots)
            chaos.settle()  # what a function queued because its start took too long
            yield chaos
        finally:
            for slot in slots:
                slot.proxy.switch("refuse")  # else the functions keep their connections open
                slot.simulator.stop()


def _slot(stack: LocalStack, proxy: TlsProxy, aws: AwsProxy, region: str, simulator: Simulator) -> WorkspaceSlot:
    destination = connected(stack, destination=f"chaos-{region}", **document(region))
    return WorkspaceSlot(destination, simulator, proxy, aws)


def _start_functions(slots: Sequence[WorkspaceSlot]) -> None:
    """Lets the emulator start as many ingest processes as the cases beside each other need: that takes seconds."""
    with ThreadPoolExecutor(len(slots)) as threads:
        list(threads.map(lambda slot: slot.destination.post({}), slots))


def _port(simulator: Simulator) -> int:
    return int(simulator.url.rpartition(":")[2])


def _free_ports(regions: tuple[str, ...]) -> int:
    """Returns a number that is a free port with each data center's number appended."""
    prefixes = range(110, 321)  # below the ports that systems give to connections
    for prefix in random.sample(prefixes, len(prefixes)):
        with suppress(OSError):
            for region in regions:
                socket.create_server((HOST, int(f"{prefix}{region}"))).close()
            return prefix
    raise LocalStackError(f"No free ports: {len(regions)} ports between 11001 and 32099 that share their prefix.")


def _processes() -> Iterator[tuple[int, str]]:
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            yield int(file.parent.name), file.read_text(errors="replace").replace("\0", " ")
