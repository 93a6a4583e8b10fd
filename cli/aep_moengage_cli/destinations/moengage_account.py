"""A MoEngage account: whether it knows credentials, and what it holds of a user.

moengage.com/docs, Test Connection: POST /v1/integrations/authentication, 200 with the workspace's name or 401; Get
User: POST /v1/customers/export, at most 20 users a call, to be enabled by MoEngage since August 2026.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import requests

from aep_moengage.document.model import REGIONS
from aep_moengage.moengage.requests import DEFAULT_ENDPOINT, Workspace
from aep_moengage_cli.complaints import Complaint

_SECONDS = 10.0
_SOURCE = "aep"  # who asks, as MoEngage wants to be told
# What a refusal means, by a word of MoEngage's message (Data overview, authentication errors): it speaks of the key
# only where it knows the id.
_BY_MESSAGE = {
    "secret": "MoEngage's data center {region} knows the DATA APP ID {username} but not this DATA APP KEY: copy "
    "the key of the Data tile in Settings > Account > APIs.",
    "app_id": "MoEngage's data center {region} does not know the DATA APP ID {username}: the id is wrong, or the "
    "workspace is in another data center, which the dashboard's address tells: dashboard-{region}.moengage.com.",
}
# What it may mean where the message does not tell.
_BY_STATUS = {
    401: "MoEngage's data center {region} does not know the DATA APP ID {username} with this DATA APP KEY. Compare "
    "them with Settings > Account > APIs, the region with the dashboard's address: dashboard-{region}.moengage.com.",
    403: "MoEngage's data center {region} does not let {username} in: the account is suspended, the key is none for "
    "the Data API, or MoEngage's API firewall does not know this address.",
    409: "MoEngage's data center {region} has no DATA APP KEY for {username}: make one in Settings > Account > APIs.",
}
_NO_ANSWER = "MoEngage's data center {region} answered {status}, which tells nothing of the key: try again later."


@dataclass(frozen=True, slots=True)
class Connection:
    """What MoEngage said: `accepted`, the workspace's `name` if so, and a sentence `why` if not. No secret in it.

    `refused`: MoEngage does not take these credentials; where it is neither, it could not be asked.
    """

    accepted: bool
    name: str = ""
    why: str = ""
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
        return Connection(False, why=f"MoEngage cannot be reached at {url}: {type(error).__name__}.")
    said = _object(answer)
    if answer.status_code == 200 and said.get("status") == "success":
        return Connection(True, name=str(said.get("app_name", "")))
    why = _why(answer.status_code, _message(said)).format(region=region, username=username, status=answer.status_code)
    return Connection(False, why=why, refused=answer.status_code in _BY_STATUS)


def find_region(username: str, password: str, endpoint: str = DEFAULT_ENDPOINT, *, besides: str) -> str | None:
    """Returns the data center, another than `besides`, that knows the credentials; None if none does."""
    others = (region for region in REGIONS if region != besides)
    return next((each for each in others if check_connection(each, username, password, endpoint).accepted), None)


def read_user(workspace: Workspace, customer_id: str, attributes: Sequence[str] | None) -> dict[str, Any] | None:
    """Returns what MoEngage holds of a user: these attributes, or all; None if there is no such user.

    Raises:
        Complaint: if MoEngage does not tell.
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
        raise Complaint(f"MoEngage cannot be reached at {url}: {type(error).__name__}.") from None
    said = _object(answer)
    users = said.get("data", {}).get("users") if isinstance(said.get("data"), dict) else None
    if answer.status_code != 200 or not isinstance(users, list):
        raise _not_told(answer.status_code, _message(said))
    return dict(users[0].get("user_attributes") or {}) if users else None


def _why(status: int, message: str) -> str:
    if status == 401:
        for word, why in _BY_MESSAGE.items():
            if word in message.lower():
                return why
    return _BY_STATUS.get(status, _NO_ANSWER)


def _not_told(status: int, message: str) -> Complaint:
    if status == 401:
        return Complaint(f"MoEngage refused the credentials (401): {message or 'no reason given'}.")
    if status == 429 or status >= 500:
        return Complaint(f"MoEngage answered {status} to Get User: try again in a minute.")
    return Complaint(
        f"MoEngage refused Get User ({status}): {message or 'no reason given'}.",
        "Since August 2026 it has to be enabled for a workspace: ask MoEngage's support for it.",
    )


def _object(answer: requests.Response) -> dict[str, Any]:
    try:
        content = answer.json()
    except requests.exceptions.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}


def _message(said: dict[str, Any]) -> str:
    error = said.get("error")
    return str(error.get("message") or "") if isinstance(error, dict) else ""
