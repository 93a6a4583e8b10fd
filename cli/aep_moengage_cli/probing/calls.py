"""Calls: requests to MoEngage's Data APIs on behalf of a test user, with their answers as they are.

moengage.com/docs, Data API: Track User, Create Event, Bulk Import, Get User, Delete User.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from aep_moengage.moengage.requests import Workspace
from aep_moengage_cli.errors import CommandError

_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Reply:
    """MoEngage's answer: HTTP status, headers, and the content of a JSON body."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    content: Mapping[str, Any] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        """Whether MoEngage took the request; a 200 may still say that it failed."""
        return self.status == 200 and self.content.get("status") != "fail"


class Calls:
    """Calls to one workspace. Each raises `CommandError` if MoEngage gives no answer."""

    def __init__(self, workspace: Workspace) -> None:
        self._url = workspace.endpoint.replace("{dc}", workspace.region)
        self._app_id = workspace.username
        self._auth = (workspace.username, workspace.password)

    def customer(self, customer_id: str, attributes: Mapping[str, Any], **more: Any) -> Reply:
        """Creates or updates a user."""
        return self._post(f"/v1/customer/{self._app_id}", customer(customer_id, attributes) | more)

    def event(self, customer_id: str, action: Mapping[str, Any], **more: Any) -> Reply:
        """Adds one event to a user."""
        record = {"type": "event", "customer_id": customer_id, "actions": [action], **more}
        return self._post(f"/v1/event/{self._app_id}", record)

    def bulk(self, *elements: Mapping[str, Any]) -> Reply:
        """Sends records together."""
        return self._post(f"/v1/transition/{self._app_id}", {"type": "transition", "elements": list(elements)})

    def export(self, customer_id: str) -> Reply:
        """Asks for all attributes of a user."""
        identifier = {"identifier_type": "customer_id", "identifier": customer_id}
        return self._post(f"/v1/customers/export?app_id={self._app_id}", {"data": {"identifiers": [identifier]}})

    def delete(self, customer_id: str) -> Reply:
        """Deletes a user. It can't be undone, and the id can be used again only after a day."""
        body = {"identity_type": "customer_id", "identity_value": customer_id}
        return self._post(f"/v1/customer/delete?app_id={self._app_id}", body)

    def _post(self, path: str, body: Mapping[str, Any]) -> Reply:
        try:
            answer = requests.post(
                self._url + path, json=body, auth=self._auth, timeout=_SECONDS, allow_redirects=False
            )
        except requests.RequestException as error:
            raise CommandError(f"MoEngage can't be reached at {self._url} ({type(error).__name__}).") from None
        try:
            content = answer.json()
        except ValueError:
            content = {}
        return Reply(answer.status_code, dict(answer.headers), content if isinstance(content, dict) else {})


def customer(customer_id: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the record of a user."""
    return {"type": "customer", "customer_id": customer_id, "attributes": dict(attributes)}


def users_in(reply: Reply) -> list[Mapping[str, Any]] | None:
    """Returns the attributes of the users of an export; None if MoEngage refused it."""
    data = reply.content.get("data")
    users = data.get("users") if isinstance(data, dict) else None
    if not reply.accepted or not isinstance(users, list):
        return None
    return [each.get("user_attributes") or {} for each in users]
