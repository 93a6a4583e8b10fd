"""The local stack that `make up` started, as its description says."""

import json
from pathlib import Path
from typing import Any

from aep_moengage_cli.errors import CommandError

_DESCRIPTION = Path(".local", "stack.json")


def local_stack() -> dict[str, Any]:
    """Returns the description of the running local stack: its addresses, its names, and its token.

    Raises:
        CommandError: if none is running.
    """
    try:
        return dict(json.loads(_DESCRIPTION.read_text()))
    except (OSError, ValueError):
        raise CommandError("No local stack is running: start it with `make up`.") from None
