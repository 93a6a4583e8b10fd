"""Problems: what a sender is told when its request could not be taken, as application/problem+json (RFC 9457)."""

import json
from dataclasses import dataclass

from aep_moengage.aep.bodies import MalformedBody
from aep_moengage.functions.authentication import Forbidden, NotAuthenticated
from aep_moengage.functions.deadline import DeadlineExceeded
from aep_moengage.functions.destination_store import StoreUnavailable
from aep_moengage.functions.ingest import BodyTooLarge, UnknownDestination
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
PROBLEMS: dict[type[Exception], Problem] = {
    MalformedBody: Problem(400, "Malformed body", "Nothing of it was taken; correct it and send it again."),
    NotAuthenticated: Problem(401, "Not authenticated", "Nothing of it was taken.", _CHALLENGE),
    Forbidden: Problem(403, "Not allowed", "Nothing of it was taken."),
    UnknownDestination: Problem(404, "Unknown destination", "Check the URL, or create it with `aep-moengage connect`."),
    BodyTooLarge: Problem(413, "Too large", "Nothing of it was taken."),
    StoreUnavailable: Problem(503, "Not in custody", "Send the same request again.", _AGAIN),
    QueueUnavailable: Problem(503, "Not in custody", "Send the same request again.", _AGAIN),
    DeadlineExceeded: Problem(503, "Not in custody", "Send the same request again.", _AGAIN),
    MissingSettings: Problem(503, "Not set up", "Deploy the stack's own template, which sets them.", _AGAIN),
}
UNEXPECTED = Problem(503, "Not in custody", "Something unexpected happened; send the same request again.", _AGAIN)
UNKNOWN_PATH = Problem(404, "Unknown path", "Post profiles to /destinations/{id}/profiles.")


def problem_of(error: Exception) -> Problem:
    """Returns the problem that an error is; one that is not foreseen means that nothing is in custody."""
    return PROBLEMS.get(type(error), UNEXPECTED)
