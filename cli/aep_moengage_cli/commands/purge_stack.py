"""`purge-stack`: deletes what `sam delete` leaves of a stack."""

from typing import Annotated

import typer
from rich.console import Console

from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, Profile, Region, Yes
from aep_moengage_cli.deployed import aws_session
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.leftovers import Leftover, Leftovers
from aep_moengage_cli.tables import add_row, column, table
from aep_moengage_cli.terminal import emit, say

app = application()
NOT_CONFIRMED = 1  # the exit code of a purge that the operator did not confirm


@app.command()
def purge_stack(
    stack: Annotated[str, typer.Argument(metavar="STACK", help="The name of the deleted stack.")],
    *,
    delete: Annotated[
        bool, typer.Option("--delete", help="Delete the leftovers; without this, only list them.")
    ] = False,
    yes: Yes = False,
    as_json: AsJson = False,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Lists what `sam delete` left of a stack, and with --delete deletes it for good.

    The leftovers are the two tables with all versions of the destinations and what MoEngage holds of each user, and
    the secrets in Parameter Store. No backup remains. The stack itself must have been deleted before.

    Example: `aep-moengage purge-stack aep-moengage --delete`

    Exit codes:

    * 0: listed or deleted; there may be nothing left
    * 1: you did not confirm; nothing was deleted
    * 2: an error, shown on stderr; running it again is safe

    Needs: *none* of the four, whose policies are gone with the stack: the rights of whoever deleted the stack
    """
    leftovers = Leftovers(aws_session(region, profile), stack)
    if leftovers.stack_exists():
        raise CommandError(f"The stack {stack} still exists: run `sam delete --stack-name {stack}` first.")
    found = leftovers.find()
    if not as_json:
        _show(stack, found)
    if delete and found:
        _confirm(stack, yes=yes)
        for leftover in found:
            leftovers.delete(leftover)
    if as_json:
        emit({"stack": stack, "leftovers": [_fields(leftover) for leftover in found], "deleted": delete})
    elif found:
        say("Deleted for good." if delete else "Nothing was deleted. Add --delete to delete all of this for good.")


def _show(stack: str, found: list[Leftover]) -> None:
    if not found:
        say(f"Nothing is left of the stack {stack}.")
        return
    shown = table("kind", column("name", whole=True))
    for leftover in found:
        add_row(shown, leftover.kind, leftover.name)
    Console(highlight=False).print(shown)


def _confirm(stack: str, *, yes: bool) -> None:
    if yes:
        return
    try:
        typed = typer.prompt(f"Type the name of the stack ({stack}) to delete this for good", err=True)
    except typer.Abort:
        typed = ""
    if typed != stack:
        say("Nothing was deleted.")
        raise typer.Exit(NOT_CONFIRMED)


def _fields(leftover: Leftover) -> dict[str, str]:
    return {"kind": leftover.kind, "name": leftover.name}
