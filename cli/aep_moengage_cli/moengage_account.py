"""A MoEngage account: whether it knows these credentials, as its Test Connection API tells.

moengage.com/docs, Test Connection: POST /v1/integrations/authentication, 200 with the workspace's name or 401.
"""

from dataclasses import dataclass

import requests

from aep_moengage.moengage import DEFAULT_ENDPOINT

_SECONDS = 10.0
_SOURCE = "aep"


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
        said = answer.json() if answer.content else {}
    except requests.exceptions.JSONDecodeError:
        said = {}
    except requests.exceptions.RequestException as error:
        return Connection(False, why=f"MoEngage cannot be reached at {url}: {type(error).__name__}.")
    said = said if isinstance(said, dict) else {}
    if answer.status_code == 200 and said.get("status") == "success":
        return Connection(True, name=str(said.get("app_name", "")))
    if answer.status_code == 401:
        why = f"MoEngage's data center {region} does not know this DATA APP ID with this DATA APP KEY"
        return Connection(
            False, why=f"{why}: one of key, id ({username}) and region is wrong. Compare them in MoEngage's settings."
        )
    return Connection(False, why=f"MoEngage's data center {region} answered {answer.status_code}: try again later.")
