"""Fuzzed requests to the deployed stack, over HTTP."""

import time
from collections import Counter
from typing import Any

import requests
import schemathesis
from tests.e2e.deployed import Connected
from tests.fuzzing import KINDS, Fuzzed, fuzz


class Calls:
    """Calls the deployed API; `slowest` is the longest that an answer took, in seconds."""

    def __init__(self, api_url: str) -> None:
        self._api_url = api_url
        self._session = requests.Session()
        self.slowest = 0.0

    def __call__(self, case: schemathesis.Case) -> Any:
        """Returns the answer to a request."""
        started = time.monotonic()
        answer = case.call(base_url=self._api_url, session=self._session, timeout=30)
        self.slowest = max(self.slowest, time.monotonic() - started)
        return answer


def fuzz_deployed(to: Connected, count: int) -> tuple[list[Fuzzed], float]:
    """Makes so many requests for a destination, of each kind as many; returns their answers and the slowest's seconds.

    Raises:
        Failure or FailureGroup of schemathesis: an answer is not as documented.
    """
    to.post({})  # a cold start is no matter of the request
    calls = Calls(to.deployment.api_url(to.stack.ministack.url))
    return [fuzz(kind, count // len(KINDS), to.id, to.token, calls) for kind in KINDS], calls.slowest


def statuses(fuzzed: list[Fuzzed]) -> Counter[int]:
    """Returns the number of answers by status."""
    return sum((each.answers for each in fuzzed), Counter())
