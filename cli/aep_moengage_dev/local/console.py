"""The console of a local stack, as a child process.

    python -m aep_moengage_dev.local.console STACK     ends with its standard input

STACK is the stack's description as JSON; one line of JSON with the address is printed when the console is ready.
"""

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from aep_moengage_cli.console.server import serve
from aep_moengage_cli.console.subject import Subject
from aep_moengage_cli.deployed import found_locally
from aep_moengage_dev.local.children import Child
from aep_moengage_dev.project import PROJECT, tool_environment

_START_SECONDS = 60.0
_NEEDED = ("aws_endpoint_url", "profiles_url", "region", "stack")


class LocalConsole(Child):
    """The console of a local stack; `address` works once."""

    def __init__(self, work: Path, description: dict[str, Any]) -> None:
        super().__init__(
            "The console",
            [sys.executable, "-m", __name__, json.dumps({name: description[name] for name in _NEEDED})],
            log=work / "logs" / "console.log",
            env=tool_environment(),
            cwd=PROJECT,
        )
        self.address: str = self.greeting(_START_SECONDS)["address"]


def main(description: str) -> None:
    """Serves the console until standard input ends."""
    threading.Thread(target=_end_with_input, daemon=True).start()
    serve(Subject.of_stack(found_locally(json.loads(description)), ["--local"]), 0, _greet)


def _greet(address: str) -> None:
    sys.stdout.write(json.dumps({"address": address}) + "\n")
    sys.stdout.flush()


def _end_with_input() -> None:
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)  # nothing is left to be saved


if __name__ == "__main__":
    main(sys.argv[1])
