"""Problems: the answers to requests that were not accepted, as application/problem+json (RFC 9457)."""

import json
from dataclasses import dataclass

from aep_moengage.aep.bodies import MalformedBody
from aep_moengage.functions.authentication import Forbidden, NotAuthenticated
from aep_moengage.functions.content import BodyTooLarge, UnsupportedEncoding
from aep_moengage.functions.deadline import DeadlineExceeded
from aep_moengage.functions.destination_store import UnusableDocument
from aep_moengage.functions.last_known_good import StoreUnavailable
from aep_moengage.queues.queue import QueueUnavailable
from aep_moengage.settings import MissingSettings

CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """A row of the table: status, title, what to do, and headers that go with it."""

    status: int
    title: str
    advice: str
    headers: tuple[tuple[str, str], ...] = ()

    def body(self, detail: str) -> str:
        """Returns the answer's body."""
        what = f"{detail}. {self.advice}" if detail else self.advice
        return json.dumps({"type": "about:blank", "title": self.title, "status": self.status, "detail": what})


_AGAIN = (("Retry-After", "5"),)
_CHALLENGE = (("WWW-Authenticate", 'Bearer realm="aep-moengage"'),)
_REFUSED = "Nothing was accepted."
_SEND_AGAIN = "Nothing was accepted; send the same request again."
PROBLEMS: dict[type[Exception], Problem] = {
    MalformedBody: Problem(400, "Malformed body", f"{_REFUSED} Correct the body and send it again."),
    NotAuthenticated: Problem(401, "Not authenticated", _REFUSED, _CHALLENGE),
    Forbidden: Problem(403, "Not allowed", _REFUSED),
    BodyTooLarge: Problem(413, "Too large", _REFUSED),
    UnsupportedEncoding: Problem(415, "Unsupported encoding", _REFUSED),
    StoreUnavailable: Problem(503, "Not in custody", _SEND_AGAIN, _AGAIN),
    QueueUnavailable: Problem(503, "Not in custody", _SEND_AGAIN, _AGAIN),
    DeadlineExceeded: Problem(503, "Not in custody", _SEND_AGAIN, _AGAIN),
    UnusableDocument: Problem(503, "Destination document cannot be used", _SEND_AGAIN, _AGAIN),
    MissingSettings: Problem(503, "Not set up", "Deploy the stack again, with its own template.", _AGAIN),
}
UNEXPECTED = Problem(503, "Not in custody", f"An unexpected error occurred. {_SEND_AGAIN}", _AGAIN)
UNKNOWN_PATH = Problem(
    404, "Unknown path", "Post profiles to /destinations/{id}/profiles, events to /destinations/{id}/events."
)


def problem_of(error: Exception) -> Problem:
    """Returns the problem that an error is; after an unforeseen one nothing is in custody."""
    return PROBLEMS.get(type(error), UNEXPECTED)
