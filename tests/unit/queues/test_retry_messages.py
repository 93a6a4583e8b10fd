"""What waits: messages survive the queue unchanged, and pauses keep within their bounds."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aep_moengage.outcomes import AWAITING_OPERATOR, RejectReason, RetryReason
from aep_moengage.queues.dead_letters import DeadLetter, parse_dead_letter
from aep_moengage.queues.message_text import content_size
from aep_moengage.queues.retry_messages import RetryMessage, backoff_seconds, given_up, parse_retry_message, split

HOUR = 3600
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=10,
)


def waiting(*profiles: object, reason: RetryReason = RetryReason.TRANSIENT, since: int = 0) -> RetryMessage:
    return RetryMessage("acme", "request", 1000, reason, since, tuple(enumerate(profiles)))


@given(st.lists(json_values, max_size=5), st.sampled_from(RetryReason))
def test_a_message_survives_the_queue(profiles: list[object], reason: RetryReason) -> None:
    message = waiting(*profiles, reason=reason)

    assert parse_retry_message(message.to_json()) == message


@given(json_values, st.lists(st.tuples(st.integers(), json_values), max_size=3).map(tuple))
def test_a_dead_letter_survives_the_queue_and_keeps_its_place_when_revived(
    profile: object, others: tuple[tuple[int, object], ...]
) -> None:
    letter = DeadLetter("acme", "request", 1000, 3, profile, RejectReason.REFUSED, "400", 1000, 2000, 4, others)
    assert parse_dead_letter(letter.to_json()) == letter

    revived, *more = letter.to_retry_message(9000).updates(attempts=5, in_custody=True)
    (original,) = RetryMessage("acme", "request", 1000, RetryReason.SETUP, 0, ((3, profile),)).updates(
        attempts=0, in_custody=True
    )
    assert (revived.sequence, revived.profile) == (original.sequence, original.profile)
    assert [each.profile for each in more] == [other for _, other in others]


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        "{}",
        "null",
        "[" * 100_000,
        *(
            json.dumps(json.loads(waiting().to_json()) | changed)
            for changed in (
                {"more": 1},
                {"reason": "canary"},
                {"profiles": [1]},
                {"profiles": [[1e999, {}]]},
                {"profiles": [["canary", {}]]},
                {"received": "yesterday"},
                {"received": 1e300},
                {"since": None},
                {"attempts": "many"},
            )
        ),
    ],
)
def test_what_is_no_message_is_told(body: str) -> None:
    with pytest.raises(ValueError, match="not a message of the retry queue") as told:
        parse_retry_message(body)

    assert "canary" not in str(told.value)


def test_updates_are_ordered_by_time_then_place() -> None:
    early = RetryMessage("acme", "zzz", 999, RetryReason.SETUP, 0, ((70, {}), (8, {})))
    late = RetryMessage("acme", "aaa", 1_000_000, RetryReason.SETUP, 0, ((0, {}),))
    sequences = [update.sequence for update in (*early.updates(1, in_custody=True), *late.updates(1, in_custody=True))]

    assert sorted(sequences) == [sequences[1], sequences[0], sequences[2]]


@given(st.lists(st.text(max_size=300), min_size=1, max_size=30), st.integers(50, 1000))
def test_portions_hold_every_profile_once_in_order(profiles: list[str], most: int) -> None:
    portions = list(split(waiting(*profiles), most))

    assert tuple(entry for portion in portions for entry in portion.profiles) == tuple(enumerate(profiles))
    assert all(len(p.profiles) == 1 or content_size(p.profiles) <= 2 * most for p in portions)


@given(st.integers(0, 10_000), st.sampled_from(RetryReason), st.none() | st.floats(0, 900))
def test_pauses_keep_within_their_bounds(attempts: int, reason: RetryReason, asked: float | None) -> None:
    retry_after = backoff_seconds(attempts, reason, asked)

    assert 1 <= retry_after <= 900
    assert retry_after >= (asked or 0)
    if reason in AWAITING_OPERATOR and not asked:
        assert retry_after <= 300


def test_the_first_pause_is_seconds() -> None:
    assert all(backoff_seconds(1, RetryReason.TRANSIENT) <= 4 for _ in range(50))


def test_whoever_throttles_says_when() -> None:
    assert all(5 <= backoff_seconds(40, RetryReason.THROTTLED, 5) <= 6.25 for _ in range(50))


@pytest.mark.parametrize("reason", sorted(AWAITING_OPERATOR))
def test_the_window_does_not_run_while_an_operator_is_waited_for(reason: RetryReason) -> None:
    late = 25 * HOUR
    assert given_up(waiting(), late, 24 * HOUR)
    assert not given_up(waiting(since=2 * HOUR * 1000), late, 24 * HOUR)
    assert not given_up(waiting(reason=reason), 1000 * HOUR, 24 * HOUR)
