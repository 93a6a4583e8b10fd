"""The time budget: counted from the gateway's request time, on a clock that only moves forward."""

import pytest

from aep_moengage.budget import ANSWER_SECONDS, EVENT_ANSWER_SECONDS, Budget, answer_budget

NOW = 1_700_000_000.0


def test_a_budget_counts_down_to_nothing() -> None:
    time = iter([10.0, 11.0, 13.0])
    budget = Budget(2, lambda: next(time))

    assert [budget.left(), budget.left()] == [1.0, 0.0]


@pytest.mark.parametrize(
    ("spent", "left"),
    [
        (0.0, ANSWER_SECONDS),
        (0.7, ANSWER_SECONDS - 0.7),
        (5.0, 0.0),
        (-3.0, ANSWER_SECONDS),  # clocks that differ
        (86_400.0, ANSWER_SECONDS),  # a sample event
    ],
)
def test_what_was_spent_before_us_is_gone(spent: float, left: float) -> None:
    budget = answer_budget(int((NOW - spent) * 1000), NOW, clock=lambda: 0.0)

    assert budget.left() == pytest.approx(left)


def test_a_sender_of_events_waits_for_less() -> None:
    budget = answer_budget(int((NOW - 0.2) * 1000), NOW, EVENT_ANSWER_SECONDS, clock=lambda: 0.0)

    assert budget.left() == pytest.approx(EVENT_ANSWER_SECONDS - 0.2)
