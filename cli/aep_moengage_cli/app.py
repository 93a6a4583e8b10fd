"""`aep-moengage`: the operator's commands.

To add one, write `commands/<name>.py` with a Typer application named `app`, and add its name to `COMMANDS`.
"""

from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from aep_moengage_cli.errors import CommandError, aws_error
from aep_moengage_cli.permissions import command_of, refusal_lines, refusal_of

COMMANDS = (
    "init",
    "check",
    "probe",
    "preview",
    "plan",
    "deploy",
    "connect",
    "adobe-card",
    "truststore",
    "destinations",
    "activate",
    "sweep",
    "map",
    "apply",
    "history",
    "rollback",
    "send",
    "validate-export",
    "console",
    "status",
    "trace",
    "failures",
    "pause",
    "resume",
    "rotate-token",
    "rotate-key",
    "purge-stack",
)


class _Commands(TyperGroup):
    """Imports a command when it is invoked, so that `preview` does not wait for boto3. Shows every error."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # noqa: ARG002 # Typer's signature
        return list(COMMANDS)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]  # noqa: ARG002 # as above
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"aep_moengage_cli.commands.{cmd_name.replace('-', '_')}")
        command = typer.main.get_command(module.app)
        command.name = cmd_name  # Typer names single commands only
        return command

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override] # as above
        arguments = ctx.args  # the command's; invoking removes them
        try:
            return super().invoke(ctx)
        except Exception as error:
            shown = _shown(error, ctx, command_of([ctx.invoked_subcommand or "", *arguments]))
            if shown is None:
                raise
            shown.show()
            raise typer.Exit(shown.exit_code) from error


def _shown(error: Exception, ctx: typer.Context, command: str) -> CommandError | None:
    """Returns what the operator is shown; None for Typer's own errors and for bugs."""
    if refusal := refusal_of(error):
        stack = ctx.find_root().obj  # kept by `find_stack`
        name, outputs = (stack.name, stack.outputs) if stack else ("", {})
        return CommandError(*refusal_lines(refusal, command, name, outputs))
    return error if isinstance(error, CommandError) else aws_error(error)


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,  # they would show the values of variables
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from aep_moengage_cli.version import VERSION  # noqa: PLC0415 # the metadata takes 20 ms to read

        typer.echo(f"aep-moengage {VERSION}")
        raise typer.Exit


@app.callback()
def main(
    *,
    version: Annotated[  # its callback does the work
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Connects Adobe Experience Platform to MoEngage, and shows what happened to each profile.

    Results go to standard output, as JSON with --json. Everything else goes to standard error.
    """
