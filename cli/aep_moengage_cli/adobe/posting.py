"""Posting as the card does: the rendered template, with Basic credentials; and what MoEngage then holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests

from aep_moengage.moengage.requests import Workspace
from aep_moengage_cli.destinations.moengage_account import read_user
from aep_moengage_cli.errors import CommandError

_SECONDS = 30.0  # Adobe waits 2 s; an operator wants the answer


@dataclass(frozen=True, slots=True)
class Posted:
    """The connector's answer to a body: HTTP status and content."""

    status: int
    content: Mapping[str, Any]

    @property
    def accepted(self) -> bool:
        """Whether the connector took every profile."""
        return self.status == 200 and not any(each["outcome"] == "rejected" for each in self.content["results"])


@dataclass(frozen=True, slots=True)
class HeldUser:
    """What MoEngage holds of a user; `problem` says why that is not known."""

    customer_id: str
    attributes: Mapping[str, Any] | None = None
    problem: str | None = None


def post(url: str, body: str, workspace: Workspace) -> Posted:
    """Posts a body with the workspace's DATA APP ID and DATA APP KEY.

    Raises:
        CommandError: if there is no answer, or one that is not the connector's.
    """
    try:
        answer = requests.post(
            url,
            data=body.encode("utf-8", "replace"),
            headers={"Content-Type": "application/json"},
            auth=(workspace.username, workspace.password),
            timeout=_SECONDS,
            allow_redirects=False,
        )
        content = answer.json()
    except requests.JSONDecodeError:
        raise CommandError(f"{url} answered {answer.status_code}, not as the connector does: check the URL.") from None
    except requests.RequestException as error:
        raise CommandError(f"{url} can't be reached ({type(error).__name__}): check the URL and the network.") from None
    return Posted(answer.status_code, content)


def held(workspace: Workspace, customer_ids: Sequence[str]) -> list[HeldUser]:
    """Returns what MoEngage holds of users; it has to have Get User enabled for the workspace."""
    return [_held(workspace, customer_id) for customer_id in customer_ids]


def _held(workspace: Workspace, customer_id: str) -> HeldUser:
    try:
        attributes = read_user(workspace, customer_id, None)
    except CommandError as error:
        return HeldUser(customer_id, problem=error.format_message())
    return HeldUser(customer_id, attributes, None if attributes is not None else "MoEngage has no such user (yet).")
