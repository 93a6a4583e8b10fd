"""The cases: one fault each, as a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tests.e2e.chaos.aws_faults import AwsFault
from tests.e2e.chaos.tls_proxy import Mode

from aep_moengage_dev.simulator.api import BulkRejects

type Killed = Literal["Ingest", "Drain"]


@dataclass(frozen=True)
class Case:
    """One fault, from its start to its end.

    fault:        a fault of the simulator (see its `Fault`)
    connections:  the mode of the TLS proxy
    rotated:      MoEngage's key changes; the operator updates the connector when the case ends
    bulk_rejects: MoEngage's answer to a bulk with an invalid record; one record is invalid then
    killed:       the function that is killed while MoEngage holds its request
    aws:          faults of AWS, which concern all that the functions do
    cold:         ingest restarts when the faults have begun
    pause:        seconds between the updates of a user: longer than a destination is taken from memory
    tries:        the number of backoffs before the fault ends
    in_doubt:     answers are lost after MoEngage applied the requests, so events may be doubled: MoEngage offers no
                  idempotency key
    queued_twice: SQS keeps messages that it seems to refuse, so they are sent again, and their profiles counted twice
    """

    name: str
    fault: Mapping[str, Any] | None = None
    connections: Mode = "open"
    rotated: bool = False
    bulk_rejects: BulkRejects | None = None
    killed: Killed | None = None
    aws: tuple[AwsFault, ...] = ()
    cold: bool = False
    pause: float = 0.0
    tries: int = 2
    in_doubt: bool = False
    queued_twice: bool = False

    @property
    def alone(self) -> bool:
        """Whether it concerns the whole stack, so that no other case may run beside it."""
        return bool(self.killed or self.aws)

    @property
    def judges_answers(self) -> bool:
        """Whether each answer has to be in time: not beside other cases, whose functions start meanwhile."""
        return bool(self.aws) and not self.cold


def answers(status: int, **options: Any) -> dict[str, Any]:
    """Returns the fault of the simulator that answers with a status."""
    return {"kind": "status", "status": status, **options}


CASES = (
    Case("429, reset in seconds", answers(429, reset=2, reset_as="seconds")),
    Case("429, reset as epoch", answers(429, reset=2, reset_as="epoch")),
    Case("500", answers(500)),
    Case("502", answers(502)),
    Case("503", answers(503)),
    Case("504", answers(504)),
    Case("408", answers(408)),
    Case("200 with status: fail", {"kind": "status_fail"}),
    Case("connection refused", connections="refuse"),
    Case("connection reset", {"kind": "reset"}),
    Case("hang", {"kind": "hang"}),
    Case("TLS: certificate not trusted", connections="untrusted"),
    Case("TLS: not TLS at all", connections="plain"),
    Case("TLS: broken after the request", connections="garble"),
    Case("401, then fixed", rotated=True),
    Case("413 of every bulk", answers(413, where="transition")),
    Case("bad element: whole bulk refused", bulk_rejects="batch"),
    Case("bad element: 400, the rest applied", bulk_rejects="element"),
    Case("bad element: dropped with a 200", bulk_rejects="silent"),
    Case("down for longer than one backoff", answers(503), tries=5),
    Case("ingest killed in mid-batch", killed="Ingest", fault={"kind": "hang", "times": 1}),
    Case("drain killed in mid-batch", killed="Drain", fault={"kind": "hang", "where": "transition", "times": 1}),
    Case("slow drip of bytes", {"kind": "drip"}, in_doubt=True),
    Case("504 after it took effect", answers(504, applied=True, times=6), in_doubt=True),
    Case("reset after it took effect", {"kind": "reset", "applied": True, "times": 6}, in_doubt=True),
)
QUICK = ("429, reset as epoch", "500", "connection refused", "TLS: not TLS at all", "bad element: whole bulk refused")
