"""Previews: the decision about a profile or an event, and the requests that MoEngage would get. Pure."""

import json
import time
from collections.abc import Iterable, Iterator
from typing import Any

from aep_moengage.delivery.preview import event_records_of, records_of
from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.delivery.updates import update_of
from aep_moengage.document.destination import Destination
from aep_moengage.mapping.mapping import Decision
from aep_moengage.moengage.requests import DEFAULT_ENDPOINT, Request
from aep_moengage.outcomes import MappingWarning


class Previewer:
    """Shows decisions as JSON. They come from the code that runs in AWS."""

    def __init__(self, destination: Destination, endpoint: str = DEFAULT_ENDPOINT) -> None:
        self._to = ActiveDestination(destination, 0, endpoint, None, ())
        self._now_ms = round(time.time() * 1000)

    def decision(self, profile: Any) -> Decision:
        """Returns the decision about a profile."""
        return self._to.mapping.transform(profile, self._now_ms)

    def shown(self, profile: Any, decision: Decision | None = None) -> dict[str, Any]:
        """Returns the decision about a profile, made already or not, and its requests."""
        decision = decision or self.decision(profile)
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
