"""Experience Platform's APIs on behalf of an Adobe I/O project: access token, headers, and what a refusal means.

Source: AdobeDocs/experience-platform.en help/destinations/destination-sdk/getting-started.md. The access token is that
of an OAuth server-to-server credential: client credentials at Adobe's identity service, valid for a day.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import requests

from aep_moengage_cli.errors import CommandError

PLATFORM, IDENTITY_SERVICE = "https://platform.adobe.io", "https://ims-na1.adobelogin.com"
_VARIABLES = ("ADOBE_CLIENT_ID", "ADOBE_CLIENT_SECRET", "ADOBE_ORGANIZATION")
_SECONDS = 30.0
_ADVICE: Mapping[int, Sequence[str]] = {
    401: ("Check ADOBE_CLIENT_ID and ADOBE_CLIENT_SECRET: those of an OAuth server-to-server credential.",),
    403: ("Check ADOBE_ORGANIZATION and the sandbox; for a card the credential needs Destination Authoring.",),
}
_SCOPES = "openid,AdobeID,read_organizations,additional_info.projectedProductContext,session"


@dataclass(frozen=True, slots=True)
class AdobeProject:
    """An Adobe I/O project, and where Adobe's services are."""

    client_id: str
    client_secret: str = field(repr=False)
    organization: str
    sandbox: str
    platform: str = PLATFORM
    identity_service: str = IDENTITY_SERVICE


def project_of_environment(sandbox: str = "prod") -> AdobeProject:
    """Returns the project that the environment names; raises `CommandError` if it names none."""
    missing = [variable for variable in _VARIABLES if not os.environ.get(variable)]
    if missing:
        raise CommandError(f"Set {', '.join(missing)}: those of an Adobe I/O project.")
    client_id, secret, organization = (os.environ[variable] for variable in _VARIABLES)
    platform = os.environ.get("ADOBE_PLATFORM_URL", PLATFORM)
    identity_service = os.environ.get("ADOBE_IMS_URL", IDENTITY_SERVICE)
    return AdobeProject(client_id, secret, organization, sandbox, platform, identity_service)


class Platform:
    """The APIs. A call raises `CommandError` if Adobe refuses it or can't be reached."""

    def __init__(self, project: AdobeProject) -> None:
        self._url = project.platform
        self._session = requests.Session()
        self._session.headers.update(
            {
                "Authorization": f"Bearer {_access_token(project)}",
                "x-api-key": project.client_id,
                "x-gw-ims-org-id": project.organization,
                "x-sandbox-name": project.sandbox,
            }
        )

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None, missing: Any = None) -> Any:
        """Returns the content of the answer; `missing` in place of a 404, unless it is None."""

        def call() -> requests.Response:
            url = f"{self._url}/{path}"
            return self._session.request(method, url, json=body, timeout=_SECONDS, allow_redirects=False)

        return _content(f"{method} {path}", call, missing)


def _access_token(project: AdobeProject) -> str:
    form = {
        "grant_type": "client_credentials",
        "client_id": project.client_id,
        "client_secret": project.client_secret,
        "scope": _SCOPES,
    }
    url = f"{project.identity_service}/ims/token/v3"

    def call() -> requests.Response:
        return requests.post(url, data=form, timeout=_SECONDS, allow_redirects=False)

    return str(_content("the access token", call)["access_token"])


def _content(what: str, call: Callable[[], requests.Response], missing: Any = None) -> Any:
    try:
        answer = call()
    except requests.RequestException as error:
        raise CommandError(f"Adobe can't be reached ({type(error).__name__}): check the network.") from None
    if answer.status_code == 404 and missing is not None:
        return missing
    if not answer.ok:
        refused = f"Adobe refused {what} ({answer.status_code}): {_reason(answer)}."
        raise CommandError(refused, *_ADVICE.get(answer.status_code, ()))
    return answer.json()


def _reason(answer: requests.Response) -> str:
    """Adobe's services name the reason differently; none of these holds what was sent."""
    try:
        content = answer.json()
    except ValueError:
        return answer.reason
    reasons = (content.get(name) for name in ("detail", "title", "message", "error_description", "error"))
    return str(next((reason for reason in reasons if isinstance(reason, str) and reason), answer.reason)).rstrip(".")
