"""The faults: which requests fail, how, and how often."""

import random
import threading
import time
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal, NamedTuple

from aep_moengage_dev.simulator.contract import RefusalError
from aep_moengage_dev.simulator.exchange import APIS, Exchange, SimulatedAnswer
from aep_moengage_dev.simulator.holds import Holds
from aep_moengage_dev.simulator.quota import ResetForm, reset_header

type Wait = Literal["delay", "release"]
type Wire = Literal["send", "drip", "truncate", "reset"]


class FaultKind(NamedTuple):
    """What a fault of a kind does.

    applied: whether the request takes effect before anything else happens, unless the fault says otherwise.
    fixed:   a fault cannot change that.
    real:    the client gets MoEngage's own answer, else the fault's. With a real one, a request that was not applied
             at first is applied after the wait.
    wait:    what has to pass before the answer.
    outlives_client: the wait goes on after the client has left.
    wire:    how the answer is put on the connection.
    """

    applied: bool
    fixed: bool = False
    real: bool = False
    wait: Wait | None = None
    outlives_client: bool = True
    wire: Wire = "send"


KINDS = {
    "status": FaultKind(applied=False),
    "status_fail": FaultKind(applied=False),
    "garbage": FaultKind(applied=False),
    "poison": FaultKind(applied=False, fixed=True),
    "hang": FaultKind(applied=False, real=True, wait="release", outlives_client=False),
    "hold": FaultKind(applied=False, fixed=True, real=True, wait="release"),
    "slow": FaultKind(applied=True, real=True, wait="delay"),
    "drip": FaultKind(applied=True, fixed=True, real=True, wire="drip"),
    "truncated": FaultKind(applied=True, fixed=True, real=True, wire="truncate"),
    "reset": FaultKind(applied=False, wire="reset"),
}

# What MoEngage says with each status: type and message.
ERRORS = {
    400: ("TypeError", "expected string"),
    401: ("Authentication required", "App Secret key mismatch. Please login to the dashboard to verify key"),
    403: ("Account Suspended", "Your account is suspended. Please contact MoEngage team."),
    409: ("Authentication Mismatch", "App key mismatch in params and authentication"),
    413: ("Payload too large", "The payload can not exceed 128KB"),
    415: ("Unsupported Media Type", "Unsupported Media Type"),
    429: ("RateLimitError", "Rate limit exceeded"),
}
SERVER_ERROR = ("ServerError", "Internal Server Error")


@dataclass(slots=True, kw_only=True)
class InjectedFault:
    """One fault.

    kind:         see KINDS
    where:        the API that fails: customer, event, transition, merge, export, delete, authentication, or any
    times:        how many requests; None: until it is removed
    customer_ids: only requests that name one of these
    probability:  of a request that could fail to fail; drawn from a generator seeded with `seed`
    applied:      whether the request takes effect (slow: False applies it after the delay)
    status, body, headers: of the answer, where the fault makes it; a string body goes out as it is
    reset, reset_as, retry_after: seconds until the limit resets, its form, and the value of Retry-After
    seconds:      of delay (slow), or between two bytes (drip)
    """

    kind: str
    where: str = "any"
    times: int | None = None
    customer_ids: frozenset[str] | None = None
    probability: float = 1.0
    seed: int = 0
    applied: bool | None = None
    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    reset: float | None = None
    reset_as: ResetForm = "seconds"
    retry_after: str | int | None = None
    seconds: float = 0.05
    id: int = field(default_factory=count(1).__next__)
    hits: int = 0
    _random: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind is one of {', '.join(KINDS)}; got {self.kind!r}")
        if self.where not in {"any", *APIS.values()}:
            raise ValueError(f"where is any or one of {', '.join(APIS.values())}; got {self.where!r}")
        if self.applied is not None and self.way.fixed:
            raise ValueError(f"a fault of kind {self.kind} has no choice of applied")
        if self.kind == "poison" and not self.customer_ids:
            raise ValueError("a fault of kind poison needs customer_ids")
        if isinstance(self.customer_ids, str):
            raise TypeError("customer_ids is a list of ids, not a text")
        if self.customer_ids is not None:
            self.customer_ids = frozenset(self.customer_ids)
        self._random = random.Random(self.seed)  # noqa: S311 - which request fails is no secret

    @property
    def way(self) -> FaultKind:
        """How it goes."""
        return KINDS[self.kind]

    @property
    def applies(self) -> bool:
        """Whether the request takes effect before anything else happens."""
        return self.way.applied if self.applied is None else self.applied

    def applies_to(self, exchange: Exchange) -> bool:
        """Whether a request fails with this fault; if so, it is counted."""
        if self.where not in {"any", exchange.api} or (self.times is not None and self.hits >= self.times):
            return False
        if self.customer_ids is not None and not self.customer_ids & exchange.customer_ids:
            return False
        if self.probability < 1 and self._random.random() >= self.probability:
            return False
        self.hits += 1
        return True

    def answer(self) -> SimulatedAnswer:
        """The answer to the client, where the fault makes it."""
        if self.kind == "garbage":
            body = "<html>not what you expect</html>" if self.body is None else self.body
            return SimulatedAnswer(self.status or 200, body, {"Content-Type": "text/html"} | self.headers)
        status = self.status or (400 if self.kind == "poison" else 500 if self.kind == "status" else 200)
        usual = RefusalError(status, *ERRORS.get(status, SERVER_ERROR)).answer()
        return SimulatedAnswer(
            status, usual.body if self.body is None else self.body, self._limits(status) | self.headers
        )

    def report(self) -> dict[str, Any]:
        """The fault as JSON can hold it."""
        shown: dict[str, Any] = {name: getattr(self, name) for name in ("id", "kind", "where", "times", "hits")}
        return shown | {"customer_ids": sorted(self.customer_ids) if self.customer_ids else None}

    def _limits(self, status: int) -> dict[str, str]:
        limits = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        if status == 429 and self.reset is not None:
            limits |= {"x-ratelimit-limit": "10000", "x-ratelimit-remaining": "0"}
            limits["x-ratelimit-reset"] = reset_header(self.reset, self.reset_as, time.time())
        return limits


class Faults:
    """The faults that are on. A request meets the first that applies to it, in the order they were added."""

    def __init__(self, holds: Holds) -> None:
        self._holds = holds
        self._lock = threading.Lock()
        self._faults: list[InjectedFault] = []

    def add(self, kind: str, **options: Any) -> InjectedFault:
        """Switch a fault on. Raises ValueError or TypeError for an option that it does not know."""
        fault = InjectedFault(kind=kind, **options)
        with self._lock:
            self._faults.append(fault)
        return fault

    def remove(self, fault: InjectedFault | int) -> None:
        """Switch off one fault, or the one with this id. Requests that it holds stay held until they are released."""
        number = fault if isinstance(fault, int) else fault.id
        with self._lock:
            self._faults = [each for each in self._faults if each.id != number]

    def clear(self) -> None:
        """Switch off every fault, and release the requests that are held."""
        with self._lock:
            self._faults = []
        self._holds.release()

    def active(self) -> list[InjectedFault]:
        """The faults that may still apply to a request."""
        with self._lock:
            return [fault for fault in self._faults if fault.times is None or fault.hits < fault.times]

    def meet(self, exchange: Exchange) -> InjectedFault | None:
        """The fault that a request meets, counted."""
        if not self._faults:
            return None
        with self._lock:
            return next((fault for fault in self._faults if fault.applies_to(exchange)), None)
