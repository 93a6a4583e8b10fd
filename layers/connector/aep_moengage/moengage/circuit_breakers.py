"""Circuit breakers: after failures MoEngage is not called for a while; with refused credentials, once a minute.

Powertools keeps their states in the ledger's table, so all running functions share them. The credentials are part of a
circuit's name, so new credentials start with closed circuits.
"""

import hashlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from aws_lambda_powertools.utilities.circuit_breaker import (
    CircuitBreakerConfig,
    CircuitBreakerOpenError,
    circuit_breaker,
)
from aws_lambda_powertools.utilities.circuit_breaker.persistence import (
    CircuitBreakerDynamoDBPersistence,
    CircuitBreakerPersistenceLayer,
)
from aws_lambda_powertools.utilities.circuit_breaker.states import CircuitState
from msgspec.structs import replace

from aep_moengage.budget import WORTH_A_CALL, Budget
from aep_moengage.moengage.requests import Request, Send, Workspace
from aep_moengage.moengage.responses import Answer, Verdict

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


type _Attempt = Callable[[Request, Budget], Answer]


class _Failed(Exception):  # never leaves this module
    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.why)
        self.answer = answer


class _Outage(_Failed):
    """MoEngage is down, slow, or over its limit."""


class _SetupRefused(_Failed):
    """MoEngage refuses these credentials."""


class _TooLate(_Failed):
    """The table used up the time of the call; that says nothing about MoEngage."""


_FAILURES: dict[Verdict, type[_Failed]] = {
    Verdict.TRANSIENT: _Outage,
    Verdict.THROTTLED: _Outage,
    Verdict.SETUP: _SetupRefused,
}
_OUTAGE = CircuitBreakerConfig(
    failure_threshold=3,
    recovery_timeout=10,
    success_threshold=1,
    handled_exceptions=_Outage,
    local_cache_max_age=1,
)
_PARKED = CircuitBreakerConfig(
    failure_threshold=1,
    recovery_timeout=60,
    success_threshold=1,
    handled_exceptions=_SetupRefused,
    local_cache_max_age=1,
)
_OPEN_ANSWER = Answer(Verdict.TRANSIENT, "MoEngage failed a moment ago and is not called for a while")
_NO_TIME = Answer(Verdict.TRANSIENT, "no time was left to try")
_PARKED_ANSWER = Answer(Verdict.SETUP, "MoEngage refused the credentials a moment ago; nothing is sent until they work")


class CircuitBreakers:
    """The circuit breakers of all workspaces, kept in a store.

    `clock` is monotonic, in seconds. `wall_clock` is epoch seconds, as Powertools reads them.
    """

    def __init__(
        self,
        store: CircuitBreakerPersistenceLayer,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._clock = clock
        self._wall_clock = wall_clock

    @classmethod
    def in_table(
        cls,
        client: "DynamoDBClient",
        table: str,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> Self:
        """Returns circuit breakers in a table whose key is `user` and whose expiry is `expires`."""
        store = CircuitBreakerDynamoDBPersistence(
            table_name=table, key_attr="user", expiry_attr="expires", boto3_client=client
        )
        return cls(store, clock, wall_clock)

    def open_answer(self, workspace: Workspace) -> Answer | None:
        """Returns what every request to a workspace is answered now; None if requests are sent, or one may try."""
        name, now = _name(workspace), self._wall_clock()
        for circuit, config, answer in (("parked", _PARKED, _PARKED_ANSWER), ("outage", _OUTAGE, _OPEN_ANSWER)):
            record = self._store.get_state(f"{circuit}#{name}")
            left = (record.opened_at or 0) + config.recovery_timeout - now
            if record.state == CircuitState.OPEN and left > 0:
                return replace(answer, retry_after=left)
        return None

    def guard(self, send: Send, workspace: Workspace) -> Send:
        """Returns `send` inside the workspace's circuits; while one is open, its answer says so at once.

        The seconds of a call include the time that the table takes, because the user's lease ends with them.
        """
        name = _name(workspace)

        def attempt(request: Request, budget: Budget) -> Answer:
            left = budget.left()
            if left < WORTH_A_CALL:
                raise _TooLate(_NO_TIME)
            answer = send(request, left)
            if failure := _FAILURES.get(answer.verdict):
                raise failure(answer)
            return answer

        outage = circuit_breaker(name=f"outage#{name}", persistence_store=self._store, config=_OUTAGE)
        parked = circuit_breaker(
            name=f"parked#{name}",
            persistence_store=self._store,
            config=_PARKED,
            on_circuit_open=lambda *_, circuit: _PARKED_ANSWER,  # noqa: ARG005 # Powertools passes it
        )
        guarded: _Attempt = parked(outage(attempt))

        def answering(request: Request, seconds: float) -> Answer:
            try:
                return guarded(request, Budget(seconds, self._clock))
            except CircuitBreakerOpenError:  # the outage's; the parked circuit does not count it
                return _OPEN_ANSWER
            except _Failed as failure:
                return failure.answer

        return answering


def _name(workspace: Workspace) -> str:
    credentials = "\0".join((workspace.endpoint, workspace.region, workspace.username, workspace.password))
    return hashlib.sha256(credentials.encode()).hexdigest()[:32]
