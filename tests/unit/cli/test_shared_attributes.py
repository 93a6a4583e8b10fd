"""Attributes that destinations of one workspace share."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.given import DOCUMENT

from aep_moengage.document.parsing import parse_destination
from aep_moengage_cli.destinations.shared_attributes import SharedAttributes, refuse_shared_attributes, sharing_cautions
from aep_moengage_cli.destinations.versions import Version


def active(*documents: dict[str, Any]) -> Any:
    versions = [Version(str(each["id"]), 1, json.dumps(each)) for each in documents]
    return SimpleNamespace(all_active=lambda: versions)


OWN = DOCUMENT | {"id": "own", "attributes": {"points": "points"}}
OTHER = DOCUMENT | {"id": "other", "attributes": {"points": "level"}}
UNUSABLE = {"id": "unusable", "region": "nowhere"}


def test_a_document_that_todays_rules_refuse_shares_nothing() -> None:
    refuse_shared_attributes(active(UNUSABLE), None, parse_destination(OWN))
    assert sharing_cautions(active(UNUSABLE), parse_destination(OWN)) == []


def test_the_others_are_still_looked_at() -> None:
    with pytest.raises(SharedAttributes, match="same attributes"):
        refuse_shared_attributes(active(UNUSABLE, OTHER), None, parse_destination(OWN))
