"""`rotate-token`: creates a second token beside the live one, then ends the older one."""

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from aep_moengage.functions.destination_store import CACHE_SECONDS
from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, DestinationId, Local, Profile, Region, StackName, Why, Yes
from aep_moengage_cli.deployed import find_stack
from aep_moengage_cli.destinations.editing import NOT_PUBLISHED, active_version
from aep_moengage_cli.destinations.publishing import TOKENS, Publishing, Secret, short_token
from aep_moengage_cli.destinations.versions import Version
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.terminal import agreed, emit, say

app = application()


@app.command("rotate-token")
def rotate_token(
    ctx: typer.Context,
    destination: DestinationId,
    *,
    end_old: Annotated[
        bool, typer.Option("--end-old", "--finish", help="End the older token. Asks first: AEP may still use it.")
    ] = False,
    yes: Yes = False,
    why: Why = "rotate-token",
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
    local: Local = False,
) -> None:
    """Creates a second token beside the live one and shows it once; --end-old ends the older of the two.

    Both tokens are accepted until then, so no request is refused. Run it, enter the new token in the destination's
    account in AEP, check that profiles arrive, then run it with --end-old. The two tokens are called `primary` and
    `secondary` and take turns.

    Examples:

    * `aep-moengage rotate-token acme-production`
    * `aep-moengage rotate-token acme-production --end-old`

    Exit codes:

    * 0: done; with --end-old also if there is no older token
    * 1: you did not confirm the end of the older token
    * 2: an error, shown on stderr

    Needs: *Manage Destinations*
    """
    stack = find_stack(ctx, stack_name, region, profile, local=local)
    publishing = Publishing.of(stack)
    active, live = active_version(publishing, destination), publishing.tokens(destination)
    rotation = _Rotation(publishing, active, live, stack.operator(), why)
    result = rotation.end_older(yes=yes) if end_old else rotation.make_second()
    if as_json:
        emit(result)
    elif token := result["token"]:
        typer.echo(token)


@dataclass(frozen=True, slots=True)
class _Rotation:
    """The live tokens of a destination, oldest first, and who changes them for what reason.

    A version is published before the tokens change: of two operators who rotate at once, the second changes nothing.
    """

    publishing: Publishing
    active: Version
    live: list[Secret]
    who: str
    why: str

    def make_second(self) -> dict[str, Any]:
        """Creates the second token, or the first if there is none."""
        names = [secret.name for secret in self.live]
        name = next((name for name in TOKENS if name not in names), None)
        if name is None:
            raise CommandError(f"Two tokens are live, {_named(self.live)}: end the older one first, with --end-old.")
        version = self._publish(f"{short_token(name)} token created")
        token = self.publishing.make_token(self.active.destination, name)
        say(f"The {short_token(name)} token is accepted within {CACHE_SECONDS} s. It is shown only once.")
        say("Enter it in the destination's account in AEP (Destinations, Accounts) in place of the older one.")
        if self.live:
            say(f"Accepted too, until you run this with --end-old: {_named(self.live)}.")
        return self._result(version, [*names, name], token)

    def end_older(self, *, yes: bool) -> dict[str, Any]:
        """Ends the older of two tokens."""
        names = [secret.name for secret in self.live]
        if len(names) < len(TOKENS):
            say(f"There is no older token to end. Live tokens: {_named(self.live) or 'none'}.")
            return self._result(self.active, names)
        older = short_token(names[0])
        if not yes and not agreed(f"End the {older} token? AEP loses data if it still uses this token."):
            say("Nothing was changed.")
            raise typer.Exit(NOT_PUBLISHED)
        version = self._publish(f"{older} token ended")
        self.publishing.forget_secrets(self.active.destination, names[:1])
        say(f"The {older} token is refused within {CACHE_SECONDS} s.")
        return self._result(version, names[1:])

    def _publish(self, what: str) -> Version:
        active = self.active
        return self.publishing.publish(
            active.destination, active.document, after=active, who=self.who, why=self.why, what=what
        )

    def _result(self, version: Version, names: list[str], token: str | None = None) -> dict[str, Any]:
        live = [short_token(name) for name in names]
        return {"destination": version.destination, "version": version.number, "token": token, "live": live}


def _named(live: list[Secret]) -> str:
    return ", ".join(f"{short_token(secret.name)} (since {secret.since:%Y-%m-%d %H:%M})" for secret in live)
