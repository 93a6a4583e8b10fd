"""`deploy`: builds and deploys the stack that this command carries, without a clone."""

import shlex
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import Profile, Region, StackName, Yes
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.sam_project import (
    build_environment,
    deploy_words,
    read_parameters,
    sam_command,
    sam_environment,
    write_project,
)
from aep_moengage_cli.terminal import say
from aep_moengage_cli.version import VERSION

app = application()


@app.command()
def deploy(
    *,
    parameter: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A parameter of the template; others keep their values. Repeatable."),
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option(metavar="DIRECTORY", help="Only write the project there, and print the lines that deploy it."),
    ] = None,
    yes: Yes = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Deploys the stack, or upgrades it to the version of this command. No clone of the repository is needed.

    `sam build` and `sam deploy` run on the template, the functions and the layer that this command carries. SAM shows
    what would change, and asks. It takes AWS SAM (`sam` on PATH, else uv's `uvx` fetches it), make, and Python 3.13
    with uv or pip for the layer.

    Example: `aep-moengage deploy --parameter AlertEmail=you@example.com`

    Example: `aep-moengage deploy --write connector`

    Exit codes:

    * 0: deployed, or written; the stack may have been up to date
    * 1: SAM failed, or you did not confirm; its output says more
    * 2: an error, shown on stderr

    Needs: *none* of the four, which come with the stack: the rights to create it
    """
    from aep_moengage_cli.deployed import aws_session  # noqa: PLC0415 # help must not wait for boto3
    from aep_moengage_cli.deployed import stack_name as stack_named  # noqa: PLC0415 # as above

    parameters, stack = read_parameters(parameter or ()), stack_named(stack_name)
    where = aws_session(region, profile).region_name
    if not where:
        raise CommandError("No AWS region is set: use --region, or set AWS_REGION.")
    words = deploy_words(stack, where, profile, parameters, ask=not yes and (bool(write) or sys.stdin.isatty()))
    if write:
        write_project(write)
        _show_lines(write, build_environment(parameters), words)
        return
    sam, environment = sam_command(), sam_environment(parameters)
    with TemporaryDirectory() as directory:
        write_project(Path(directory))
        say(f"Building version {VERSION}")
        for line in (["build"], words):
            if subprocess.run([*sam, *line], cwd=directory, env=environment, check=False).returncode:  # noqa: S603 # SAM
                say(f"`sam {line[0]}` failed; CloudFormation rolls back what it had begun.")
                raise typer.Exit(1)
    say(f"The stack {stack} has version {VERSION}. Next: `aep-moengage connect FILE`.")


def _show_lines(directory: Path, variables: dict[str, str], words: list[str]) -> None:
    settings = [f"{name}={value}" for name, value in variables.items()]
    typer.echo(shlex.join(["cd", str(directory)]))
    typer.echo(shlex.join([*settings, "sam", "build"]))
    typer.echo(shlex.join(["sam", *words]))
