"""Connections to AWS: kept between calls, dropped after idling, and a call that failed at once is repeated once.

Lambda freezes a function that has answered. A connection that its server closed meanwhile looks alive until it is used,
so the first call after a pause would fail.
"""

import os
import time
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies

from aep_moengage.functions.repetition import answered_at_once, failed_at_once, pause_seconds
from aep_moengage.functions.signed_dynamodb import SignedDynamoDB

IDLE_SECONDS = 10.0  # by the wall clock, which goes on while Lambda sleeps


class Connections:
    """The clients of AWS that a function uses. `clock` is that of the wall, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._clients: list[Any] = []
        self._used = clock()

    def client(self, service: str, config: Config) -> Any:
        """Returns a new client of a service, whose connections are looked after."""
        client: Any = boto3.client(service, config=config)  # type: ignore[call-overload] # any service
        events = client.meta.events
        events.register_first(f"needs-retry.{client.meta.service_model.service_id.hyphenize()}", _pause_before_repeat)
        self._clients.append(client)
        return client

    def signed(self, client: Any) -> Any:
        """Returns what calls DynamoDB as a client does, for less CPU; behind a proxy it is the client itself."""
        credentials = (boto3.DEFAULT_SESSION or boto3.Session()).get_credentials()
        if credentials is None or get_environ_proxies(client.meta.endpoint_url):
            return client
        trusted = os.environ.get("AWS_CA_BUNDLE") or get_cert_path(True)
        signed = SignedDynamoDB(client, credentials, trusted)
        self._clients.append(signed)
        return signed

    def renew(self) -> None:
        """Drops kept connections after a pause; to be called when an invocation begins."""
        now, before = self._clock(), self._used
        self._used = now
        if now - before > IDLE_SECONDS:
            for client in self._clients:
                client.close()


def _pause_before_repeat(attempts: int, response: Any, caught_exception: Exception | None, **_: Any) -> float | None:
    """Answers botocore's question whether to repeat a call: after how many seconds, or None to let others decide.

    botocore's own retries wait for up to a second after throttling, and repeat time-outs too. A write that was applied
    although its answer was lost may be repeated: the ledger's writes are conditional, and a message may be doubled.
    """
    if attempts > 1 or not _failed_at_once(response, caught_exception):
        return None
    return pause_seconds()


def _failed_at_once(response: Any, caught_exception: Exception | None) -> bool:
    if response is None:
        return failed_at_once(caught_exception)
    http, parsed = response
    return answered_at_once(http.status_code, parsed.get("Error", {}).get("Code"))
