"""The outcomes on the screen of `status` add up to what was received."""

import re
from collections import Counter

import pytest

from aep_moengage_cli.monitoring.flow_report import _outcomes


@pytest.mark.parametrize(
    ("profiles", "shown"),
    [
        (
            {"received": 7, "delivered": 4, "retrying": 3},
            "4 delivered, 3 waiting",
        ),
        (
            {"received": 13, "delivered": 5, "superseded": 3, "skipped": 3, "rejected": 5, "retrying": -3},
            "5 delivered, 3 superseded, 3 skipped, 5 rejected; 3 of them received before, or redriven",
        ),
    ],
)
def test_outcomes_add_up(profiles: dict[str, int], shown: str) -> None:
    said = _outcomes(Counter(profiles))
    ended, _, earlier = said.partition(";")

    assert said == shown
    numbers = sum(map(int, re.findall(r"\d+", ended))) - sum(map(int, re.findall(r"\d+", earlier)))
    assert numbers == profiles["received"]
