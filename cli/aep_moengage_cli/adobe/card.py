"""The card: the documents of a private destination, as Adobe's authoring API takes them.

Fields and values, in AdobeDocs/experience-platform.en under help/destinations/destination-sdk: authoring-api/
{destination-server/create-destination-server,destination-configuration/create-destination-configuration}.md and
functionality/destination-configuration/{customer-authentication,customer-data-fields,identity-namespace-configuration,
schema-configuration,audience-metadata-configuration,aggregation-policy,historical-profile-qualifications,
destination-delivery,ui-attributes}.md.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from aep_moengage.document.destination import DESTINATION_ID, Destination
from aep_moengage.document.model import REGIONS
from aep_moengage_cli.adobe.message_template import JsonFilter, message_template
from aep_moengage_cli.errors import CommandError

SERVER_ID = "{{destinationServerId}}"  # what Adobe's samples write where the server's instanceId belongs
DEFAULT_NAME = "MoEngage (own AWS account)"
# As many as Adobe's own HTTP API destination sends. Ingest delivers so few within Adobe's 2 seconds, or queues them.
PROFILES_PER_REQUEST = 10
_DESCRIPTION = "Profiles, identities and audiences, through a connector in your own AWS account."
_GLOBAL_NAMESPACES = ("ECID", "Email", "Email_LC_SHA256", "Phone", "Phone_SHA256", "GAID", "IDFA", "WAID", "TNTID")
_OF_A_DESTINATION = re.compile(r"/destinations/[^/]*/profiles/?")


def destination_server(endpoint: str, name: str = DEFAULT_NAME, json_filter: JsonFilter = "raw") -> dict[str, Any]:
    """Returns the destination server: the templated URL and the message template.

    `endpoint` is the address of the stack's API, with or without the path of a destination.

    Raises:
        CommandError: if Adobe could not post to the endpoint.
    """
    path = "/destinations/{{customerData.destinationId}}/profiles?region={{customerData.region}}"
    return {
        "name": name,
        "destinationServerType": "URL_BASED",
        "urlBasedDestination": {"url": {"templatingStrategy": "PEBBLE_V1", "value": _base(endpoint) + path}},
        "httpTemplate": {
            "httpMethod": "POST",
            "requestBody": {"templatingStrategy": "PEBBLE_V1", "value": message_template(json_filter)},
            "contentType": "application/json",
        },
    }


def destination_configuration(server_id: str = SERVER_ID, name: str = DEFAULT_NAME) -> dict[str, Any]:
    """Returns the destination configuration: what a marketer sees and fills in."""
    return {
        "name": name,
        "description": _DESCRIPTION,
        "status": "TEST",
        "customerAuthenticationConfigurations": [{"authType": "BASIC"}],
        "customerDataFields": [_destination_id(), _region()],
        "uiAttributes": {"category": "mobile", "connectionType": "Server-to-server", "frequency": "Streaming"},
        "identityNamespaces": {"user_id": _identity(), "anonymous_id": _identity()},
        "schemaConfig": {"profileRequired": True, "segmentRequired": True, "identityRequired": True},
        # Adobe's pages call one and the same section by either name
        "segmentMappingConfig": _audience_names(),
        "audienceMetadataConfig": _audience_names(),
        "aggregation": {
            "aggregationType": "BEST_EFFORT",
            "bestEffortAggregation": {"maxUsersPerRequest": PROFILES_PER_REQUEST, "splitUserById": False},
        },
        "destinationDelivery": [{"authenticationRule": "CUSTOMER_AUTHENTICATION", "destinationServerId": server_id}],
        "backfillHistoricalProfileData": True,
    }


def card_fields(destination: Destination) -> Mapping[str, str]:
    """Returns what a marketer enters in the card's fields, by their titles; the key itself is not shown."""
    return {
        "Username": destination.username,
        "Password": "MoEngage's DATA APP KEY",
        _destination_id()["title"]: destination.id,
        _region()["title"]: destination.region,
    }


def documents(endpoint: str, name: str, json_filter: JsonFilter) -> Mapping[str, dict[str, Any]]:
    """Returns the documents by the names of their files."""
    return {
        "destination-server.json": destination_server(endpoint, name, json_filter),
        "destination.json": destination_configuration(name=name),
    }


def _base(endpoint: str) -> str:
    address = urlsplit(endpoint)
    if address.scheme != "https" or not address.netloc or address.query or address.fragment:
        raise CommandError(
            f"{endpoint}: Adobe posts to an https address only.",
            "Give the stack's output ProfilesUrl, or the address of your own domain.",
        )
    return f"https://{address.netloc}{_OF_A_DESTINATION.sub('', address.path).rstrip('/')}"


def _destination_id() -> dict[str, Any]:
    return {
        "name": "destinationId",
        "title": "Destination id in the connector",
        "description": "The id in the destination file that was connected.",
        "type": "string",
        "isRequired": True,
        "pattern": DESTINATION_ID,
        "readOnly": False,
        "hidden": False,
    }


def _region() -> dict[str, Any]:
    return {
        "name": "region",
        "title": "Region",
        "description": "MoEngage's data center, as in the address of its dashboard: dashboard-03.moengage.com is 03.",
        "type": "string",
        "isRequired": True,
        "enum": list(REGIONS),
        "readOnly": False,
        "hidden": False,
    }


def _identity() -> dict[str, Any]:
    return {
        "acceptsAttributes": True,
        "acceptsCustomNamespaces": True,
        "acceptedGlobalNamespaces": {namespace: {} for namespace in _GLOBAL_NAMESPACES},
    }


def _audience_names() -> dict[str, Any]:
    """The mapping id of an audience is its name; no audience is created at the connector, so no template is needed."""
    return {
        "mapExperiencePlatformSegmentName": True,
        "mapExperiencePlatformSegmentId": False,
        "mapUserInput": False,
    }
