"""`console`: the commands as pages in a browser."""

import webbrowser
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import Local, Profile, Region, StackName
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.terminal import say

if TYPE_CHECKING:
    from aep_moengage_cli.console.subject import Subject

app = application()

_NEEDED = ("starlette", "uvicorn", "python_multipart", "markdown_it")


@app.command()
def console(
    ctx: typer.Context,
    *,
    offline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Map and preview with this destination file, without any AWS.")
    ] = None,
    local: Local = False,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port on 127.0.0.1. Default: any free one.")] = 0,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the address in the browser.")] = True,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Shows the flow, destinations, failures and traces on pages in your browser, until Ctrl-C.

    The pages run on this machine, at 127.0.0.1 only, with your own AWS credentials. The printed address works once, in
    the browser that opens it first. Each page shows the command that does the same, and needs the permission of that
    command. Personal data is masked until you ask for it.

    With --offline the mapping of a destination file is edited and previewed, and saved to the file.

    It needs the packages of the extra `aep-moengage[console]`.

    Example: `aep-moengage console`

    Example: `aep-moengage console --offline events/destination.yaml`

    Exit codes:

    * 0: stopped by Ctrl-C
    * 2: an error, shown on stderr

    Needs: *none*
    """
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        raise CommandError(
            f"The console needs {', '.join(missing)}: install the package with its extra, aep-moengage[console]."
        )
    if offline and local:
        raise CommandError("Use either --offline or --local.")
    from aep_moengage_cli.console.server import serve  # noqa: PLC0415 # only the console needs the extra packages

    subject = _subject(ctx, offline, local=local, stack_name=stack_name, region=region, profile=profile)

    def ready(address: str) -> None:
        say(f"The console of {subject.name} is at {address}")
        say("The address works once. Ctrl-C stops the console.")
        if open_browser:
            webbrowser.open(address)

    try:
        serve(subject, port, ready)
    except OSError as error:
        raise CommandError(f"Port {port} can't be used ({error.strerror}): choose another with --port.") from None


def _subject(
    ctx: typer.Context,
    offline: Path | None,
    *,
    local: bool,
    stack_name: str | None,
    region: str | None,
    profile: str | None,
) -> "Subject":
    from aep_moengage_cli.console.subject import Subject  # noqa: PLC0415 # only the console needs boto3 and Starlette

    if offline:
        return Subject.of_file(offline)
    from aep_moengage_cli.deployed import find_stack  # noqa: PLC0415 # offline needs no boto3

    given = {"--stack-name": stack_name, "--region": region, "--profile": profile}
    options = [word for option, value in given.items() if value for word in (option, value)]
    stack = find_stack(ctx, stack_name, region, profile, local=local)
    return Subject.of_stack(stack, ["--local"] if local else options)
