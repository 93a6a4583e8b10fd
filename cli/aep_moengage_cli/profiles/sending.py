"""Sending: bodies posted to the endpoint as AEP posts them, and what became of their profiles."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import requests

_SECONDS = 30.0  # AEP waits 2; an operator wants the answer


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request of which nothing was taken; `status` is None where there was no answer."""

    source: str
    status: int | None
    detail: str


@dataclass(slots=True)
class Tally:
    """What became of what was sent."""

    requests: int = 0
    received: int = 0
    outcomes: Counter[tuple[str, str | None]] = field(default_factory=Counter)  # of outcome and reason
    rejected: list[tuple[str, int, str | None]] = field(default_factory=list)  # source, index in its request, reason
    refused: list[Refusal] = field(default_factory=list)

    @property
    def all_taken(self) -> bool:
        """Whether no request was refused and no profile rejected."""
        return not self.refused and not self.rejected

    def add(self, source: str, answer: dict[str, Any]) -> None:
        """Counts the answer to a request."""
        self.received += answer["received"]
        for result in answer["results"]:
            reason = result.get("reason")
            self.outcomes[result["outcome"], reason] += 1
            if result["outcome"] == "rejected":
                self.rejected.append((source, result["index"], reason))


def send(url: str, token: str, bodies: Iterable[tuple[str, str]], tally: Tally) -> Iterator[Tally]:
    """Posts bodies, each given with its source, and counts the answers; yields the tally after each."""
    with requests.Session() as session:
        session.auth = _Bearer(token)
        for source, body in bodies:
            _post(session, url, source, body, tally)
            tally.requests += 1
            yield tally


class _Bearer(requests.auth.AuthBase):
    """Shows the token; as `auth`, so that no .netrc replaces it and no redirect carries it off."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _post(session: requests.Session, url: str, source: str, body: str, tally: Tally) -> None:
    headers = {"Content-Type": "application/json"}
    data = body.encode("utf-8", "replace")
    try:
        answer = session.post(url, data=data, headers=headers, timeout=_SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        tally.refused.append(
            Refusal(source, None, f"no answer ({type(error).__name__}): check the URL and the network")
        )
        return
    content = _object(answer)
    if answer.status_code == 200 and {"received", "results"} <= content.keys():
        tally.add(source, content)
    else:
        detail = str(content.get("detail") or content.get("message") or "the answer is not the connector's")
        tally.refused.append(Refusal(source, answer.status_code, detail))


def _object(answer: requests.Response) -> dict[str, Any]:
    try:
        content = answer.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
