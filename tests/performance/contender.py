"""One turn of a contender: pyperf measures the connector that PYTHONPATH leads to, be it this checkout or an older one.

    python -m tests.performance.contender GROUP [options of pyperf]

A value is the CPU time of the whole process per piece of work, threads included, in seconds.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import pyperf
from tests.performance import invocations, steps
from tests.performance.floor import bare
from tests.performance.profiles import PROFILES, SHAPES, as_posted

_TOGETHER = {1: 50, 10: 20, 50: 8, 100: 12, 500: 4}  # profiles of a request -> requests that make one value
_IMPORTS = {
    "base": "import boto3; boto3.client('dynamodb')",
    "ingest": "import app",
    "drain": "import app",
}
_REPORTS_CPU = "\nimport os, sys, time\nsys.stderr.write(str(time.process_time()))\nsys.stderr.flush()\nos._exit(0)"


def _transform(runner: pyperf.Runner) -> None:
    posted = [as_posted(SHAPES["usual"][0](number)) for number in range(PROFILES)]
    _bench(runner, "transform/floor", lambda: map(bare, posted), PROFILES)
    for shape, (profile, document) in SHAPES.items():
        number = PROFILES if shape == "usual" else PROFILES // 10
        some = [as_posted(profile(each)) for each in range(number)]
        _bench(runner, f"transform/{shape}", steps.transformed(document, some), number)
    event_floor, event = steps.events_transformed()
    _bench(runner, "transform/event floor", event_floor, steps.EVENTS)
    _bench(runner, "transform/event", event, steps.EVENTS)


def _growth(runner: pyperf.Runner) -> None:
    for name, step in steps.GROWING.items():
        for size in steps.SIZES:
            _bench(runner, f"growth/{name}/{size}", step(size), size)


def _ingest(runner: pyperf.Runner) -> None:
    for profiles, requests in _TOGETHER.items():
        _invoked(runner, f"ingest/{profiles}", lambda n=profiles: invocations.posted(n), requests)
    _invoked(runner, "ingest/1 unchanged", lambda: invocations.posted(1, changed=False), _TOGETHER[1])


def _drain(runner: pyperf.Runner) -> None:
    _invoked(runner, "drain/with ledger", lambda: invocations.queued(PROFILES), 1)
    _invoked(runner, "drain/unchanged", lambda: invocations.queued(PROFILES, changed=False), 1)
    _invoked(runner, "drain/ledger in memory", lambda: invocations.queued(PROFILES), 1, steps.keep_ledger_in_memory)


def _invoked(
    runner: pyperf.Runner,
    name: str,
    event: Callable[[], dict[str, Any]],
    number: int,
    prepare: Callable[[], None] = lambda: None,
) -> None:
    """Measures a function that is already warm; the events are made before the clock starts."""

    def timed(loops: int) -> float:
        import app  # the function's, as Lambda finds it

        prepare()
        app.lambda_handler(event(), invocations.Context())
        some = [event() for _ in range(loops * number)]
        started = time.process_time()
        for each in some:
            app.lambda_handler(each, invocations.Context())
        return time.process_time() - started

    runner.bench_time_func(name, timed, inner_loops=number)


def _import(runner: pyperf.Runner) -> None:
    for name, statement in _IMPORTS.items():
        runner.bench_time_func(f"import/{name}", _started, statement, os.environ.get(f"PATH_OF_{name.upper()}", ""))


def _cold(runner: pyperf.Runner) -> None:
    statement = "import tests.performance.first_delivery"
    runner.bench_time_func("cold/first delivery", _started, statement, os.environ["PATH_OF_INGEST"])


def _started(loops: int, statement: str, path: str) -> float:
    """Returns the CPU time of new interpreters, without their end, which Lambda never waits for."""
    return sum(_cpu_of(statement, path) for _ in range(loops))


def _cpu_of(statement: str, path: str) -> float:
    environment = os.environ | {"PYTHONPATH": path}
    command = [sys.executable, "-c", statement + _REPORTS_CPU]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 # our own
    if done.returncode:
        raise RuntimeError(done.stderr)
    return float(done.stderr.rpartition("\n")[2])


def _bench(runner: pyperf.Runner, name: str, work: Callable[[], Iterable[Any]], number: int) -> None:
    def timed(loops: int) -> float:
        started = time.process_time()
        for _ in range(loops):
            for _ in work():
                pass
        return time.process_time() - started

    runner.bench_time_func(name, timed, inner_loops=number)


GROUPS: dict[str, Callable[[pyperf.Runner], None]] = {
    "transform": _transform,
    "growth": _growth,
    "ingest": _ingest,
    "drain": _drain,
    "import": _import,
    "cold": _cold,
}


def main(arguments: list[str]) -> None:
    """Measures a group."""
    runner = pyperf.Runner(add_cmdline_args=lambda command, _: command.append(runner.args.group))
    runner.argparser.add_argument("group", choices=GROUPS)
    runner.parse_args(arguments)
    GROUPS[runner.args.group](runner)


if __name__ == "__main__":
    main(sys.argv[1:])
