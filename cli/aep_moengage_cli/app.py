"""`aep-moengage`: the operator's commands.

To add one, write `commands/<name>.py` with a Typer application named `app`, and its name into `COMMANDS`.
"""

from importlib import import_module
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from aep_moengage_cli.complaints import Complaint, aws_complaint
from aep_moengage_cli.permissions import NotPermitted, command_of
from aep_moengage_cli.terminal import say

COMMANDS = (
    "init",
    "check",
    "preview",
    "connect",
    "destinations",
    "activate",
    "sweep",
    "map",
    "apply",
    "history",
    "rollback",
    "send",
    "validate-export",
    "status",
    "trace",
    "failures",
    "pause",
    "resume",
    "rotate-token",
    "rotate-key",
    "purge-stack",
)
CANNOT_GO_ON = 2  # the exit code of a command that could not do its work


class _Commands(TyperGroup):
    """Imports a command only when it is asked for: `preview` shall not wait for boto3."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # noqa: ARG002 # Typer's signature
        return list(COMMANDS)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]  # noqa: ARG002 # as above
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"aep_moengage_cli.commands.{cmd_name.replace('-', '_')}")
        command = typer.main.get_command(module.app)
        command.name = cmd_name  # Typer gives one to single commands only
        return command

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override] # as above
        arguments = ctx.args  # those of the command; invoking takes them away
        try:
            return super().invoke(ctx)
        except NotPermitted as missing:
            self._complain(Complaint(*missing.lines_for(command_of([ctx.invoked_subcommand or "", *arguments]))))
        except Complaint as complaint:
            self._complain(complaint)
        except Exception as error:
            if (refused := aws_complaint(error)) is None:
                raise
            self._complain(refused)

    def _complain(self, complaint: Complaint) -> NoReturn:
        for line in complaint.lines:
            say(line)
        raise typer.Exit(CANNOT_GO_ON)


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,  # they would show what variables held
)


@app.callback()
def main() -> None:
    """Connects Adobe Experience Platform to MoEngage, and shows what became of each profile.

    Results go to standard output, as JSON with --json; what is said to you beside them goes to standard error.
    """
