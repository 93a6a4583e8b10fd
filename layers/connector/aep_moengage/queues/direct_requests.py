"""Direct requests: bodies that the HTTP API put into the retry queue itself, without ingest (docs/architecture.md).

The API adds where the body came from as attributes of the message. Only what has the API's role can put them there.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from aep_moengage.aep.bodies import MalformedBody, read_body
from aep_moengage.queues.retry_messages import RetryMessage, first_message


class DirectRequest(NamedTuple):
    """A request: its destination, the API's id of it, when it came (epoch ms), and its body as the sender wrote it."""

    destination: str
    request: str
    received: int
    body: str

    def to_retry_message(self) -> RetryMessage:
        """Returns its profiles as ingest would have queued them.

        A body that holds no profiles is one element that is no profile: its sender was answered 200, so it is kept.
        """
        try:
            profiles = read_body(self.body)
        except MalformedBody:
            profiles = [self.body]
        return first_message(self.destination, self.request, self.received, enumerate(profiles))


def direct_request(body: str, attributes: Mapping[str, Mapping[str, Any]]) -> DirectRequest | None:
    """Returns the direct request in a message with these attributes, as Lambda passes them; None if it is no such."""
    if not attributes.keys() >= {"destination", "request", "received"}:
        return None
    destination, request, received = (
        attributes[name]["stringValue"] for name in ("destination", "request", "received")
    )
    return DirectRequest(destination, request, int(received), body)
