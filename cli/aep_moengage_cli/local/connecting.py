"""Connects a destination to the local stack: what `aep-moengage connect` does on AWS."""

import json
from pathlib import Path
from typing import Any

import yaml

from aep_moengage.destination import Destination, parse_destination
from aep_moengage.destinations import ACTIVE, secrets_path
from aep_moengage.faults import DestinationFaults
from aep_moengage.senders import new_token, token_digest
from aep_moengage_cli.local.deployment import Deployment, client
from aep_moengage_cli.local.problems import LocalStackError


def read_destination(file: Path) -> tuple[Destination, str]:
    """Returns the destination of a file, and its document as JSON.

    Raises:
        LocalStackError: if the file cannot be read or used, naming its faults.
    """
    try:
        document = json.dumps(yaml.safe_load(file.read_text()), default=str)
        return parse_destination(document), document
    except (OSError, yaml.YAMLError, DestinationFaults) as error:
        raise LocalStackError(f"The destination file {file} cannot be used: {error}") from None


def connect(deployment: Deployment, endpoint_url: str, file: Path, password: str) -> tuple[Destination, str]:
    """Activates the destination of a file; returns it, and a token that senders may show."""
    destination, document = read_destination(file)
    token = new_token(destination.id)
    # CONNECT: the one place that writes a destination here; to become a call of aep_moengage_cli.connection
    item = {"id": destination.id, "version": ACTIVE, "document": document}
    dynamodb: Any = client("dynamodb", endpoint_url)
    dynamodb.put_item(
        TableName=deployment.outputs["DestinationsTableName"],
        Item={name: {"S": value} for name, value in item.items()} | {"number": {"N": "1"}},
    )
    path = secrets_path(deployment.outputs["ParameterPath"], destination.id)
    ssm: Any = client("ssm", endpoint_url)
    for name, value in (("password", password), ("tokens/local", token_digest(token))):
        ssm.put_parameter(Name=f"{path}/{name}", Value=value, Type="SecureString", Overwrite=True)
    return destination, token
