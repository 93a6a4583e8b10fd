"""Masked samples: no value is left that names somebody, and what `init` makes of them is the same."""

import json
from pathlib import Path
from typing import Any

import pytest

from aep_moengage.aep.bodies import read_body
from aep_moengage_cli.files.drafts import Heading, draft
from aep_moengage_cli.files.survey import survey
from aep_moengage_cli.profiles.sample_masks import masked_sample
from aep_moengage_dev.project import PROJECT

SAMPLES = [*(PROJECT / "tests" / "payloads").glob("*.json"), PROJECT / "events" / "batch.json"]

ADA: dict[str, Any] = {
    "identityMap": {"Email": [{"id": "ada@example.com", "authenticatedState": "authenticated", "primary": True}]},
    "segmentMembership": {"ups": {"5b998cb9": {"status": "realized", "name": "Gold"}}},
    "person": {"name": {"firstName": "Åda"}, "birthDate": "1815-12-10", "birthYear": 1815, "male": False},
    "consents": {
        "marketing": {"email": {"val": "n"}},
        "idSpecific": {"Email": {"ada@example.com": {"marketing": {"email": {"val": "y"}}}}},
    },
    "scores": [0.25, -7, None],
    "_acme": {"friends": {"bob@example.com": "since 2019"}},
}


def test_values_are_masked_and_their_types_and_formats_stay() -> None:
    assert masked_sample(ADA) == {
        "identityMap": {"Email": [{"id": "xxx@xxxxxxx.xxx", "authenticatedState": "authenticated", "primary": True}]},
        "segmentMembership": ADA["segmentMembership"],
        "person": {"name": {"firstName": "xxx"}, "birthDate": "1111-11-11", "birthYear": 1111, "male": False},
        "consents": {
            "marketing": {"email": {"val": "n"}},
            "idSpecific": {"Email": {"xxx@xxxxxxx.xxx": {"marketing": {"email": {"val": "y"}}}}},
        },
        "scores": [1.11, -1, None],
        "_acme": {"friends": {"xxx@xxxxxxx.xxx": "xxxxx 1111"}},
    }


@pytest.mark.parametrize("value", [1e300, 1e16, float("inf"), 2**70, "", "\ud83d", "x" * 3])
def test_every_value_can_be_masked(value: Any) -> None:
    assert type(masked_sample(value)) is type(value)


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.name)
def test_draft_from_masked_samples_is_the_same(file: Path) -> None:
    profiles = read_body(json.dumps(json.loads(file.read_text())))
    whole, masked = (draft(Heading(), survey(each)) for each in (profiles, map(masked_sample, profiles)))
    assert masked == whole
