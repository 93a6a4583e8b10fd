"""Connects a destination to the local stack: what `aep-moengage connect` does on AWS."""

import getpass
from pathlib import Path

from aep_moengage.destination import Destination
from aep_moengage_cli import documents
from aep_moengage_cli.documents import UnusableFile
from aep_moengage_cli.local.deployment import Deployment, client
from aep_moengage_cli.local.problems import LocalStackError
from aep_moengage_cli.publishing import PASSWORD, Publishing


def read_destination(file: Path) -> tuple[Destination, str]:
    """Returns the destination of a file, and its document as JSON.

    Raises:
        LocalStackError: if the file cannot be read or used, naming its faults.
    """
    try:
        return documents.read_destination(file)
    except UnusableFile as error:
        raise LocalStackError(f"The destination file {file} cannot be used: {error}") from None


def connect(deployment: Deployment, endpoint_url: str, file: Path, password: str) -> tuple[Destination, str]:
    """Publishes the destination of a file; returns it, and a token that senders may show."""
    destination, document = read_destination(file)
    publishing = Publishing(
        client("dynamodb", endpoint_url),
        client("ssm", endpoint_url),
        table=deployment.outputs["DestinationsTableName"],
        parameter_path=deployment.outputs["ParameterPath"],
    )
    active = publishing.active(destination.id)
    publishing.publish(destination.id, document, after=active, who=getpass.getuser(), why="local stack")
    publishing.keep_secret(destination.id, PASSWORD, password)
    return destination, publishing.make_token(destination.id)
