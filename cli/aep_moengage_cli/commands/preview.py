"""`preview`: the decision about each profile, and the requests to MoEngage. Needs no AWS."""

import json
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from aep_moengage.delivery.preview import event_records_of, records_of
from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.delivery.updates import update_of
from aep_moengage.document.model import Destination
from aep_moengage.mapping.mapping import Action, Decision
from aep_moengage.moengage.requests import DEFAULT_ENDPOINT, Request
from aep_moengage.outcomes import MappingWarning
from aep_moengage_cli.commands import application
from aep_moengage_cli.commands.options import EventFiles
from aep_moengage_cli.files.documents import read_destination
from aep_moengage_cli.files.event_files import read_experience_events, read_profiles
from aep_moengage_cli.terminal import emit

app = application()


@app.command()
def preview(
    events: EventFiles,
    destination: Annotated[Path, typer.Option(metavar="FILE", help="The destination file, YAML or JSON.")],
    *,
    experience_events: Annotated[
        bool, typer.Option("--events", help="The files hold ExperienceEvents, as they are posted to …/events.")
    ] = False,
) -> None:
    """Shows whether each profile or event would be sent, and the requests that MoEngage would get. Needs no AWS.

    The decisions, records and warnings come from the code that runs in AWS. With several files `index` continues
    from file to file, and `source` names the file.

    A profile without consent shows no request: the audiences that its user leaves depend on earlier deliveries.
    With `audience_events` the preview assumes a new user, whose former audiences are unknown.

    Example: `aep-moengage preview --destination events/destination.yaml events/http_api_default.json`

    Example: `aep-moengage preview --events --destination events/destination-events.yaml events/event-purchase.json`

    Exit codes:

    * 0: no profile or event is rejected
    * 1: at least one is rejected
    * 2: a file can't be used; its errors are on stderr, one a line

    Needs: *none*
    """
    parsed, _ = read_destination(destination)
    previewer = _Previewer(parsed)
    read, shown = (
        (read_experience_events, previewer.event_shown) if experience_events else (read_profiles, previewer.shown)
    )
    decided = [
        {"index": index, **({"source": source} if len(events) > 1 else {}), **shown(each)}
        for index, (source, each) in enumerate(read(events))
    ]
    emit({"destination": parsed.id, "events" if experience_events else "profiles": decided})
    if any(each["decision"] == Action.REJECT for each in decided):
        raise typer.Exit(1)


class _Previewer:
    """Shows decisions as JSON."""

    def __init__(self, destination: Destination) -> None:
        self._to = ActiveDestination(destination, 0, DEFAULT_ENDPOINT, None, ())
        self._now_ms = round(time.time() * 1000)

    def shown(self, profile: Any) -> dict[str, Any]:
        """Returns the decision about a profile and its requests."""
        decision = self._to.mapping.transform(profile, self._now_ms)
        return {
            "decision": decision.action,
            "reason": decision.reason,
            "customer_id": decision.customer_id,
            "requests": [_request_shown(request) for request in self._requests(profile, decision)],
            "warnings": _warnings_shown(decision.warnings),
        }

    def event_shown(self, event: Any) -> dict[str, Any]:
        """Returns the decision about an event and its requests."""
        decision = self._to.event_mapping.transform(event, self._now_ms)
        records = list(event_records_of(self._to, decision))
        return {
            "decision": decision.action,
            "reason": decision.reason,
            "customer_id": records[0][0] if records else None,
            "requests": [_request_shown(self._to.workspace.event(body)) for _, body in records],
            "warnings": _warnings_shown(decision.warnings),
        }

    def _requests(self, profile: Any, decision: Decision) -> Iterator[Request]:
        update = update_of(profile, received_ms=self._now_ms, index=0, request="preview")
        for record in records_of(self._to, update, decision):
            request = self._to.workspace.event if record.events else self._to.workspace.customer
            yield request(record.record.body)


def _warnings_shown(warnings: Iterable[MappingWarning]) -> list[dict[str, str]]:
    return [{"code": each.code, "field": each.field, "message": each.message} for each in warnings]


def _request_shown(request: Request) -> dict[str, Any]:
    headers = request.headers | {"Authorization": "Basic ***"}
    return {"method": "POST", "url": request.url, "headers": headers, "body": json.loads(request.body)}
