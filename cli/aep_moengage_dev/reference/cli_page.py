"""The page of the commands, as `--help` shows them."""

import re

import typer
from typer.cli import get_docs_for_click

from aep_moengage_cli.app import app
from aep_moengage_dev.reference.markdown import GENERATED

_PROGRAM = "aep-moengage"
_USAGE = re.compile(r"\*\*Usage\*\*:\n\n```console\n\$ (.*)\n```")
_HELP = re.compile(r"^\* `--help`: .*\n", re.MULTILINE)
_COMMANDS = re.compile(r"\*\*Commands\*\*:\n\n(?:\* .*\n)+\n")
_TYPE = re.compile(r"^(\* `[^`]*?) <[^`]*>`", re.MULTILINE)


def cli_page() -> str:
    """Returns the page of all commands, with their options, exit codes and permissions."""
    command = typer.main.get_command(app)
    context = typer.Context(command, info_name=_PROGRAM, obj={})
    text = get_docs_for_click(obj=command, ctx=context, name=_PROGRAM, title="Commands")
    text = _USAGE.sub(r"```text\nUsage: \1\n```", _COMMANDS.sub("", _HELP.sub("", text)))
    text = _TYPE.sub(r"\1`", text).replace("**Options**:\n\n\n", "")
    title, _, rest = text.partition("\n")
    return f"{title}\n\n{GENERATED}\n{rest.rstrip()}\n"
