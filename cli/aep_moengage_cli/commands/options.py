"""Options that several commands share."""

from typing import Annotated

import typer

from aep_moengage_cli.destinations.destination_ids import destination_ids

_STACK = "Which stack"  # the panel of the help

StackName = Annotated[
    str | None,
    typer.Option(
        help="The deployed stack. Default: AEP_MOENGAGE_STACK, else stack_name in samconfig.toml, else aep-moengage.",
        metavar="NAME",
        rich_help_panel=_STACK,
    ),
]
Region = Annotated[
    str | None,
    typer.Option(
        help="Its AWS region. Default: AWS_DEFAULT_REGION, else the AWS profile's region, else AWS_REGION.",
        metavar="REGION",
        rich_help_panel=_STACK,
    ),
]
Profile = Annotated[
    str | None,
    typer.Option(help="The AWS profile. Default: AWS_PROFILE.", metavar="PROFILE", rich_help_panel=_STACK),
]
Local = Annotated[
    bool,
    typer.Option(
        "--local",
        envvar="AEP_MOENGAGE_LOCAL",
        help="The local stack that `make up` started in this directory or one above.",
        rich_help_panel=_STACK,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Write the result as JSON to standard output.")]
DestinationId = Annotated[
    str, typer.Argument(metavar="ID", help="The destination's id.", autocompletion=destination_ids)
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask for confirmation.")]
ShareAttributes = Annotated[
    bool,
    typer.Option(
        "--share-attributes", help="Map attributes that another destination of the workspace maps: the last one wins."
    ),
]
Why = Annotated[str, typer.Option(help="The reason, for the version history.")]

_EVENTS = "Files of profiles: bodies as AEP sends them, Lambda events with bodies, .jsonl, .ndjson; - reads stdin."
EventFiles = Annotated[list[str], typer.Argument(metavar="EVENT", help=_EVENTS)]
