"""The local stack that `make up` started, as its description says."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aep_moengage_cli.errors import CommandError

_DESCRIPTION = Path(".local", "stack.json")
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}  # of the emulated account's owner


def local_stack() -> dict[str, Any]:
    """Returns the description of the running local stack: its addresses, its names, and its token.

    It is looked for in the current directory, then in those above it.

    Raises:
        CommandError: if none is running.
    """
    here = Path.cwd()
    for directory in (here, *here.parents):
        try:
            return dict(json.loads((directory / _DESCRIPTION).read_text()))
        except (OSError, ValueError):
            continue
    raise CommandError("No local stack is running in this directory or one above: start it with `make up`.")


class LocalSession:
    """Clients of a local stack, as those of a boto3 session; no AWS profile and no AWS variable changes them."""

    def __init__(self, description: Mapping[str, Any]) -> None:
        import boto3  # noqa: PLC0415 # a command that posts to the local stack need not wait for it
        import botocore.session  # noqa: PLC0415 # as above

        core = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
        self._session = boto3.Session(botocore_session=core, region_name=description["region"], **KEYS)
        self._url = description["aws_endpoint_url"]

    def client(self, service: Any) -> Any:
        """Returns a client of a service of the emulated AWS."""
        return self._session.client(service, endpoint_url=self._url)
