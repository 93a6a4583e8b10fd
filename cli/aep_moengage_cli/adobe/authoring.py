"""Adobe's authoring API: creates and updates the documents of a card, renders its template, and submits it for review.

Calls, in AdobeDocs/experience-platform.en under help/destinations/destination-sdk: authoring-api/* (list, create and
update destination servers and configurations), testing-api/streaming-destinations/render-template-api.md,
publishing-api/* (submissions), and getting-started.md (headers). The access token is that of an OAuth server-to-server
credential of an Adobe I/O project: client credentials at Adobe's identity service, valid for a day.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import requests

from aep_moengage_cli.errors import CommandError

PLATFORM, IDENTITY_SERVICE = "https://platform.adobe.io", "https://ims-na1.adobelogin.com"
_SUBMISSIONS = "destinations/publish"
_SECONDS = 30.0
_ADVICE: Mapping[int, Sequence[str]] = {
    401: ("Check ADOBE_CLIENT_ID and ADOBE_CLIENT_SECRET: those of an OAuth server-to-server credential.",),
    403: ("Check ADOBE_ORGANIZATION and --sandbox; the credential needs the permission Destination Authoring.",),
}
_SCOPES = "openid,AdobeID,read_organizations,additional_info.projectedProductContext,session"


class Kind(StrEnum):
    """A kind of document, as its path is called."""

    SERVER = "destination-servers"
    CONFIGURATION = "destinations"


@dataclass(frozen=True, slots=True)
class AdobeProject:
    """An Adobe I/O project with the permission *Destination Authoring*, and where Adobe's services are."""

    client_id: str
    client_secret: str = field(repr=False)
    organization: str
    sandbox: str
    platform: str = PLATFORM
    identity_service: str = IDENTITY_SERVICE


class AuthoringApi:
    """The authoring API on behalf of a project. It raises `CommandError` if Adobe refuses or can't be reached."""

    def __init__(self, project: AdobeProject) -> None:
        self._url = f"{project.platform}/data/core/activation/authoring"
        self._session = requests.Session()
        self._session.headers.update(
            {
                "Authorization": f"Bearer {_access_token(project)}",
                "x-api-key": project.client_id,
                "x-gw-ims-org-id": project.organization,
                "x-sandbox-name": project.sandbox,
            }
        )

    def find(self, kind: Kind, name: str) -> str | None:
        """Returns the instance id of the document with this name; None if there is none.

        Raises:
            CommandError: if there are several.
        """
        found = [each["instanceId"] for each in self._call("GET", kind)["items"] if each.get("name") == name]
        if len(found) > 1:
            raise CommandError(f"Adobe has {len(found)} {kind} named {name}: delete all but one, or use another name.")
        return found[0] if found else None

    def save(self, kind: Kind, document: Mapping[str, Any], instance: str | None) -> str:
        """Creates a document, or updates the one with this instance id; returns its instance id."""
        if instance:
            self._call("PUT", f"{kind}/{instance}", document)
            return instance
        return str(self._call("POST", kind, document)["instanceId"])

    def render(self, destination: str, template: str, profiles: Sequence[Mapping[str, Any]]) -> list[str]:
        """Returns the bodies that Adobe makes of profiles with a template, for a destination's instance id."""
        wanted = {"destinationId": destination, "template": template, "profiles": list(profiles)}
        return [str(each["output"]) for each in self._call("POST", "testing/template/render", wanted)["results"]]

    def is_in_review(self, destination: str) -> bool:
        """Returns whether Adobe reviews a submission of this destination, by its configuration's instance id."""
        found = self._call("GET", f"{_SUBMISSIONS}/{destination}", missing={"publishDetailsList": []})
        return any(each.get("status") == "REVIEW" for each in found["publishDetailsList"])

    def submit(self, destination: str) -> None:
        """Submits a destination for review; Adobe publishes what it approves to all its customers."""
        self._call("POST", _SUBMISSIONS, {"destinationId": destination, "destinationAccess": "ALL"})

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None, missing: Any = None) -> Any:
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
