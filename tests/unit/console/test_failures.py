"""Issues, timelines and masks: what the pages make of messages, traces and payloads."""

from typing import Any

import pytest

from aep_moengage.outcomes import RejectReason
from aep_moengage.queues.dead_letters import DeadLetter
from aep_moengage_cli.console.personal import MASK, masked
from aep_moengage_cli.profiles.dead_letter_messages import DeadLetterMessage
from aep_moengage_cli.profiles.issues import issues, over_time
from aep_moengage_cli.profiles.trace_report import timeline
from aep_moengage_cli.profiles.traces import Journey, Step

HOUR = 3_600_000


def message(number: int, at: int, why: str = "400: bad", profile: Any = None) -> DeadLetterMessage:
    letter = DeadLetter("acme", "r", 0, 0, profile or {}, RejectReason.REFUSED, why, at, at, 1)
    return DeadLetterMessage(str(number), "", "", at, "acme", letter)


def test_issues_have_one_cause_each_the_newest_first() -> None:
    found = issues([message(1, HOUR), message(2, 2 * HOUR, "413: large"), message(3, 3 * HOUR)])
    assert [(each.detail, each.status, [one.id for one in each.messages]) for each in found] == [
        ("400: bad", "400", ["1", "3"]),
        ("413: large", "413", ["2"]),
    ]
    assert (found[0].oldest, found[0].newest) == (HOUR, 3 * HOUR)
    assert found[0].key != found[1].key


def test_issue_keeps_its_key_from_one_look_to_the_next() -> None:
    assert issues([message(1, HOUR)])[0].key == issues([message(2, 2 * HOUR)])[0].key


@pytest.mark.parametrize("steps", [1, 4, 24])
def test_every_message_is_counted_in_one_step(steps: int) -> None:
    (issue,) = issues([message(1, 0), message(2, HOUR), message(3, 4 * HOUR)])
    counts = over_time(issue, 0, 4 * HOUR, steps)
    assert (len(counts), sum(counts)) == (steps, 3)
    assert counts[0] >= 1
    assert counts[-1] >= 1


def test_messages_of_one_moment_are_in_one_step() -> None:
    (issue,) = issues([message(1, HOUR), message(2, HOUR)])
    assert over_time(issue, HOUR, HOUR, 24)[0] == 2


def step(at: int, function: str, outcome: str, request: str | None = None) -> Step:
    return Step(at, function, "r", 0, 0, outcome, None, None, 1 if function == "drain" else 0, request, ())


def test_timeline_leads_through_the_queue_to_moengage() -> None:
    journey = Journey("r", 0, (step(100, "ingest", "retrying"), step(2_100, "drain", "delivered", "m1")))
    moments = [(each.where, each.what, each.why, each.after) for each in timeline(journey)]
    assert moments == [
        ("AEP", "received", "", 0),
        ("ingest", "retrying", "", 0.1),
        ("retry queue", "waits", "", 0),
        ("drain, attempt 1", "delivered", "", 2.0),
        ("MoEngage", "accepted it", "m1", 0),
    ]


def test_masked_payload_keeps_its_shape_and_no_value() -> None:
    payload = {"a": ["x", 1, {"b": 2.5}], "c": None, "d": True}
    assert masked(payload) == {"a": [MASK, MASK, {"b": MASK}], "c": None, "d": True}
