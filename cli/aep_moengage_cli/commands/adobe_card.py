"""`adobe-card`: writes and publishes a private Destination SDK destination, and posts to the connector as it does."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from aep_moengage_cli.adobe.authoring import IDENTITY_SERVICE, PLATFORM, AdobeProject, AuthoringApi
from aep_moengage_cli.adobe.card import DEFAULT_NAME, documents
from aep_moengage_cli.adobe.message_template import JsonFilter
from aep_moengage_cli.adobe.publication import Plan, plan, publish
from aep_moengage_cli.commands import application
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.terminal import emit, say

app = application()

_VARIABLES = ("ADOBE_CLIENT_ID", "ADOBE_CLIENT_SECRET", "ADOBE_ORGANIZATION")


@app.callback(invoke_without_command=True)
def adobe_card(
    ctx: typer.Context,
    *,
    endpoint: Annotated[
        str | None, typer.Option(metavar="URL", help="The address that Adobe posts to: the stack's output ProfilesUrl.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Write the documents to this directory.")] = None,
    name: Annotated[str, typer.Option(help="The card's name in Adobe's catalog.")] = DEFAULT_NAME,
    json_filter: Annotated[
        JsonFilter, typer.Option(help="What prints JSON in Adobe's templates; see docs/connect-adobe.md.")
    ] = "raw",
    publishing: Annotated[
        bool, typer.Option("--publish", help="Show what would be created or updated at Adobe; with --yes, do it.")
    ] = False,
    sandbox: Annotated[str, typer.Option(envvar="ADOBE_SANDBOX", help="The sandbox of Experience Platform.")] = "prod",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Publish.")] = False,
) -> None:
    """Writes a card for Adobe's catalog: a private destination whose mapping is done in Adobe's interface.

    The documents are a destination server and a destination configuration for Adobe's Destination SDK. --publish
    creates or updates them at Adobe, by name, and has Adobe render sample profiles with the template: a card in use is
    changed only if the connector reads what Adobe had. A private destination need not be submitted to Adobe.

    Publishing uses an Adobe I/O project with the permission Destination Authoring: the environment variables
    ADOBE_CLIENT_ID, ADOBE_CLIENT_SECRET and ADOBE_ORGANIZATION.

    Example: `aep-moengage adobe-card --endpoint https://profiles.example.com --out card`

    Exit codes:

    * 0: written; or published; or shown what would be published
    * 2: an error, shown on stderr

    Needs: *none*
    """
    if ctx.invoked_subcommand:
        return
    if endpoint is None or not (out or publishing):
        raise CommandError("Give --endpoint, and --out to write the documents or --publish to publish them.")
    made = documents(endpoint, name, json_filter)
    if out:
        _write(out, made)
    if publishing:
        _publish(made["destination-server.json"], name, _project(sandbox), confirmed=yes)


def _write(directory: Path, made: Mapping[str, dict[str, Any]]) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for file, document in made.items():
            (directory / file).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
            say(f"{directory / file} is written.")
    except OSError as error:
        raise CommandError(f"{directory}: {error.strerror or 'cannot be written'}.") from None


def _project(sandbox: str) -> AdobeProject:
    missing = [variable for variable in _VARIABLES if not os.environ.get(variable)]
    if missing:
        raise CommandError(f"Set {', '.join(missing)}: those of an Adobe I/O project with Destination Authoring.")
    client_id, secret, organization = (os.environ[variable] for variable in _VARIABLES)
    platform = os.environ.get("ADOBE_PLATFORM_URL", PLATFORM)
    identity_service = os.environ.get("ADOBE_IMS_URL", IDENTITY_SERVICE)
    return AdobeProject(client_id, secret, organization, sandbox, platform, identity_service)


def _publish(server: Mapping[str, Any], name: str, project: AdobeProject, *, confirmed: bool) -> None:
    api = AuthoringApi(project)
    planned = plan(api, name)
    for what, instance in (("destination server", planned.server), ("destination", planned.configuration)):
        say(f"{what} {name}: {f'update {instance}' if instance else 'create'}")
    if not confirmed:
        say("Nothing was changed. To publish, run this again with --yes.")
        return
    done: Plan = publish(api, server, name, planned)
    emit({"destinationServerId": done.server, "destinationId": done.configuration})
    say(f"Adobe renders the samples as the connector reads them. Find {name} in the catalog of the sandbox.")
