"""Options that several commands share."""

from typing import Annotated

import typer

from aep_moengage_cli.destinations.destination_ids import destination_ids

StackName = Annotated[
    str | None,
    typer.Option(
        help="The deployed stack; else AEP_MOENGAGE_STACK, else samconfig.toml's stack_name, else aep-moengage."
    ),
]
Region = Annotated[str | None, typer.Option(help="The AWS region of the stack; else that of the AWS configuration.")]
Profile = Annotated[str | None, typer.Option(help="The AWS profile to use.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write the result as JSON to standard output.")]
DestinationId = Annotated[
    str, typer.Argument(metavar="ID", help="The destination's id.", autocompletion=destination_ids)
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Why = Annotated[str, typer.Option(help="The reason, for the history of versions.")]
