"""`adobe-card`: writes and publishes a private Destination SDK destination, and posts to the connector as it does."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from aep_moengage.document.destination import Destination
from aep_moengage.document.parsing import parse_destination
from aep_moengage.mapping.mapping import CompiledMapping
from aep_moengage_cli.adobe.authoring import AuthoringApi
from aep_moengage_cli.adobe.card import DEFAULT_NAME, documents
from aep_moengage_cli.adobe.message_template import JsonFilter, message_template
from aep_moengage_cli.adobe.platform import Platform, project_of_environment
from aep_moengage_cli.adobe.posting import HeldUser, Posted, held, post
from aep_moengage_cli.adobe.publication import Plan, plan, publish
from aep_moengage_cli.adobe.rendering import render
from aep_moengage_cli.adobe.samples import NAMES, fresh_samples
from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, DestinationId, Local, Profile, Region, StackName
from aep_moengage_cli.deployed import find_stack
from aep_moengage_cli.destinations.editing import active_version
from aep_moengage_cli.destinations.publishing import Publishing
from aep_moengage_cli.destinations.workspaces import stored_workspace
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.files.event_files import read_profiles
from aep_moengage_cli.terminal import emit, say

app = application()


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
    submitting: Annotated[
        bool, typer.Option("--submit", help="With --publish: submit the card to Adobe, to be offered to all customers.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Publish, and submit if asked for.")] = False,
) -> None:
    """Writes a card for Adobe's catalog: a private destination whose mapping is done in Adobe's interface.

    The documents are a destination server and a destination configuration for Adobe's Destination SDK. --publish
    creates or updates them at Adobe, by name, and has Adobe render sample profiles with the template: a card in use is
    changed only if the connector reads what Adobe had.

    A private card is in your organization's catalog without being submitted. --submit is for a card that Adobe should
    offer to all its customers, with the address of your API in it: Adobe reviews it first.

    Publishing uses an Adobe I/O project with the permission Destination Authoring: the environment variables
    ADOBE_CLIENT_ID, ADOBE_CLIENT_SECRET and ADOBE_ORGANIZATION.

    Example: `aep-moengage adobe-card --endpoint https://profiles.example.com --out card`

    Exit codes:

    * 0: written; or published and submitted; or shown what would be done
    * 2: an error, shown on stderr

    Needs: *none*
    """
    if ctx.invoked_subcommand:
        return
    if endpoint is None or not (out or publishing):
        raise CommandError("Give --endpoint, and --out to write the documents or --publish to publish them.")
    if submitting and not publishing:
        raise CommandError("--submit needs --publish: Adobe reviews what was published.")
    made = documents(endpoint, name, json_filter)
    if out:
        _write(out, made)
    if publishing:
        api = AuthoringApi(Platform(project_of_environment(sandbox)))
        _publish(api, made["destination-server.json"], name, confirmed=yes, submitting=submitting)


def _write(directory: Path, made: Mapping[str, dict[str, Any]]) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for file, document in made.items():
            (directory / file).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
            say(f"{directory / file} is written.")
    except OSError as error:
        raise CommandError(f"{directory}: {error.strerror or 'cannot be written'}.") from None


def _publish(api: AuthoringApi, server: Mapping[str, Any], name: str, *, confirmed: bool, submitting: bool) -> None:
    planned = plan(api, name)
    for what, instance in (("destination server", planned.server), ("destination", planned.configuration)):
        say(f"{what} {name}: {f'update {instance}' if instance else 'create'}")
    if submitting:
        url = server["urlBasedDestination"]["url"]["value"].partition("/destinations/")[0]
        say(f"destination {name}: submit for review; Adobe would offer it to all its customers, posting to {url}")
    if not confirmed:
        say("Nothing was changed. To publish, run this again with --yes.")
        return
    done: Plan = publish(api, server, name, planned)
    submitted = submitting and _submit(api, str(done.configuration), name)
    emit({"destinationServerId": done.server, "destinationId": done.configuration, "submitted": submitted})
    say(f"Adobe renders the samples as the connector reads them. Find {name} in the catalog of the sandbox.")


def _submit(api: AuthoringApi, destination: str, name: str) -> bool:
    """Submits a card unless Adobe is reviewing it; returns whether it did."""
    if api.is_in_review(destination):
        say(f"Adobe is reviewing {name} already: submit again once it has answered.")
        return False
    api.submit(destination)
    say(f"{name} is submitted. Adobe answers within five business days.")
    return True


@app.command("test")
def post_samples(
    ctx: typer.Context,
    destination: DestinationId,
    events: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[EVENT]...", help="Files of profiles as Adobe's sample profile API generates them. Default: two."
        ),
    ] = None,
    *,
    url: Annotated[str | None, typer.Option(help="The URL to post to. Default: the stack's.")] = None,
    json_filter: Annotated[JsonFilter, typer.Option(help="The filter that the card was written with.")] = "raw",
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
    local: Local = False,
) -> None:
    """Posts sample profiles to the connector as the card does; shows request, answer, and what MoEngage got.

    The profiles are rendered by the card's template, with a stand-in for Adobe's engine, and posted with the DATA APP
    ID and the stored DATA APP KEY. Without event files they create or update two test users in MoEngage, named
    aep-moengage-card-test; MoEngage lets a deleted id be used again only after a day, so they stay.

    MoEngage's Get User has to be enabled for the workspace, and may be some minutes behind.

    Example: `aep-moengage adobe-card test acme-production`

    Exit codes:

    * 0: the connector accepted every profile
    * 1: it refused the request, or rejected a profile
    * 2: an error, shown on stderr

    Needs: *View Profiles*
    """
    stack = find_stack(ctx, stack_name, region, profile, local=local)
    parsed = parse_destination(active_version(Publishing.of(stack), destination).document)
    workspace = stored_workspace(stack, parsed)
    profiles = [each for _, each in read_profiles(events)] if events else fresh_samples(datetime.now(UTC))
    body = render(message_template(json_filter), profiles, NAMES)
    target = url or stack.profiles_url(destination)
    posted = post(target, body, workspace)
    users = held(workspace, _customer_ids(parsed, profiles)) if posted.accepted else []
    if as_json:
        emit(
            {
                "url": target,
                "body": body,
                "status": posted.status,
                "answer": posted.content,
                "users": [asdict(user) for user in users],
            }
        )
    else:
        _show(target, body, posted, users)
    raise typer.Exit(0 if posted.accepted else 1)


def _customer_ids(destination: Destination, profiles: Sequence[Any]) -> list[str]:
    mapping, now_ms = CompiledMapping(destination), round(time.time() * 1000)
    decisions = (mapping.transform(profile, now_ms) for profile in profiles)
    return list(dict.fromkeys(each.customer_id for each in decisions if each.customer_id is not None))


def _show(url: str, body: str, posted: Posted, users: Sequence[HeldUser]) -> None:
    typer.echo(f"POST {url}")
    typer.echo("\n".join(line for line in body.splitlines() if line.strip()))
    typer.echo(f"Answer: {posted.status}")
    typer.echo(json.dumps(posted.content, indent=2, ensure_ascii=False))
    for user in users:
        what = user.problem or json.dumps(user.attributes, indent=2, ensure_ascii=False)
        typer.echo(f"MoEngage's user {user.customer_id}: {what}")
