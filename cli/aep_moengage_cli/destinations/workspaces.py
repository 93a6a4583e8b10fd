"""The MoEngage workspace of a destination, with the password that the stack stores."""

from aep_moengage.document.destination import Destination
from aep_moengage.functions.destination_store import secrets_path
from aep_moengage.moengage.requests import Workspace
from aep_moengage_cli.deployed import Stack
from aep_moengage_cli.destinations.publishing import PASSWORD
from aep_moengage_cli.errors import CommandError


def stored_workspace(stack: Stack, destination: Destination) -> Workspace:
    """Returns the workspace; raises `CommandError` if the stack stores no password of this destination."""
    name = f"{secrets_path(stack.output('ParameterPath'), destination.id)}/{PASSWORD}"
    ssm = stack.client("ssm")
    try:
        password = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        raise CommandError(
            f"The stack {stack.name} stores no password of {destination.id}: run `aep-moengage connect FILE` first."
        ) from None
    return Workspace(destination.region, destination.username, password, stack.output("MoEngageEndpoint"))
