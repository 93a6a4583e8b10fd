"""The card's documents have only fields and values that Adobe documents."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from aep_moengage.document.model import REGIONS
from aep_moengage_cli.adobe.card import destination_configuration, destination_server
from aep_moengage_cli.errors import CommandError

SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("destination-sdk.schema.json").read_text())


def faults(document: Any, kind: str) -> list[str]:
    validator = jsonschema.Draft202012Validator(
        {"$ref": f"#/$defs/{kind}", "$defs": SCHEMA["$defs"]}, format_checker=jsonschema.FormatChecker()
    )
    return [error.message for error in validator.iter_errors(document)]


def test_documents_have_documented_fields_only() -> None:
    assert faults(destination_server("https://api.example.com"), "server") == []
    assert faults(destination_configuration(), "configuration") == []


@pytest.mark.parametrize(
    "change",
    [
        {"autenticationRule": "NONE"},
        {"status": "test"},
        {"customerDataFields": [{"name": "region", "type": "text"}]},
        {"aggregation": {"aggregationType": "BEST_EFFORT"}},
        {"schemaConfig": {"profileRequired": True}},
    ],
    ids=str,
)
def test_schema_refuses_what_adobe_does_not_document(change: dict[str, Any]) -> None:
    assert faults(destination_configuration() | change, "configuration")


@pytest.mark.parametrize(
    ("endpoint", "base"),
    [
        ("https://api.example.com", "https://api.example.com"),
        ("https://api.example.com/", "https://api.example.com"),
        ("https://api.example.com/destinations/{id}/profiles", "https://api.example.com"),
        ("https://api.example.com/destinations/acme/profiles/", "https://api.example.com"),
        ("https://example.com:8443/moengage/destinations/acme/profiles", "https://example.com:8443/moengage"),
    ],
)
def test_url_is_of_the_destination_that_the_card_names(endpoint: str, base: str) -> None:
    url = destination_server(endpoint)["urlBasedDestination"]["url"]["value"]
    assert url == f"{base}/destinations/{{{{customerData.destinationId}}}}/profiles?region={{{{customerData.region}}}}"


@pytest.mark.parametrize("endpoint", ["http://api.example.com", "api.example.com", "https://", "https://a?b=c"])
def test_endpoint_that_adobe_can_not_post_to_is_an_error(endpoint: str) -> None:
    with pytest.raises(CommandError, match="https address"):
        destination_server(endpoint)


def test_card_asks_for_the_fields_of_the_url() -> None:
    fields = {field["name"]: field for field in destination_configuration()["customerDataFields"]}
    url = destination_server("https://api.example.com")["urlBasedDestination"]["url"]["value"]

    assert set(re.findall(r"customerData\.(\w+)", url)) == set(fields)
    assert all(field["isRequired"] for field in fields.values())
    assert tuple(fields["region"]["enum"]) == REGIONS
