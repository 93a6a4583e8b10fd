"""`aep-moengage`: the operator's commands.

To add one, write `commands/<name>.py` with a Typer application named `app`, and add its name to `PANELS`.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Annotated, Any, cast

import typer
from typer.core import TyperArgument, TyperGroup

from aep_moengage_cli.errors import CommandError, aws_error
from aep_moengage_cli.permissions import command_of, refusal_lines, refusal_of

PANELS = {  # of the help, in the order in which an operator needs them
    "Set up": (
        "init",
        "check",
        "probe",
        "preview",
        "plan",
        "deploy",
        "connect",
        "samples",
        "adobe-card",
        "truststore",
        "send",
    ),
    "Change": (
        "destinations",
        "activate",
        "sweep",
        "map",
        "apply",
        "history",
        "rollback",
        "pause",
        "resume",
        "rotate-token",
        "rotate-key",
    ),
    "Watch": ("status", "trace", "validate-export", "console"),
    "Repair": ("failures", "purge-stack"),
}
COMMANDS = tuple(name for names in PANELS.values() for name in names)
_METAVARS = {"<str>": "TEXT", "<int>": "N", "<float>": "N", "<int range>": "N", "<float range>": "N"}
_PANEL = {name: panel for panel, names in PANELS.items() for name in names}


class _Commands(TyperGroup):
    """Imports a command when it is invoked, so that `preview` does not wait for boto3. Shows every error."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = cast(Any, dict.fromkeys(COMMANDS))  # only the names, of which one is suggested
        _without_noise(self)

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # noqa: ARG002 # Typer's signature
        return list(COMMANDS)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]  # noqa: ARG002 # as above
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"aep_moengage_cli.commands.{cmd_name.replace('-', '_')}")
        command = typer.main.get_command(module.app)
        command.name = cmd_name  # Typer names single commands only
        command.rich_help_panel = _PANEL[cmd_name]  # type: ignore[attr-defined] # Typer's, of its own commands
        _without_noise(command)
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


def _without_noise(command: Any) -> None:
    """Shows `FILE` for `{FILE}` in the usage line, and no type where its name says nothing: `<bool>`, `<str>`."""
    parts = (getattr(command, "commands", None) or {}).values()
    for each in (command, *filter(None, parts)):  # the root's are imported when they are invoked
        each.collect_usage_pieces = _plain(each.collect_usage_pieces)
        each.get_params = _untyped(each.get_params)


def _plain(pieces: Callable[[typer.Context], list[str]]) -> Callable[[typer.Context], list[str]]:
    return lambda ctx: [piece.replace("{", "").replace("}", "") for piece in pieces(ctx)]


def _untyped(parameters: Callable[[typer.Context], list[Any]]) -> Callable[[typer.Context], list[Any]]:
    def untyped(ctx: typer.Context) -> list[Any]:
        found = parameters(ctx)
        for each in found:
            if isinstance(each, TyperArgument):
                each.display_type_rich = lambda **_: None  # type: ignore[method-assign]
            elif each.is_flag:
                each.metavar = ""
            elif each.metavar is None:
                each.metavar = _METAVARS.get(each.display_type(ctx))
        return found

    return untyped


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
