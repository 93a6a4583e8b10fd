"""The publication of a card: what is created or updated at Adobe, and whether Adobe renders the template as we do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aep_moengage.aep.bodies import MalformedBody, read_body
from aep_moengage_cli.adobe.authoring import AuthoringApi, Kind
from aep_moengage_cli.adobe.card import destination_configuration
from aep_moengage_cli.adobe.samples import PROFILES
from aep_moengage_cli.errors import CommandError


@dataclass(frozen=True, slots=True)
class Plan:
    """What publishing does: the instance ids of the documents that Adobe has; None for one that is created."""

    server: str | None
    configuration: str | None


def plan(api: AuthoringApi, name: str) -> Plan:
    """Returns what publishing a card of this name would do."""
    return Plan(api.find(Kind.SERVER, name), api.find(Kind.CONFIGURATION, name))


def publish(api: AuthoringApi, server: Mapping[str, Any], name: str, planned: Plan) -> Plan:
    """Creates or updates the documents; returns their instance ids.

    Adobe renders the template first, so that a card in use never gets one that spoils profiles. A new card has to be
    created for that; nobody uses it yet.

    Raises:
        CommandError: if Adobe refuses, or renders something else than what the connector should read.
    """
    template = server["httpTemplate"]["requestBody"]["value"]
    if planned.configuration:
        check_rendering(api, planned.configuration, template)
    server_id = api.save(Kind.SERVER, server, planned.server)
    configuration = api.save(Kind.CONFIGURATION, destination_configuration(server_id, name), planned.configuration)
    if not planned.configuration:
        check_rendering(api, configuration, template)
    return Plan(server_id, configuration)


def check_rendering(api: AuthoringApi, configuration: str, template: str) -> None:
    """Compares what ingest reads from Adobe's rendering with what Adobe was given."""
    try:
        read = [profile for body in api.render(configuration, template, PROFILES) for profile in read_body(body)]
    except MalformedBody as error:
        raise CommandError(f"The connector can't read what Adobe renders: {error}.", _OTHER) from None
    if [_comparable(each) for each in read] != [_comparable(each) for each in PROFILES]:
        raise CommandError("Adobe renders the template to profiles with other values than the given ones.", _OTHER)


_OTHER = "Nobody gets this template. Try --json-filter toJson, and report Adobe's rendering to the project."


def _comparable(profile: Any) -> Any:
    """Returns a profile without what may rightly differ: names of audiences, and empty parts."""
    if not isinstance(profile, dict):
        return profile
    memberships = {
        (namespace, audience): (entry.get("status"), entry.get("lastQualificationTime"))
        for namespace, entries in (profile.get("segmentMembership") or {}).items()
        for audience, entry in entries.items()
    }
    return profile.get("identityMap") or {}, profile.get("attributes") or {}, memberships
