"""`up` and `down`: the local stack, left running in the background.

    python -m aep_moengage_dev.local up      settings from DESTINATION, MOENGAGE_ENDPOINT, MOENGAGE_PASSWORD
    python -m aep_moengage_dev.local down

`up` starts `serve` in the background and waits until it is ready; `serve` holds the stack until told to stop.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from aep_moengage_dev.local.keeper import Keeper
from aep_moengage_dev.local.problems import LocalStackError
from aep_moengage_dev.local.stack import SAMPLE_DESTINATION, LocalStack, Wishes
from aep_moengage_dev.project import PROJECT

WORK = PROJECT / ".local"
STACK_FILE = WORK / "stack.json"

console = Console(stderr=True, highlight=False)


def up() -> int:
    """Starts the stack, in place of one that runs, and returns once it is ready."""
    if Keeper(WORK).stop():
        console.print("[dim]· stopped the local stack that was running[/dim]")
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
    console.print(f"\nThe local stack is ready; {STACK_FILE.relative_to(PROJECT)} says how to use it. Try:\n")
    console.print(_try_out(json.loads(STACK_FILE.read_text())), soft_wrap=True, markup=False)
    console.print("\n`make down` stops it.")
    return 0


def down() -> int:
    """Stops the stack, if one runs."""
    stopped = Keeper(WORK).stop()
    STACK_FILE.unlink(missing_ok=True)  # one that was killed has left it behind
    console.print("The local stack has stopped." if stopped else "No local stack is running.")
    return 0


def serve() -> int:
    """Holds the stack until told to stop, or until a part of it ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with (
        Keeper(WORK) as keeper,
        LocalStack(WORK, _wishes(), lambda step: console.print(f"[dim]· {step}[/dim]")) as stack,
    ):
        try:
            stack.write_description(STACK_FILE)
            _detach(WORK / "logs" / "stack.log")
            keeper.keep(stack.check_alive)
        finally:
            STACK_FILE.unlink(missing_ok=True)
    return 0


def _wishes() -> Wishes:
    given = os.environ
    return Wishes(
        destination=Path(given.get("DESTINATION") or SAMPLE_DESTINATION).resolve(),
        moengage_endpoint=given.get("MOENGAGE_ENDPOINT") or None,
        moengage_password=given.get("MOENGAGE_PASSWORD") or None,
    )


def _detach(log: Path) -> None:
    """Tells the waiting `up` that all is ready, and lets go of its terminal."""
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.write(1, b"ready\n")
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)


def _try_out(stack: dict[str, str]) -> str:
    url, token = stack["endpoint"], stack["token"]
    return f"  curl -d @events/http_api_default.json -H 'Authorization: Bearer {token}' \\\n    '{url}'"


_VERBS = {"up": up, "down": down, "serve": serve}


def main(arguments: list[str]) -> int:
    """Runs a verb."""
    if len(arguments) != 1 or arguments[0] not in _VERBS:
        console.print(f"Say one of: {', '.join(_VERBS)}.")
        return 2
    try:
        return _VERBS[arguments[0]]()
    except LocalStackError as error:
        console.print(f"[red]{error}[/red]", soft_wrap=True)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
