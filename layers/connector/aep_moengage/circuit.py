"""The circuit: after failures MoEngage is left alone for a while, and while its credentials are refused it is parked.

Powertools' circuit breaker keeps both states in the ledger's table, so all running functions share them. The
credentials are part of a circuit's name: once they are mended, the circuit of the new ones is closed from the start.
"""

import hashlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.circuit_breaker import (
    CircuitBreakerConfig,
    CircuitBreakerOpenError,
    circuit_breaker,
)
from aws_lambda_powertools.utilities.circuit_breaker.persistence import CircuitBreakerDynamoDBPersistence

from aep_moengage.budget import WORTH_A_CALL, Budget
from aep_moengage.moengage import Request, Workspace
from aep_moengage.responses import Answer, Verdict
from aep_moengage.shipping import Send

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


type _Attempt = Callable[[Request, Budget], Answer]


class _Failed(Exception):
    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.why)
        self.answer = answer


class _Outage(_Failed):
    """MoEngage is down, slow, or over its limit."""


class _SetupRefused(_Failed):
    """MoEngage does not let these credentials in."""


class _TooLate(_Failed):
    """The circuits' own table took the time that the call had; it says nothing about MoEngage."""


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
_OPEN = Answer(Verdict.TRANSIENT, "MoEngage failed a moment ago and is left alone for a while")
_NO_TIME = Answer(Verdict.TRANSIENT, "no time was left to try")
_WAITING = Answer(Verdict.SETUP, "MoEngage refused the credentials a moment ago; nothing is sent until they are mended")


class Circuits:
    """The circuits of all workspaces, kept in a table whose key is `user` and whose expiry is `expires`.

    `clock` is monotonic, in seconds.
    """

    def __init__(self, client: "DynamoDBClient", table: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._store = CircuitBreakerDynamoDBPersistence(
            table_name=table, key_attr="user", expiry_attr="expires", boto3_client=client
        )

    def guard(self, send: Send, workspace: Workspace) -> Send:
        """Returns `send` with the workspace's circuits around it: where one is open, the answer says so at once.

        What it takes to ask the table is taken off the seconds of the call: by their end the user's lease is over.
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
        parked = circuit_breaker(name=f"parked#{name}", persistence_store=self._store, config=_PARKED)
        guarded: _Attempt = parked(_marked(outage(attempt)))

        def answering(request: Request, seconds: float) -> Answer:
            try:
                return guarded(request, Budget(seconds, self._clock))
            except CircuitBreakerOpenError:
                return _WAITING
            except _Failed as failure:
                return failure.answer

        return answering


def _marked(call: _Attempt) -> _Attempt:
    """Tells an open outage circuit from an open parking one, which is asked first."""

    def marked(request: Request, budget: Budget) -> Answer:
        try:
            return call(request, budget)
        except CircuitBreakerOpenError:
            raise _Outage(_OPEN) from None

    return marked


def _name(workspace: Workspace) -> str:
    credentials = "\0".join((workspace.endpoint, workspace.region, workspace.username, workspace.password))
    return hashlib.sha256(credentials.encode()).hexdigest()[:32]
