"""A MoEngage account: whether MoEngage accepts credentials, and the attributes that it holds of a user.

moengage.com/docs, Test Connection: POST /v1/integrations/authentication, 200 with the workspace's name or 401; Get
User: POST /v1/customers/export, at most 20 users a call, enabled by MoEngage on request since August 2026.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import requests

from aep_moengage.document.model import REGIONS
from aep_moengage.moengage.requests import DEFAULT_ENDPOINT, Workspace
from aep_moengage_cli.errors import CommandError

_SECONDS = 10.0
_SOURCE = "aep"  # Test Connection requires the sender's name
# What a refusal means, by a word of MoEngage's message (Data overview, authentication errors). MoEngage mentions the
# key only if it knows the id.
_BY_MESSAGE = {
    "secret": "MoEngage's data center {region} knows the DATA APP ID {username} but not this DATA APP KEY: copy "
    "the key of the Data tile in Settings > Account > APIs.",
    "app_id": "MoEngage's data center {region} does not know the DATA APP ID {username}: the id is wrong, or the "
    "workspace is in another data center. The dashboard's address shows it: dashboard-{region}.moengage.com.",
}
# What a status means if the message has neither word.
_BY_STATUS = {
    401: "MoEngage's data center {region} does not know the DATA APP ID {username} with this DATA APP KEY. Compare "
    "them with Settings > Account > APIs, and the region with the dashboard's address: "
    "dashboard-{region}.moengage.com.",
    403: "MoEngage's data center {region} refuses {username}: the account is suspended, the key is not one for the "
    "Data API, or MoEngage's API firewall blocks this IP address.",
    409: "MoEngage's data center {region} has no DATA APP KEY for {username}: create one in Settings > Account > APIs.",
}
_NO_ANSWER = "MoEngage's data center {region} answered {status}, which says nothing about the key: try again later."


@dataclass(frozen=True, slots=True)
class Connection:
    """MoEngage's answer: the workspace's `name` if it was accepted, else a sentence `detail`. It holds no secret.

    If it is neither `accepted` nor `refused`, MoEngage could not be asked.
    """

    accepted: bool
    name: str = ""
    detail: str = ""
    refused: bool = False


def check_connection(region: str, username: str, password: str, endpoint: str = DEFAULT_ENDPOINT) -> Connection:
    """Asks MoEngage whether the DATA APP ID and the DATA APP KEY belong to a workspace of this data center."""
    url = endpoint.replace("{dc}", region) + "/v1/integrations/authentication"
    body = {"app_id": username, "app_secret": password, "source": _SOURCE, "region": region}
    try:
        answer = requests.post(
            url, json=body, headers={"MOE-APPKEY": username}, timeout=_SECONDS, allow_redirects=False
        )
    except requests.exceptions.RequestException as error:
        return Connection(False, detail=_unreachable(url, error))
    content = _object(answer)
    if answer.status_code == 200 and content.get("status") == "success":
        return Connection(True, name=str(content.get("app_name", "")))
    detail = _meaning(answer.status_code, _message(content))
    shown = detail.format(region=region, username=username, status=answer.status_code)
    return Connection(False, detail=shown, refused=answer.status_code in _BY_STATUS)


def find_region(username: str, password: str, endpoint: str = DEFAULT_ENDPOINT, *, excluding: str) -> str | None:
    """Returns the data center, other than `excluding`, that accepts the credentials; None if none does."""
    others = (region for region in REGIONS if region != excluding)
    return next((each for each in others if check_connection(each, username, password, endpoint).accepted), None)


def read_user(workspace: Workspace, customer_id: str, attributes: Sequence[str] | None) -> dict[str, Any] | None:
    """Returns these attributes of a user as MoEngage holds them, or all; None if there is no such user.

    Raises:
        CommandError: if MoEngage doesn't answer, or refuses.
    """
    url = f"{workspace.endpoint.replace('{dc}', workspace.region)}/v1/customers/export"
    data: dict[str, Any] = {"identifiers": [{"identifier_type": "customer_id", "identifier": customer_id}]}
    if attributes is not None:
        data["user_fields_to_export"] = list(attributes)
    try:
        answer = requests.post(
            url,
            params={"app_id": workspace.username},
            json={"data": data},
            auth=(workspace.username, workspace.password),
            timeout=_SECONDS,
            allow_redirects=False,
        )
    except requests.exceptions.RequestException as error:
        raise CommandError(_unreachable(url, error)) from None
    content = _object(answer)
    users = content.get("data", {}).get("users") if isinstance(content.get("data"), dict) else None
    if answer.status_code != 200 or not isinstance(users, list):
        raise _get_user_error(answer.status_code, _message(content))
    return dict(users[0].get("user_attributes") or {}) if users else None


def _unreachable(url: str, error: Exception) -> str:
    return f"MoEngage can't be reached at {url} ({type(error).__name__}): check the network."


def _meaning(status: int, message: str) -> str:
    if status == 401:
        for word, meaning in _BY_MESSAGE.items():
            if word in message.lower():
                return meaning
    return _BY_STATUS.get(status, _NO_ANSWER)


def _get_user_error(status: int, message: str) -> CommandError:
    if status == 401:
        return CommandError(
            f"MoEngage refused the credentials (401): {message or 'no reason given'}.",
            "Replace the DATA APP KEY with `aep-moengage rotate-key DESTINATION`.",
        )
    if status == 429 or status >= 500:
        return CommandError(f"MoEngage answered {status} to Get User: try again in a minute.")
    return CommandError(
        f"MoEngage refused Get User ({status}): {message or 'no reason given'}.",
        "Since August 2026 MoEngage enables it for a workspace on request: ask MoEngage's support.",
    )


def _object(answer: requests.Response) -> dict[str, Any]:
    try:
        content = answer.json()
    except requests.exceptions.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}


def _message(content: dict[str, Any]) -> str:
    error = content.get("error")
    return str(error.get("message") or "") if isinstance(error, dict) else ""
