"""The recipient of a delivery: a destination as it is active now, with its credentials."""

from dataclasses import dataclass, field
from functools import cached_property

from aep_moengage.document.destination import Destination
from aep_moengage.mapping.events import CompiledEvents
from aep_moengage.mapping.mapping import CompiledMapping
from aep_moengage.moengage.pacing import Configured
from aep_moengage.moengage.requests import Workspace


@dataclass(frozen=True)
class ActiveDestination:
    """A destination as the functions use it. `tokens` holds the SHA-256 digests of its senders' tokens.

    While `paused`, profiles are queued and nothing is sent. `trace_key` makes its users' pseudonyms in the logs.
    """

    destination: Destination
    number: int
    endpoint: str
    password: str | None = field(repr=False)
    tokens: tuple[str, ...] = field(repr=False)
    paused: bool = False
    trace_key: str | None = field(default=None, repr=False)

    @property
    def id(self) -> str:
        """The destination's id."""
        return self.destination.id

    @property
    def merges(self) -> bool:
        """Whether anonymous users are merged into named ones."""
        return self.destination.merge_anonymous

    @cached_property
    def mapping(self) -> CompiledMapping:
        """The compiled mapping."""
        return CompiledMapping(self.destination)

    @cached_property
    def event_mapping(self) -> CompiledEvents:
        """The compiled event rules."""
        return CompiledEvents(self.destination)

    @cached_property
    def workspace(self) -> Workspace:
        """The MoEngage workspace, with its credentials."""
        return Workspace(self.destination.region, self.destination.username, self.password or "", self.endpoint)

    @property
    def configured_pace(self) -> Configured:
        """The limits that its operator configured."""
        pacing = self.destination.pacing
        return Configured(self.id, pacing.users_per_minute, pacing.events_per_minute)
