"""A card in front of the deployed stack: rendered, posted with Basic credentials, delivered."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.deployed import connected
from tests.e2e.test_insight import operator

from aep_moengage_dev.local.stack import LocalStack
from aep_moengage_dev.project import PROJECT

__all__ = ["operator"]  # a fixture

BEHIND_THE_CARD: dict[str, Any] = {
    "audiences": "all",
    "identities": {"user_id": ["user_id", "mobileIds"], "anonymous_id": "anonymous_id"},
    "attributes": "all",
    "region": "05",  # circuit breakers and users of its own
}
SAMPLES = sorted((PROJECT / "tests" / "payloads").glob("sdk_*.json"))


def test_samples_of_the_command_arrive_as_adobe_had_them(stack: LocalStack, operator: Any) -> None:
    card = connected(stack, **BEHIND_THE_CARD)
    code, report = operator("adobe-card", "test", card.id, "--url", f"{card.endpoint}?region=05")
    assert (code, report["status"]) == (0, 200)
    card.drain()  # what a busy machine could not deliver in time

    held = card.moengage.attributes("aep-moengage-card-test")
    assert held is not None
    assert held["card_test_text"] == 'quotes ", a backslash \\, <tags> & two\nlines\t'
    assert held["card_test_letters"] == "größer 漢字 😀"
    assert held["AEP Segment"] == ["Card test"]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda file: file.stem)
def test_samples_of_adobe_arrive(stack: LocalStack, operator: Any, sample: Path) -> None:
    card = connected(stack, **BEHIND_THE_CARD)
    code, report = operator("adobe-card", "test", card.id, str(sample), "--url", card.endpoint)
    assert (code, report["status"]) == (0, 200)
    card.drain()

    profile = json.loads(sample.read_text())
    held = card.moengage.attributes(profile["identityMap"]["mobileIds"][0]["id"])
    assert held is not None
    assert held["lastName"] == "lastName"
