"""The local stack: an emulated AWS, MoEngage or its simulator, the deployed template, a destination."""

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from aep_moengage_dev.local import deployment
from aep_moengage_dev.local.connecting import connect, read_destination
from aep_moengage_dev.local.containers import DOCKER_DESKTOP, LOOPBACK, Relay, bridge_address
from aep_moengage_dev.local.invoking import EventSender, environments, write_events, write_invocation
from aep_moengage_dev.local.ministack import MiniStack
from aep_moengage_dev.local.problems import LocalStackError
from aep_moengage_dev.local.simulator import MoEngageSimulator
from aep_moengage_dev.project import REGION

SAMPLE_DESTINATION = Path(__file__).with_name("destination.yaml")
# Short thresholds, because an alarm's minute takes a second here (`ministack`). The end of a backlog is notified, and
# missing data is not: without posts there is none.
_ALERTS = {
    "Alerts": "failure,delay,skipped,setup,throttled,dead-letters,turned-away,unavailable,slow,errors,behind,"
    "configuration,success",
    "DelayMinutes": "0.1",
    "BehindSeconds": "10",
    "SlowAnswerMilliseconds": "1200",
    "QuietMinutes": "30",
}

type Progress = Callable[[str], None]


@dataclass(frozen=True)
class LocalStackConfig:
    """The destination, the MoEngage and the parameters of a local stack.

    Without `moengage_endpoint` the simulator is started; with `any_data_app_id` it accepts any, with the one key, so
    that destinations of one's own can be connected. `parameters` override the template's defaults;
    `function_environment` is added to that of the functions, past the template.
    """

    destination: Path = SAMPLE_DESTINATION
    moengage_endpoint: str | None = None
    moengage_password: str | None = field(default=None, repr=False)
    any_data_app_id: bool = False
    parameters: Mapping[str, str] = field(default_factory=dict)
    function_environment: Mapping[str, str] = field(default_factory=dict)


class LocalStack:
    """A running local stack, as a context manager; its processes end with it, or with this process."""

    def __init__(self, work: Path, config: LocalStackConfig | None = None, progress: Progress = lambda _: None) -> None:
        self.work = work
        self._config = config or LocalStackConfig()
        self._progress = progress
        self._children = ExitStack()
        self.ministack: MiniStack
        self.simulator: MoEngageSimulator | None = None
        self.moengage_url = ""
        self.data_app_id = ""
        self.moengage_password = ""
        self.deployment: deployment.Deployment
        self.destination_id = ""
        self.token = ""

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._children.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._children.close()

    @property
    def endpoint(self) -> str:
        """The URL that profiles are posted to."""
        return self.deployment.profiles_url(self.ministack.url, self.destination_id)

    @property
    def api_url(self) -> str:
        """The HTTP API's URL."""
        return self.deployment.api_url(self.ministack.url)

    def client(self, service: str) -> Any:
        """Returns a boto3 client of a service of the emulated AWS."""
        return deployment.client(service, self.ministack.url)

    def log_lines(self) -> Iterator[str]:
        """Yields the log lines of the two functions."""
        return self.deployment.log_lines(self.ministack.url)

    def check_alive(self) -> None:
        """Raises `LocalStackError` if a part of the stack has ended."""
        self.ministack.check_alive()
        if self.simulator:
            self.simulator.check_alive()

    def description(self) -> dict[str, Any]:
        """Returns the addresses and names of the stack, its token, and its MoEngage's credentials."""
        outputs = self.deployment.outputs
        return {
            "endpoint": self.endpoint,
            "token": self.token,
            "destination": self.destination_id,
            "profiles_url": self.deployment.profiles_url(self.ministack.url, "{id}"),
            "api_url": self.api_url,
            "aws_endpoint_url": self.ministack.url,
            "region": REGION,
            "stack": self.deployment.name,
            "retry_queue_url": outputs["RetryQueueUrl"],
            "dead_letter_queue_url": outputs["DeadLetterQueueUrl"],
            "destinations_table": outputs["DestinationsTableName"],
            "ledger_table": outputs["LedgerTableName"],
            "parameter_path": outputs["ParameterPath"],
            "ingest_function": outputs["IngestFunctionName"],
            "drain_function": outputs["DrainFunctionName"],
            "event_stream": outputs["EventStreamArn"],
            "ingest_log_group": outputs["IngestLogGroupName"],
            "drain_log_group": outputs["DrainLogGroupName"],
            "alerts_topic": outputs["AlertsTopicArn"],
            "moengage_endpoint": self.moengage_url,
            "data_app_id": self.data_app_id,
            "data_app_key": self.moengage_password if self.simulator else None,  # one's own is in no file
            "logs": str(self.work / "logs"),
        }

    def write_description(self, file: Path, **more: str) -> None:
        """Writes the description, and what is added to it, to a file that only its owner can read."""
        file.touch(mode=0o600)
        file.write_text(json.dumps(self.description() | more, indent=2) + "\n")

    def _start(self) -> None:
        if self._config.moengage_endpoint and not self._config.moengage_password:
            raise LocalStackError("MOENGAGE_ENDPOINT needs a key: set MOENGAGE_PASSWORD too.")
        destination, _ = read_destination(self._config.destination)
        self.destination_id, self.data_app_id = destination.id, destination.username
        self._progress(f"`sam build` for {deployment.host_architecture()}")
        self._progress(f"built in {deployment.build(self.work):.1f} s")
        ministack = MiniStack(self.work, function_environment=self._config.function_environment)
        self.ministack = self._children.enter_context(ministack)
        self._progress(f"emulated AWS at {self.ministack.url}")
        self._start_moengage()
        self._deploy()
        self._progress("connecting the destination")
        connected, self.token = connect(
            self.deployment, self.ministack.url, self._config.destination, self.moengage_password
        )
        self._let_containers_in(EventSender(connected.id, self.token, connected.username, self.moengage_password))

    def _start_moengage(self) -> None:
        config = self._config
        self.moengage_password = config.moengage_password or secrets.token_urlsafe(16)
        if config.moengage_endpoint:
            self.moengage_url = config.moengage_endpoint.rstrip("/")
            return
        simulator = MoEngageSimulator(
            self.work, username=self.data_app_id, password=self.moengage_password, any_username=config.any_data_app_id
        )
        self.simulator = self._children.enter_context(simulator)
        self.moengage_url = simulator.url
        self._progress(f"MoEngage simulator at {simulator.url}")

    def _deploy(self) -> None:
        self._progress("`sam deploy` of template.yaml")
        started = time.monotonic()
        own = {"MoEngageEndpoint": self.moengage_url, "EventStream": self.destination_id}
        parameters = own | _ALERTS | dict(self._config.parameters)
        self.deployment = deployment.deploy(self.work, self.ministack.url, parameters)
        self._progress(f"deployed in {time.monotonic() - started:.1f} s")

    def _let_containers_in(self, sender: EventSender) -> None:
        """Prepares for `sam local invoke`."""
        bridge = bridge_address()
        variables = environments(self.client("lambda"), self.deployment.outputs, self.ministack.url)
        write_invocation(self.work, deployment.host_architecture(), variables, bridge or DOCKER_DESKTOP)
        write_events(self.work, sender)
        for url in (self.ministack.url, self.moengage_url) if bridge else ():
            if "{dc}" in url:  # one MoEngage per data center: not for containers
                continue
            where = urlsplit(url)
            if where.hostname == LOOPBACK and where.port:
                self._children.enter_context(Relay(str(bridge), where.port))
