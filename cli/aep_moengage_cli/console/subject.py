"""The subject of a console: the deployed stack that it looks at, or a destination file without any AWS."""

import shlex
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from aep_moengage_cli.console.ahead import Ahead
from aep_moengage_cli.console.jobs import Job, Jobs
from aep_moengage_cli.deployed import Stack
from aep_moengage_cli.destinations.versions import Version
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.files.documents import read_text
from aep_moengage_cli.monitoring.flow import Flow, Observer
from aep_moengage_cli.monitoring.outcome_history import HEALTH, WINDOWS, History, history
from aep_moengage_cli.profiles.dead_letter_queue import Findings

_SERVICES = ("cloudformation", "cloudwatch", "dynamodb", "sqs", "ssm", "sts", "logs")
_PAGES = (
    ("/", "Overview"),
    ("/destinations", "Destinations"),
    ("/failures", "Failures"),
    ("/trace", "Trace"),
    ("/validate", "Validate export"),
)
_OFFLINE_PAGES = (("/destinations", "Destination file"),)


class Observed(NamedTuple):
    """The flow of the last hour, and MoEngage's health in it."""

    flow: Flow
    health: History


class SharedClients:
    """A boto3 session whose clients are created once. Sessions are not thread-safe, clients are."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """Returns the client of a service."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._session.client(service)
            return self._clients[service]


@dataclass
class Letters:
    """The dead letters as they were last read; None before. `reading` is the job that reads them."""

    findings: Findings | None = None
    reading: Job | None = None
    read_at: datetime | None = None


@dataclass(frozen=True)
class Subject:
    """What the pages are about. `options` are those that name the stack on a command line."""

    found: Stack | None = None
    file: Path | None = None
    options: Sequence[str] = ()
    jobs: Jobs = field(default_factory=Jobs)
    versions: dict[tuple[str, int], Version] = field(default_factory=dict)  # that were read
    letters: Letters = field(default_factory=Letters)

    @classmethod
    def of_stack(cls, stack: Stack, options: Sequence[str]) -> "Subject":
        """Returns a deployed stack as the subject; its clients are ready for the first page."""
        clients = SharedClients(stack.session)
        for service in _SERVICES:
            clients.client(service)
        return cls(found=replace(stack, session=clients), options=options)

    @classmethod
    def of_file(cls, file: Path) -> "Subject":
        """Returns a destination file as the subject.

        Raises:
            CommandError: if the file can't be read.
        """
        read_text(file)
        return cls(file=file)

    @cached_property
    def observer(self) -> Observer:
        """The observer of the stack's flow."""
        return Observer(self.stack)

    @cached_property
    def observed(self) -> Ahead[Observed]:
        """The flow of the stack as the overview shows it."""
        return Ahead(self._observe)

    def _observe(self) -> Observed:
        with ThreadPoolExecutor(1) as thread:
            health = thread.submit(history, self.stack, HEALTH, WINDOWS["1h"])
            return Observed(self.observer.look(sample_dead_letters=False), health.result())

    @property
    def stack(self) -> Stack:
        """The deployed stack; raises `CommandError` if the console works offline."""
        if self.found is None:
            raise CommandError("The console was started with --offline: only the mapping is available.")
        return self.found

    @property
    def name(self) -> str:
        """The stack's name, or the file's."""
        return self.found.name if self.found else str(self.file)

    @property
    def pages(self) -> Sequence[tuple[str, str]]:
        """The addresses and names of the pages that it has."""
        return _PAGES if self.found else _OFFLINE_PAGES

    def command(self, *words: str) -> str:
        """Returns a command as it is typed for this subject."""
        return shlex.join(["aep-moengage", *words, *(self.options if self.found else ())])
