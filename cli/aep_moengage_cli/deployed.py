"""A deployed stack, as its outputs describe it."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from aep_moengage.document.model import Destination
from aep_moengage.functions.destination_store import secrets_path
from aep_moengage.ledger.ledger import Ledger
from aep_moengage.ledger.secret import StackKeys
from aep_moengage.ledger.table import DynamoDBTable
from aep_moengage.moengage.requests import Workspace
from aep_moengage_cli.complaints import Complaint
from aep_moengage_cli.destinations.publishing import PASSWORD, Publishing, operator
from aep_moengage_cli.permissions import Refusals

DEFAULT_STACK = "aep-moengage"
STACK_VARIABLE = "AEP_MOENGAGE_STACK"


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack: its name, its outputs, and clients for what it consists of."""

    name: str
    outputs: Mapping[str, str]
    session: Any

    def output(self, name: str) -> str:
        """Returns an output; raises `Complaint` if the stack has none of that name."""
        if name not in self.outputs:
            why = f"The stack {self.name} has no output {name}: is it the connector's, and deployed to the end?"
            raise Complaint(f"{why} `sam deploy`, or name another one with --stack-name.")
        return self.outputs[name]

    def client(self, service: str) -> Any:
        """Returns a boto3 client of a service."""
        return self.session.client(service)

    def publishing(self) -> Publishing:
        """Returns the writing side of the stack's destinations."""
        return Publishing(
            self.client("dynamodb"),
            self.client("ssm"),
            table=self.output("DestinationsTableName"),
            parameter_path=self.output("ParameterPath"),
            kms_key=self.outputs.get("KmsKeyArn", ""),
        )

    def workspace(self, destination: Destination) -> Workspace:
        """Returns the MoEngage workspace of a destination, with its password; raises `Complaint` if there is none."""
        name = f"{secrets_path(self.output('ParameterPath'), destination.id)}/{PASSWORD}"
        ssm = self.client("ssm")
        try:
            password = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
        except ssm.exceptions.ParameterNotFound:
            raise Complaint(f"{destination.id} has no password in the stack {self.name}: `connect` it first.") from None
        return Workspace(destination.region, destination.username, password, self.output("MoEngageEndpoint"))

    def workspace_id(self, destination: Destination) -> str:
        """Returns what tells a destination's MoEngage workspace from all others."""
        return Workspace(destination.region, destination.username, "").id

    def ledger(self) -> Ledger:
        """Returns the stack's ledger."""
        table = DynamoDBTable(self.client("dynamodb"), self.output("LedgerTableName"))
        return Ledger(table, StackKeys(self.client("ssm"), self.output("ParameterPath")))

    def operator(self) -> str:
        """Returns who works on the stack."""
        return operator(self.client("sts"))

    def profiles_url(self, destination: str) -> str:
        """Returns the URL that a destination's profiles are posted to."""
        return self.output("ProfilesUrl").replace("{id}", destination)


def find_stack(name: str | None, region: str | None, profile: str | None, patience: Config | None = None) -> Stack:
    """Returns the stack of a name; without one, of what the environment or samconfig.toml say.

    `patience`: for how long AWS is waited for, where not as long as boto3 does.

    Raises:
        Complaint: if there is no such stack, saying where it was sought.
    """
    name = name or os.environ.get(STACK_VARIABLE) or _configured() or DEFAULT_STACK
    core = botocore.session.get_session()
    if patience:
        core.set_default_client_config(patience)
    session = boto3.Session(botocore_session=core, profile_name=profile, region_name=region)
    refusals = Refusals(name)
    refusals.watch(session)
    cloudformation = session.client("cloudformation")
    try:
        described = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        where = f"There is no stack {name} in {cloudformation.meta.region_name}"
        raise Complaint(f"{where}: deploy it with `sam deploy`, or use --stack-name and --region.") from None
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
    refusals.outputs = outputs
    return Stack(name, outputs, session)


def _configured(file: Path = Path("samconfig.toml")) -> str | None:
    """The stack's name as `sam deploy` without flags takes it, here."""
    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    default = content.get("default", {})
    sections = (default.get(section, {}).get("parameters", {}) for section in ("deploy", "global"))
    return next((str(section["stack_name"]) for section in sections if "stack_name" in section), None)
