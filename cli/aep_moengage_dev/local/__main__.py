"""`up` and `down`: the local stack, left running in the background.

    python -m aep_moengage_dev.local up      settings from DESTINATION, MOENGAGE_ENDPOINT, MOENGAGE_PASSWORD
    python -m aep_moengage_dev.local down

`up` starts `serve` in the background and waits until it is ready; `serve` runs the stack until `down` stops it.
"""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import requests
from rich.console import Console

from aep_moengage_dev.local.console import LocalConsole
from aep_moengage_dev.local.problems import LocalStackError
from aep_moengage_dev.local.process_lock import ProcessLock
from aep_moengage_dev.local.ready_message import ready_message
from aep_moengage_dev.local.stack import SAMPLE_DESTINATION, LocalStack, LocalStackConfig
from aep_moengage_dev.project import PROJECT

WORK = PROJECT / ".local"
STACK_FILE = WORK / "stack.json"
_CHECK_SECONDS = 2.0
_WARM_SECONDS = 30.0

console = Console(stderr=True, highlight=False)


def up() -> int:
    """Starts the stack in place of a running one, and returns once it is ready."""
    if ProcessLock(WORK).stop_holder():
        console.print("[dim]· stopped the running local stack[/dim]")
    STACK_FILE.unlink(missing_ok=True)
    server = subprocess.Popen(
        [sys.executable, "-m", "aep_moengage_dev.local", "serve"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        ready = server.stdout.readline() if server.stdout else b""
    except KeyboardInterrupt:
        server.terminate()
        raise
    if not ready:
        return server.wait() or 1
    stack = json.loads(STACK_FILE.read_text())
    console.print(ready_message(stack, STACK_FILE.relative_to(PROJECT)), soft_wrap=True, markup=False)
    return 0


def down() -> int:
    """Stops the running stack, if there is one."""
    stopped = ProcessLock(WORK).stop_holder()
    STACK_FILE.unlink(missing_ok=True)  # a killed stack leaves it behind
    console.print("The local stack has stopped." if stopped else "No local stack is running.")
    return 0


def serve() -> int:
    """Runs the stack until a signal ends it, or a part of it has ended."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with (
        ProcessLock(WORK),
        LocalStack(WORK, _config(), lambda step: console.print(f"[dim]· {step}[/dim]")) as stack,
        LocalConsole(WORK, stack.description()) as pages,
    ):
        try:
            _warm_up(stack)
            stack.write_description(STACK_FILE, console=pages.address)
            _detach(WORK / "logs" / "stack.log")
            while True:
                stack.check_alive()
                time.sleep(_CHECK_SECONDS)
        finally:
            STACK_FILE.unlink(missing_ok=True)
    return 0


def _warm_up(stack: LocalStack) -> None:
    """Starts ingest, so that the first profile that somebody sends is delivered rather than queued."""
    with suppress(requests.RequestException):
        requests.get(f"{stack.api_url}/health", timeout=_WARM_SECONDS)


def _config() -> LocalStackConfig:
    given = os.environ
    return LocalStackConfig(
        destination=Path(given.get("DESTINATION") or SAMPLE_DESTINATION).resolve(),
        moengage_endpoint=given.get("MOENGAGE_ENDPOINT") or None,
        moengage_password=given.get("MOENGAGE_PASSWORD") or None,
        any_data_app_id=True,
    )


def _detach(log: Path) -> None:
    """Reports to the waiting `up` that the stack is ready, and leaves its terminal."""
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.write(1, b"ready\n")
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)


_VERBS = {"up": up, "down": down, "serve": serve}


def main(arguments: list[str]) -> int:
    """Runs a verb."""
    if len(arguments) != 1 or arguments[0] not in _VERBS:
        console.print(f"Usage: python -m aep_moengage_dev.local {'|'.join(_VERBS)}")
        return 2
    try:
        return _VERBS[arguments[0]]()
    except LocalStackError as error:
        console.print(f"[red]{error}[/red]", soft_wrap=True)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
