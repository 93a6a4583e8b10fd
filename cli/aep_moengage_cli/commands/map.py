"""`map`: adds mappings of attributes and identities to a destination, and removes them."""

from typing import Annotated, Any

import typer

from aep_moengage.aep.texts import Transform
from aep_moengage.document.destination import ValueType
from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import (
    AsJson,
    DestinationId,
    Local,
    Profile,
    Region,
    ShareAttributes,
    StackName,
    Why,
    Yes,
)
from aep_moengage_cli.deployed import find_stack
from aep_moengage_cli.destinations.editing import active_version, conclude, edited
from aep_moengage_cli.destinations.mappings import map_attributes, map_identities
from aep_moengage_cli.destinations.publishing import Publishing
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.files.documents import read_value

app = application()


@app.command("map")
def map_fields(
    ctx: typer.Context,
    destination: DestinationId,
    *,
    add: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=SOURCE", help="MoEngage attribute = XDM path or JMESPath, or `all`. May repeat."),
    ] = None,
    type_: Annotated[
        ValueType | None,
        typer.Option(
            "--type",
            metavar="TYPE",
            help=f"The type that the values of each --add are converted to: {', '.join(ValueType)}.",
        ),
    ] = None,
    transform: Annotated[
        list[Transform] | None,
        typer.Option(
            metavar="NAME",
            help=f"A transform of the values of each --add: {', '.join(Transform)}. May repeat; applied in this order.",
        ),
    ] = None,
    default: Annotated[
        str | None,
        typer.Option(metavar="VALUE", help="The value of each --add if the source is absent; written as in YAML."),
    ] = None,
    remove: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A mapped attribute, or `all`. May repeat.")
    ] = None,
    identity: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=SOURCE",
            help="user_id or anonymous_id = an identity namespace, or attribute:PATH. If repeated, the first one that "
            "is present counts. Replaces the present mapping; `NAME=` removes it.",
        ),
    ] = None,
    share_attributes: ShareAttributes = False,
    yes: Yes = False,
    why: Why = "map",
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
    local: Local = False,
) -> None:
    """Maps AEP's fields to MoEngage's attributes: shows the difference, asks, and publishes a new version.

    --remove is applied before --add, so `--remove all --add …` leaves the added attributes only. Adding a mapped
    attribute again replaces its mapping and all its options.

    Examples:

    * `aep-moengage map acme-production --add points=_tenant.loyaltyPoints --type number --default 0`
    * `aep-moengage map acme-production --add email_hash=personalEmail.address --transform lowercase --transform sha256`
    * `aep-moengage map acme-production --identity anonymous_id=ECID --identity anonymous_id=gaid`

    Exit codes:

    * 0: published, or there is no difference
    * 1: there is a difference, and you did not confirm it
    * 2: an error, shown on stderr; nothing was written

    Needs: *Activate Destinations*
    """
    if not add and not remove and not identity:
        raise CommandError("Use --add NAME=SOURCE, --remove NAME, --identity NAME=NAMESPACE, or several of them.")
    options = _options(type_, transform, default)
    if options and not add:
        raise CommandError("--type, --transform and --default need an --add NAME=SOURCE.")

    def change(document: dict[str, Any]) -> None:
        if add or remove:
            mapped = document.get("attributes", {})
            document["attributes"] = map_attributes(mapped, add=add or [], remove=remove or [], options=options)
        if identity:
            document["identities"] = map_identities(document["identities"], identity)

    stack = find_stack(ctx, stack_name, region, profile, local=local)
    publishing = Publishing.of(stack)
    changed = edited(active_version(publishing, destination), change)
    conclude(stack, publishing, changed, why=why, yes=yes, as_json=as_json, share_attributes=share_attributes)


def _options(type_: ValueType | None, transform: list[Transform] | None, default: str | None) -> dict[str, Any]:
    options = {"type": type_, "transform": transform, "default": None if default is None else read_value(default)}
    return {name: value for name, value in options.items() if value not in (None, [])}
