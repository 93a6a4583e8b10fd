"""What a function sends and logs for an invocation: exact counts, the same in every run.

    python -m tests.performance.traffic

runs one invocation of each kind and prints the bytes that it logged, as JSON.
"""

import io
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from tests.performance.contest import environment_of
from tests.performance.fakes import Fakes

KINDS = ("ingest/1", "ingest/50", "ingest/100", "ingest/1 unchanged", "drain/1000")


class Traffic(NamedTuple):
    """Of each kind of invocation: the bytes that it logs, and its calls by operation."""

    log_bytes: dict[str, int]
    calls: dict[str, dict[str, int]]


def traffic_of(checkout: Path, fakes: Fakes) -> Traffic:
    """Returns the traffic of a checkout's functions."""
    traffic = Traffic({}, {})
    for kind in KINDS:
        group = kind.partition("/")[0]
        command = [sys.executable, "-m", "tests.performance.traffic", kind]
        fakes.counts()
        with subprocess.Popen(  # noqa: S603 # our own
            command,
            env=environment_of(group, checkout, fakes),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdin is not None
            process.stdout.readline()  # the function is warm
            fakes.counts()
            process.stdin.write("\n")
            process.stdin.flush()
            traffic.log_bytes[kind] = int(process.stdout.readline())
        traffic.calls[kind] = dict(fakes.counts())
    return traffic


def _event(kind: str) -> dict[str, Any]:
    from tests.performance import invocations

    group, _, what = kind.partition("/")
    profiles, _, unchanged = what.partition(" ")
    return (invocations.posted if group == "ingest" else invocations.queued)(int(profiles), changed=not unchanged)


def _main(kind: str) -> None:
    import app  # the function's, as Lambda finds it
    from tests.performance import invocations

    out, sys.stdout = sys.stdout, io.StringIO()
    app.lambda_handler(_event(kind), invocations.Context())
    print("warm", file=out, flush=True)
    sys.stdin.readline()
    warm = len(sys.stdout.getvalue().encode())
    app.lambda_handler(_event(kind), invocations.Context())
    print(len(sys.stdout.getvalue().encode()) - warm, file=out, flush=True)


if __name__ == "__main__":
    _main(sys.argv[1])
