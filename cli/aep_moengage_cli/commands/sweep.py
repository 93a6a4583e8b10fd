"""`sweep`: updates users whom MoEngage still lists under an audience's former name."""

import time
from typing import Annotated

import typer

from aep_moengage.delivery.delivery import Delivery
from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.document.parsing import parse_destination
from aep_moengage.ledger.index import AudienceIndex
from aep_moengage.mapping.audiences import AudienceKey
from aep_moengage.moengage.circuit_breakers import CircuitBreakers
from aep_moengage.moengage.client import MoEngage
from aep_moengage.moengage.pace_table import DynamoDBPaceTable
from aep_moengage.moengage.rate_limit import RateLimiter
from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import AsJson, DestinationId, Local, Profile, Region, StackName, Yes
from aep_moengage_cli.deployed import Stack, find_stack
from aep_moengage_cli.destinations.editing import active_version
from aep_moengage_cli.destinations.publishing import Publishing
from aep_moengage_cli.destinations.workspaces import stored_workspace
from aep_moengage_cli.profiles.audience_sweep import AudienceSweep, SweptBatch
from aep_moengage_cli.profiles.ledger_entry import stack_ledger
from aep_moengage_cli.progress_bars import progress_bars
from aep_moengage_cli.terminal import agreed, emit

app = application()

_CALL_SECONDS = 10.0
_NOT_CONFIRMED = 1


@app.command()
def sweep(
    ctx: typer.Context,
    destination: DestinationId,
    *,
    audience: Annotated[
        list[str],
        typer.Option(metavar="AUDIENCE", help="AUDIENCE_ID[@NAMESPACE] that was renamed or removed. May be repeated."),
    ],
    rate: Annotated[float, typer.Option(min=0.1, help="The most users to update per second.")] = 50.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count the users; change nothing.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
    stack_name: StackName = None,
    region: Region = None,
    profile: Profile = None,
    local: Local = False,
) -> None:
    """Updates users whom MoEngage still lists under an audience's former name, or in a removed audience.

    Without a sweep, each user is updated with the next message from AEP. A sweep finds the users in an index of the
    ledger, and sends the audience attribute of each. Stop it at any time with Ctrl-C; the next run continues. See
    docs/mapping.md for the cost.

    Example: `aep-moengage sweep acme-production --audience 7841ba61-23c1-4bb3-a495-00d3g5fe1e93 --dry-run`

    Exit codes:

    * 0: every user found is up to date, or --dry-run
    * 1: some users could not be updated, or you did not confirm it
    * 2: an error, shown on stderr

    Needs: *Activate Destinations*
    """
    swept = _sweep(
        find_stack(ctx, stack_name, region, profile, local=local), destination, [_key(each) for each in audience]
    )
    most = swept.most()
    question = f"Up to {most} users are in these audiences or in others of their groups. Update the outdated ones?"
    if most and not dry_run and not yes and not agreed(question):
        raise typer.Exit(_NOT_CONFIRMED)
    batches = _run(swept, most, rate=rate, dry_run=dry_run)
    outdated, updated = sum(each.outdated for each in batches), sum(each.updated for each in batches)
    if as_json:
        emit({"destination": destination, "outdated": outdated, "updated": updated, "dry_run": dry_run})
    elif dry_run:
        typer.echo(f"{outdated} users are outdated; run it without --dry-run to update them.")
    else:
        typer.echo(f"{updated} of {outdated} outdated users were updated.")
    raise typer.Exit(0 if dry_run or updated == outdated else 1)


def _sweep(stack: Stack, destination: str, audiences: list[AudienceKey]) -> AudienceSweep:
    document = parse_destination(active_version(Publishing.of(stack), destination).document)
    workspace = stored_workspace(stack, document)
    to = ActiveDestination(document, 0, workspace.endpoint, workspace.password, ())
    dynamodb, table = stack.client("dynamodb"), stack.output("LedgerTableName")
    send = CircuitBreakers.in_table(dynamodb, table).guard(MoEngage().send, to.workspace)
    pace = RateLimiter(DynamoDBPaceTable(dynamodb, table)).pace(to.workspace, to.configured_pace)
    ledger = stack_ledger(stack)
    delivery = Delivery(to, ledger, send, longest_call=_CALL_SECONDS, pace=pace, sleep=time.sleep)
    return AudienceSweep(to, AudienceIndex(dynamodb, table), ledger, delivery, audiences)


def _run(swept: AudienceSweep, most: int, *, rate: float, dry_run: bool) -> list[SweptBatch]:
    done: list[SweptBatch] = []
    with progress_bars() as progress:
        task = progress.add_task("users", total=most)
        for batch in swept.run(users_per_second=rate, dry_run=dry_run):
            done.append(batch)
            progress.advance(task, batch.found)
    return done


def _key(text: str) -> AudienceKey:
    audience, _, namespace = text.rpartition("@") if "@" in text else (text, "", "ups")
    return namespace.lower(), audience
