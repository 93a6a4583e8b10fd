"""Tracing: what the logs, the ledger and the dead-letter queue of a stack say of a user or a request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aep_moengage.delivery.pseudonyms import pseudonym
from aep_moengage.document.parsing import parse_destination
from aep_moengage.functions.destination_store import secrets_path
from aep_moengage.ledger.row import LedgerRow
from aep_moengage_cli.deployed import Stack
from aep_moengage_cli.destinations.publishing import TRACE_KEY, Publishing
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.profiles.dead_letter_messages import DeadLetterMessage, Selection
from aep_moengage_cli.profiles.dead_letter_queue import DeadLetterQueue
from aep_moengage_cli.profiles.ledger_entry import read_row
from aep_moengage_cli.profiles.message_filters import of_request, of_user
from aep_moengage_cli.profiles.traces import Journey, Progressed, Traces


@dataclass(frozen=True, slots=True)
class Traced:
    """What is traced: a user by the MoEngage customer id, or one of AEP's requests; with `index` one profile of it."""

    destination: str
    since: datetime
    identity: str | None = None
    request: str | None = None
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """What was found. `messages` is None unless the dead-letter queue was searched."""

    pseudonym: str | None
    journeys: Sequence[Journey]
    row: LedgerRow | None
    messages: Sequence[DeadLetterMessage] | None

    @property
    def empty(self) -> bool:
        """Whether nothing was found."""
        return not (self.journeys or self.row or self.messages)


def trace(
    stack: Stack, traced: Traced, *, dead_letters: bool = False, progressed: Progressed = lambda _: None
) -> Trace:
    """Searches the logs; of a user the ledger, too; and the dead-letter queue if asked to.

    Raises:
        CommandError: if the destination has no trace key, which a user's trace needs.
    """
    alias = pseudonym(_trace_key(stack, traced.destination), traced.identity) if traced.identity else None
    logs = _logs(stack, traced, progressed)
    journeys = logs.of_user(alias) if alias else logs.of_request(str(traced.request))
    return Trace(
        pseudonym=alias,
        journeys=[journey for journey in journeys if traced.index in {None, journey.index}],
        row=_ledger_row(stack, traced.destination, traced.identity) if traced.identity else None,
        messages=_dead_letters(stack, traced) if dead_letters else None,
    )


def _trace_key(stack: Stack, destination: str) -> str:
    ssm = stack.client("ssm")
    name = f"{secrets_path(stack.output('ParameterPath'), destination)}/{TRACE_KEY}"
    try:
        return str(ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound:
        raise CommandError(
            f"{destination} is not connected, or has no trace key. `aep-moengage connect FILE` creates one for "
            "profiles that arrive from then on.",
            "Without a trace key, use --request.",
        ) from None


def _logs(stack: Stack, traced: Traced, progressed: Progressed) -> Traces:
    groups = {"ingest": stack.output("IngestLogGroupName"), "drain": stack.output("DrainLogGroupName")}
    since = int(traced.since.timestamp() * 1000)
    return Traces(stack.client("logs"), groups, traced.destination, since=since, progressed=progressed)


def _ledger_row(stack: Stack, destination: str, identity: str) -> LedgerRow | None:
    active = Publishing.of(stack).active(destination)
    if active is None:
        return None
    return read_row(stack, parse_destination(active.document), identity)


def _dead_letters(stack: Stack, traced: Traced) -> list[DeadLetterMessage]:
    active = Publishing.of(stack).active(traced.destination)
    matches = of_user(active, traced.identity) if traced.identity else of_request(str(traced.request))
    found = DeadLetterQueue.of(stack).look(Selection(destination=traced.destination))
    return [message for message in found.messages if matches(message)]
