"""Sending: posts bodies to the endpoint as their senders do, and counts the outcomes of what is in them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import requests

from aep_moengage.delivery.updates import Kind

_SECONDS = 30.0  # AEP waits 2 s; an operator wants the answer


@dataclass(frozen=True, slots=True)
class RefusedRequest:
    """A request of which no profile was accepted; `status` is None if there was no answer."""

    source: str
    status: int | None
    detail: str


@dataclass(slots=True)
class Tally:
    """Counts of requests and of profiles by outcome."""

    requests: int = 0
    received: int = 0
    outcomes: Counter[tuple[str, str | None]] = field(default_factory=Counter)  # of outcome and reason
    rejected: list[tuple[str, int, str | None]] = field(default_factory=list)  # source, index in its request, reason
    refused: list[RefusedRequest] = field(default_factory=list)

    @property
    def all_accepted(self) -> bool:
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


def url_for(profiles_url: str, kind: Kind) -> str:
    """Returns the URL that events are posted to, given that of profiles; or that of profiles itself."""
    return f"{profiles_url.removesuffix('/').removesuffix('/profiles')}/{kind}"


def send(url: str, token: str, bodies: Iterable[tuple[str, str]], tally: Tally) -> Iterator[Tally]:
    """Posts bodies, each given with its source, and counts the answers; yields the tally after each request."""
    with requests.Session() as session:
        session.auth = _Bearer(token)
        for source, body in bodies:
            _post(session, url, source, body, tally)
            tally.requests += 1
            yield tally


class _Bearer(requests.auth.AuthBase):
    """Sends the token. Unlike a header, `auth` is not replaced by .netrc and not sent to the target of a redirect."""

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
        detail = f"no answer ({type(error).__name__}): check the URL and the network"
        tally.refused.append(RefusedRequest(source, None, detail))
        return
    content = _object(answer)
    if answer.status_code == 200 and {"received", "results"} <= content.keys():
        tally.add(source, content)
    else:
        detail = str(content.get("detail") or content.get("message") or "not an answer of the connector: check the URL")
        tally.refused.append(RefusedRequest(source, answer.status_code, detail))


def _object(answer: requests.Response) -> dict[str, Any]:
    try:
        content = answer.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
