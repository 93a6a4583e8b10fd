"""Capturing: a destination that is connected before there is a mapping, and paused until there is one."""

import json

from aep_moengage.document.destination import Destination
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.files.documents import destination_of
from aep_moengage_cli.files.drafts import Heading

UNMAPPED = "not_mapped_yet"  # the namespace of no identity: with it every profile would be skipped
_NEXT_STEPS = """What AEP sends meanwhile is kept. Activate an audience to {id} in AEP, then run:
  aep-moengage samples {id} --output samples.json{where}
  aep-moengage init samples.json --id {id} --data-center {dc} --username {username} --output {id}.yaml
  aep-moengage check {id}.yaml --events samples.json
  aep-moengage apply {id}.yaml{where}
  aep-moengage resume {id}{where}"""


def next_steps(destination: Destination, *, local: bool) -> str:
    """Returns what to do with a destination that captures."""
    where = " --local" if local else ""
    return _NEXT_STEPS.format(id=destination.id, dc=destination.region, username=destination.username, where=where)


def unmapped(heading: Heading) -> tuple[Destination, str]:
    """Returns a destination without a mapping, and its document as JSON; raises `UnusableFile`."""
    fields = {"id": heading.id, "name": heading.name, "region": heading.region, "username": heading.username}
    return destination_of(json.dumps({**fields, "audiences": "all", "identities": {"user_id": UNMAPPED}}))


def refuse_unmapped(destination: str, document: str) -> None:
    """Raises `CommandError` for a document without a mapping: every profile that waits would be skipped for good."""
    identities = json.loads(document).get("identities", {})
    if identities == {"user_id": UNMAPPED}:
        raise CommandError(
            f"{destination} has no mapping yet: every profile that waits would be skipped for good.",
            f"Write one with `aep-moengage samples {destination}` and `init`, and publish it with `apply`.",
        )
