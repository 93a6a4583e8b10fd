"""The picture of a demo shows its report's numbers, and its curves end where the report does."""

import re
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from tests.unit.dev.test_accounting import line

from aep_moengage.outcomes import Outcome
from aep_moengage_dev.demo.accounting import changes, redriven
from aep_moengage_dev.demo.picture import demo_picture
from aep_moengage_dev.demo.report import Report
from aep_moengage_dev.demo.story import Phase, Step, steps
from aep_moengage_dev.drawing import DARK, LIGHT, Scheme

LOG = [
    line("profiles received", at=9, delivered=1000, rejected=10),
    line("profiles drained", at=30, delivered=240),
    line("profiles received", at=12, retrying=240),
    line("profiles drained", at=50, delivered=8, rejected=2),
]
STEPS = steps([*changes(LOG, "acme"), redriven(40.0, 10)])
PHASES = [
    Phase("MoEngage hangs", 10, 20, slowest=1.62),
    Phase("MoEngage has recovered", 20, 35),
    Phase("Redrive", 40, 55),
]
COUNTS = dict.fromkeys(Outcome, 0) | {Outcome.DELIVERED: 1248, Outcome.REJECTED: 2}
REPORT = Report(1250, COUNTS, lost=0, stale=0, wrong_audiences=0, doubled=0, alarms={}, seconds=60)


def drawn(report: Report = REPORT, scheme: Scheme = LIGHT) -> tuple[ElementTree.Element, list[str]]:
    svg = ElementTree.fromstring(demo_picture(PHASES, STEPS, report, scheme))  # noqa: S314 # our own
    return svg, [each.text or "" for each in svg.iter("{http://www.w3.org/2000/svg}text")]


def test_steps_follow_the_time_and_count_what_waits() -> None:
    assert [
        Step(9, 1010, 0),
        Step(12, 1250, 240),
        Step(30, 1250, 0),
        Step(40, 1250, 10),
        Step(50, 1250, 0),
    ] == STEPS


def test_every_number_of_the_report_is_shown() -> None:
    _, words = drawn()
    pairs = set(pairwise(words))
    expected = [("1,250", "arrived"), ("1,248", "delivered"), ("2", "rejected"), ("0", "lost"), ("0", "doubled")]
    assert pairs.issuperset(expected)
    assert "240 wait" in words
    assert "\u2264 1.7 s" in words


def test_what_was_lost_is_in_the_title_and_no_longer_green() -> None:
    svg, words = drawn(replace(REPORT, lost=3))
    assert words[0].endswith("1,250 profiles and events, 3 lost")
    lost = next(each for each in svg.iter("{http://www.w3.org/2000/svg}text") if each.text == "lost")
    assert lost.get("fill") == LIGHT.ink


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=lambda scheme: scheme.name)
def test_everything_is_within_the_picture(scheme: Scheme) -> None:
    svg, _ = drawn(scheme=scheme)
    width, height = (float(each) for each in (svg.get("viewBox") or "").split()[2:])
    text = ElementTree.tostring(svg, encoding="unicode")
    points = [point.split(",") for points in re.findall(r'points="([^"]+)"', text) for point in points.split()]
    assert all(0 <= float(x) <= width and 0 <= float(y) <= height for x, y in points)
    assert min(int(each.get("font-size") or 0) for each in svg.iter("{http://www.w3.org/2000/svg}text")) >= 13
    assert scheme.paper in text
