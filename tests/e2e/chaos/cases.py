"""The cases: what goes wrong, as a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tests.e2e.chaos.gate import Way

from aep_moengage_dev.simulator.api import BulkRejects

type Killed = Literal["Ingest", "Drain"]


@dataclass(frozen=True)
class Case:
    """One trouble, for as long as it lasts.

    fault:        a fault of the simulator (see its `Fault`)
    way:          what becomes of connections
    rotated:      MoEngage has another key from now on; the operator gives it to the connector when the trouble ends
    bulk_rejects: what MoEngage does with a bulk that holds a record which it does not take; there is one then
    killed:       the function that is killed while MoEngage holds its request
    tries:        how many backoffs the backlog goes through before the trouble ends
    in_doubt:     answers are lost after MoEngage took what was sent, so events may be doubled: MoEngage offers no
                  idempotency key
    """

    name: str
    fault: Mapping[str, Any] | None = None
    way: Way = "open"
    rotated: bool = False
    bulk_rejects: BulkRejects | None = None
    killed: Killed | None = None
    tries: int = 2
    in_doubt: bool = False


def _status(status: int, **options: Any) -> dict[str, Any]:
    return {"kind": "status", "status": status, **options}


CASES = (
    Case("429, reset in seconds", _status(429, reset=2, reset_as="seconds")),
    Case("429, reset as epoch", _status(429, reset=2, reset_as="epoch")),
    Case("500", _status(500)),
    Case("502", _status(502)),
    Case("503", _status(503)),
    Case("504", _status(504)),
    Case("408", _status(408)),
    Case("200 with status: fail", {"kind": "status_fail"}),
    Case("connection refused", way="refuse"),
    Case("connection reset", {"kind": "reset"}),
    Case("hang", {"kind": "hang"}),
    Case("TLS: certificate not trusted", way="untrusted"),
    Case("TLS: not TLS at all", way="plain"),
    Case("TLS: broken after the request", way="garble"),
    Case("401, then mended", rotated=True),
    Case("413 of every bulk", _status(413, where="transition")),
    Case("bad element: whole bulk refused", bulk_rejects="batch"),
    Case("bad element: 400, the rest taken", bulk_rejects="element"),
    Case("bad element: dropped with a 200", bulk_rejects="silent"),
    Case("down for longer than one backoff", _status(503), tries=5),
    Case("ingest killed in mid-batch", killed="Ingest", fault={"kind": "hang", "times": 1}),
    Case("drain killed in mid-batch", killed="Drain", fault={"kind": "hang", "where": "transition", "times": 1}),
    Case("slow drip of bytes", {"kind": "drip"}, in_doubt=True),
    Case("504 after it took effect", _status(504, applied=True, times=6), in_doubt=True),
    Case("reset after it took effect", {"kind": "reset", "applied": True, "times": 6}, in_doubt=True),
)
QUICK = ("429, reset as epoch", "500", "connection refused", "TLS: not TLS at all", "bad element: whole bulk refused")
