"""Adobe's authoring API: creates and updates the documents of a card, renders its template, and submits it for review.

Calls, in AdobeDocs/experience-platform.en under help/destinations/destination-sdk: authoring-api/* (list, create and
update destination servers and configurations), testing-api/streaming-destinations/render-template-api.md, and
publishing-api/* (submissions). The project needs the permission *Destination Authoring*.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from aep_moengage_cli.adobe.platform import Platform
from aep_moengage_cli.errors import CommandError

_ROOT = "data/core/activation/authoring"
_SUBMISSIONS = "destinations/publish"


class Kind(StrEnum):
    """A kind of document, as its path is called."""

    SERVER = "destination-servers"
    CONFIGURATION = "destinations"


class AuthoringApi:
    """The authoring API. It raises `CommandError` if Adobe refuses or can't be reached."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

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
        return self._platform.call(method, f"{_ROOT}/{path}", body, missing)
