"""A MoEngage account: whether it knows these credentials, as its Test Connection API tells.

moengage.com/docs, Test Connection: POST /v1/integrations/authentication, 200 with the workspace's name or 401.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from aep_moengage.moengage import DEFAULT_ENDPOINT

_SECONDS = 10.0
_SOURCE = "aep"  # who asks, as MoEngage wants to be told
# what a refusal may mean; MoEngage does not tell a wrong key from a wrong id or data center
_REFUSALS: Mapping[int, str] = {
    401: "MoEngage's data center {region} does not know the DATA APP ID {username} with this DATA APP KEY. Compare "
    "them with Settings > Account > APIs, the region with the dashboard's address: dashboard-{region}.moengage.com.",
    403: "MoEngage's data center {region} does not let {username} in: the account is suspended, the key is none for "
    "the Data API, or MoEngage's API firewall does not know this address.",
}
_NO_ANSWER = "MoEngage's data center {region} answered {status}, which tells nothing of the key: try again later."


@dataclass(frozen=True, slots=True)
class Connection:
    """What MoEngage said: `accepted`, the workspace's `name` if so, and a sentence `why` if not. No secret in it."""

    accepted: bool
    name: str = ""
    why: str = ""


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
    said = _content(answer)
    if answer.status_code == 200 and said.get("status") == "success":
        return Connection(True, name=str(said.get("app_name", "")))
    why = _REFUSALS.get(answer.status_code, _NO_ANSWER)
    return Connection(False, why=why.format(region=region, username=username, status=answer.status_code))


def _content(answer: requests.Response) -> dict[str, Any]:
    try:
        content = answer.json()
    except requests.exceptions.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}
