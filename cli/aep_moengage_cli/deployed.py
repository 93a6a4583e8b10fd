"""A deployed stack, as its outputs describe it."""

import getpass
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import typer
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.local_stack import LocalSession, local_stack
from aep_moengage_cli.terminal import say
from aep_moengage_cli.version import other_version

DEFAULT_STACK = "aep-moengage"
STACK_VARIABLE = "AEP_MOENGAGE_STACK"


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack: its name, its outputs, and clients for its resources."""

    name: str
    outputs: Mapping[str, str]
    session: Any

    def output(self, name: str) -> str:
        """Returns an output; raises `CommandError` if the stack has none of that name."""
        if name not in self.outputs:
            raise CommandError(
                f"The stack {self.name} has no output {name}; it may be another stack, or not completely deployed.",
                "Run `sam deploy`, or choose a stack with --stack-name.",
            )
        return self.outputs[name]

    def client(self, service: str) -> Any:
        """Returns a boto3 client of a service."""
        return self.session.client(service)

    def operator(self) -> str:
        """Returns the caller's ARN, or the user name on this machine if AWS doesn't return it."""
        try:
            return str(self.client("sts").get_caller_identity()["Arn"])
        except (BotoCoreError, ClientError):
            return getpass.getuser()

    def profiles_url(self, destination: str) -> str:
        """Returns the URL that a destination's profiles are posted to."""
        return self.output("ProfilesUrl").replace("{id}", destination)


def find_stack(
    ctx: typer.Context,
    name: str | None,
    region: str | None,
    profile: str | None,
    config: Config | None = None,
    *,
    local: bool = False,
) -> Stack:
    """Returns the stack of a name; without one, the stack that the environment or samconfig.toml names.

    The context keeps the stack, so that an error can name it. `config` replaces boto3's default configuration. `local`
    is the stack that `make up` started.

    Raises:
        CommandError: if there is no such stack.
    """
    if local:
        if name or region or profile:
            raise CommandError("Use --local, or --stack-name, --region and --profile, not both.")
        stack = ctx.find_root().obj = found_locally(local_stack())
        return stack
    stack = ctx.find_root().obj = Stack(stack_name(name), {}, aws_session(region, profile, config))
    stack = ctx.find_root().obj = described(stack)
    if not ctx.resilient_parsing and (warning := other_version(stack.name, stack.outputs.get("Version"))):
        say(warning)  # a completion can't show it
    return stack


def stack_name(given: str | None) -> str:
    """Returns the name that was given, else that of the environment or of samconfig.toml, else the default."""
    return given or os.environ.get(STACK_VARIABLE) or _configured() or DEFAULT_STACK


def found_locally(description: Mapping[str, Any]) -> Stack:
    """Returns the local stack of a description, with the URL at which profiles can be posted to it."""
    stack = described(Stack(description["stack"], {}, LocalSession(description)))
    return replace(stack, outputs={**stack.outputs, "ProfilesUrl": description["profiles_url"]})


def described(stack: Stack) -> Stack:
    """Returns a stack with its outputs; raises `CommandError` if there is no such stack."""
    return replace(stack, outputs=_outputs(stack))


def aws_session(region: str | None, profile: str | None, config: Config | None = None) -> Any:
    """Returns a boto3 session. `config` replaces boto3's default configuration of clients."""
    core = botocore.session.Session(profile=profile)
    if config:
        core.set_default_client_config(config)
    # AWS's other SDKs read AWS_REGION, boto3 doesn't
    region = region or core.get_config_variable("region") or os.environ.get("AWS_REGION")
    return boto3.Session(botocore_session=core, region_name=region)


def _outputs(stack: Stack) -> dict[str, str]:
    cloudformation = stack.client("cloudformation")
    try:
        described = cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        raise CommandError(
            f"There is no stack {stack.name} in {cloudformation.meta.region_name}.",
            "Deploy it with `sam deploy`, or choose another with --stack-name and --region.",
        ) from None
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def _configured(file: Path = Path("samconfig.toml")) -> str | None:
    """The stack's name that `sam deploy` without options uses in the current directory."""
    try:
        content = tomllib.loads(file.read_text("utf-8-sig"))
    except (OSError, ValueError):
        return None
    default = content.get("default", {})
    sections = (default.get(section, {}).get("parameters", {}) for section in ("deploy", "global"))
    return next((str(section["stack_name"]) for section in sections if "stack_name" in section), None)
