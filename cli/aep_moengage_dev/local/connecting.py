"""Connects a destination to the local stack, as `aep-moengage connect` does on AWS."""

import getpass
from pathlib import Path

from aep_moengage.document.destination import Destination
from aep_moengage_cli.destinations.publishing import PASSWORD, Publishing
from aep_moengage_cli.files import documents
from aep_moengage_cli.files.documents import UnusableFile
from aep_moengage_dev.local.deployment import Deployment, client
from aep_moengage_dev.local.problems import LocalStackError


def read_destination(file: Path) -> tuple[Destination, str]:
    """Returns the destination of a file, and its document as JSON.

    Raises:
        LocalStackError: if the file cannot be read or used, with its errors.
    """
    try:
        return documents.read_destination(file)
    except UnusableFile as error:
        raise LocalStackError(f"The destination file {file} cannot be used: {error}") from None


def connect(deployment: Deployment, endpoint_url: str, file: Path, password: str) -> tuple[Destination, str]:
    """Publishes the destination of a file; returns it and a token for senders."""
    destination, document = read_destination(file)
    return destination, connect_document(deployment, endpoint_url, destination.id, document, password)


def connect_document(deployment: Deployment, endpoint_url: str, destination: str, document: str, password: str) -> str:
    """Publishes a valid document of a destination; returns a token for senders."""
    publish(deployment, endpoint_url, destination, document, why="local stack")
    publishing = _publishing(deployment, endpoint_url)
    publishing.keep_secret(destination, PASSWORD, password)
    publishing.make_keys(destination)
    return publishing.make_token(destination)


def publish(deployment: Deployment, endpoint_url: str, destination: str, document: str, *, why: str) -> None:
    """Publishes a document of a destination; its password and tokens stay."""
    publishing = _publishing(deployment, endpoint_url)
    active = publishing.active(destination)
    publishing.publish(destination, document, after=active, who=getpass.getuser(), why=why)


def _publishing(deployment: Deployment, endpoint_url: str) -> Publishing:
    return Publishing(
        client("dynamodb", endpoint_url),
        client("ssm", endpoint_url),
        table=deployment.outputs["DestinationsTableName"],
        parameter_path=deployment.outputs["ParameterPath"],
    )
