"""What is published of profiles and calls: the right numbers, under a bounded number of names."""

import io
import json
import sys
from copy import replace
from typing import Any

import pytest

from aep_moengage.delivery.results import Result
from aep_moengage.functions.destination_store import StoreUnavailable
from aep_moengage.moengage.requests import Request
from aep_moengage.moengage.responses import Answer, Verdict, read_answer
from aep_moengage.outcomes import Outcome, Reason, RejectReason, RetryReason, SkipReason, WarningCode
from aep_moengage.queues.disposition import DrainedProfile
from aep_moengage.telemetry.counts import Calls, Counts
from aep_moengage.telemetry.metrics import Metric, MetricBatch

NOW = 1_000_000.0
REQUESTED = 999_999_000  # a second earlier, in milliseconds
COUNTS = Counts("ours")
DELIVERED = Result(Outcome.DELIVERED)
REASONS: dict[Outcome, type[Reason]] = {
    Outcome.SKIPPED: SkipReason,
    Outcome.RETRYING: RetryReason,
    Outcome.REJECTED: RejectReason,
}


class Published:
    """The metrics among what was written."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.names: set[tuple[Any, ...]] = set()
        self.values: dict[tuple[str, ...], list[float]] = {}
        for line in capsys.readouterr().out.splitlines():
            if '"_aws"' in line:
                self._read(json.loads(line))

    def _read(self, line: dict[str, Any]) -> None:
        for directive in line["_aws"]["CloudWatchMetrics"]:
            for dimensions in directive["Dimensions"]:
                for metric in directive["Metrics"]:
                    name = metric["Name"]
                    self.names.add((name, *sorted((each, line[each]) for each in dimensions)))
                    key = (name, *(line[each] for each in sorted(dimensions)))
                    self.values.setdefault(key, []).extend(line[name])

    def of(self, metric: Metric, *dimensions: str) -> list[float]:
        """The values of a metric under these dimension values, in the order of their names."""
        return self.values.get((metric.value, *dimensions), [])


def waited(
    result: Result, *, reason: Reason = RetryReason.TRANSIENT, minutes: float = 0, moved: bool = False
) -> DrainedProfile:
    return DrainedProfile(reason, int((NOW - minutes * 60) * 1000), result, moved)


class Pieces(io.StringIO):
    """What is written, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []

    def write(self, text: str) -> int:
        self.pieces.append(text)
        return len(text)


def test_a_line_is_written_in_one_piece_for_another_thread_may_log(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Pieces()
    monkeypatch.setattr(sys, "stdout", out)
    COUNTS.received("acme", [DELIVERED, Result(Outcome.SKIPPED, SkipReason.CONSENT)], REQUESTED, NOW)
    assert out.pieces
    assert all(json.loads(piece) and piece.endswith("}\n") for piece in out.pieces)


def test_each_metric_is_of_its_destination_and_of_the_stack(capsys: pytest.CaptureFixture[str]) -> None:
    COUNTS.received("acme", [DELIVERED, Result(Outcome.SKIPPED, SkipReason.CONSENT)], REQUESTED, NOW)
    published = Published(capsys)
    for dimensions in (("ours",), ("acme", "ours")):
        assert published.of(Metric.RECEIVED, *dimensions) == [2]
        assert published.of(Metric.DELIVERED, *dimensions) == [1]
        assert published.of(Metric.SKIPPED, *dimensions) == [1]
    assert published.of(Metric.SKIPPED, "consent", "ours") == [1]
    assert published.of(Metric.SKIPPED, "acme", "consent", "ours") == [1]


def test_a_rate_is_the_average_over_profiles_whose_outcome_is_final(capsys: pytest.CaptureFixture[str]) -> None:
    results = [
        DELIVERED,
        Result(Outcome.UNCHANGED),
        Result(Outcome.SKIPPED, SkipReason.CONSENT),
        Result(Outcome.REJECTED, RejectReason.REFUSED),
        Result(Outcome.RETRYING, RetryReason.TRANSIENT),
    ]
    COUNTS.received("acme", results, REQUESTED, NOW)
    published = Published(capsys)
    assert published.of(Metric.ACTIVATION_RATE, "ours") == [100, 100, 100, 0]
    assert published.of(Metric.SKIPPED_RATE, "ours") == [0, 0, 100, 0]


def test_ages_are_those_of_each_profile_however_many_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    COUNTS.drained("acme", [waited(DELIVERED, minutes=minutes) for minutes in range(250)], NOW)
    published = Published(capsys)
    assert published.of(Metric.DELIVERY_AGE, "ours") == [60.0 * minutes for minutes in range(250)]
    assert published.of(Metric.DELIVERED, "acme", "ours") == [250]


def test_events_that_nobody_chose_are_in_no_rate(capsys: pytest.CaptureFixture[str]) -> None:
    COUNTS.received("acme", [Result(Outcome.SKIPPED, SkipReason.EVENT_NOT_MAPPED), DELIVERED], REQUESTED, NOW)
    published = Published(capsys)
    assert published.of(Metric.SKIPPED, "event_not_mapped", "ours") == [1]
    assert published.of(Metric.SKIPPED_RATE, "ours") == [0]
    assert published.of(Metric.ACTIVATION_RATE, "ours") == [100]


def test_events_in_doubt_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    COUNTS.received("acme", [replace(DELIVERED, warnings=(WarningCode.ANSWER_LOST.value,))], REQUESTED, NOW)
    assert Published(capsys).of(Metric.ANSWER_LOST, "ours") == [1]


def test_the_answer_is_timed_unless_the_request_is_a_sample(capsys: pytest.CaptureFixture[str]) -> None:
    COUNTS.received("acme", [DELIVERED], REQUESTED, NOW)
    COUNTS.received("acme", [DELIVERED], 0, NOW)
    assert Published(capsys).of(Metric.ANSWER_SECONDS, "ours") == [1.0]


def test_the_running_sum_of_retrying_is_the_backlog_of_each_reason(capsys: pytest.CaptureFixture[str]) -> None:
    throttled, setup = (Result(Outcome.RETRYING, reason) for reason in (RetryReason.THROTTLED, RetryReason.SETUP))
    COUNTS.received("acme", [throttled] * 5, REQUESTED, NOW)
    was = RetryReason.THROTTLED
    COUNTS.drained("acme", [waited(DELIVERED, reason=was)] * 2, NOW)
    COUNTS.drained("acme", [waited(throttled, reason=was), waited(setup, reason=was, moved=True)], NOW)
    published = Published(capsys)
    assert sum(published.of(Metric.RETRYING, "ours")) == 3
    assert sum(published.of(Metric.RETRYING, "throttled", "ours")) == 2
    assert sum(published.of(Metric.RETRYING, "setup", "ours")) == 1
    assert sum(published.of(Metric.POSTPONED, "ours")) == 7


def test_what_is_paused_does_not_count_as_late(capsys: pytest.CaptureFixture[str]) -> None:
    paused, transient = (Result(Outcome.RETRYING, reason) for reason in (RetryReason.PAUSED, RetryReason.TRANSIENT))
    COUNTS.drained("acme", [waited(paused, minutes=900)], NOW)
    COUNTS.drained("other", [waited(transient, minutes=30), waited(transient, minutes=7), waited(DELIVERED)], NOW)
    published = Published(capsys)
    assert published.of(Metric.OLDEST_WAITING, "acme", "ours") == []
    assert published.of(Metric.OLDEST_WAITING, "ours") == [30.0]


def test_what_is_held_is_no_delay_and_who_never_became_known_is_in_no_rate(capsys: pytest.CaptureFixture[str]) -> None:
    held, anonymous = Result(Outcome.RETRYING, RetryReason.HELD), Result(Outcome.SKIPPED, SkipReason.ANONYMOUS)
    COUNTS.received("acme", [held] * 2, REQUESTED, NOW)
    COUNTS.drained("acme", [waited(held, minutes=20), waited(anonymous, reason=RetryReason.HELD)], NOW)
    published = Published(capsys)
    assert sum(published.of(Metric.RETRYING, "held", "ours")) == 1
    assert sum(published.of(Metric.HELD, "ours")) == 3
    for metric in (Metric.POSTPONED, Metric.OLDEST_WAITING, Metric.SKIPPED_RATE):
        assert published.of(metric, "ours") == []


def test_calls_are_counted_by_class_of_status_and_timed(capsys: pytest.CaptureFixture[str]) -> None:
    statuses = [200, 202, 401, 429, 503, None]
    answers = iter([Answer(Verdict.TRANSIENT, "", status=status, remaining=9) for status in statuses])
    ticks = iter(range(20))
    calls = Calls(lambda _request, _seconds: next(answers), clock=lambda: next(ticks))
    for _ in statuses:
        calls.measured(Request("https://moengage", b""), 1.0)
    COUNTS.drained("acme", [], NOW, calls, pace_limit=10_000)
    published = Published(capsys)
    by_class = {
        each: published.of(Metric.MOENGAGE_ANSWERS, "ours", each) for each in ("2xx", "4xx", "429", "5xx", "none")
    }
    assert by_class == {"2xx": [2], "4xx": [1], "429": [1], "5xx": [1], "none": [1]}
    assert published.of(Metric.MOENGAGE_SECONDS, "ours") == [1.0] * 6
    assert published.of(Metric.MOENGAGE_HEADROOM, "acme", "ours") == [9.0] * 6
    assert published.of(Metric.PACE_LIMIT, "acme", "ours") == [10_000]


def test_where_nothing_was_called_nothing_is_published(capsys: pytest.CaptureFixture[str]) -> None:
    COUNTS.drained("acme", [], NOW, Calls(lambda *_: Answer(Verdict.ACCEPTED, "")))
    assert capsys.readouterr().out == ""


def _tried(outcome: Outcome, reason: Reason | None) -> list[Result]:
    """What a thousand users and fifty reasons that MoEngage gives make of an outcome."""
    answers = [read_answer(400, {}, json.dumps({"error": {"type": f"reason {n}"}}).encode(), NOW) for n in range(50)]
    return [Result(outcome, reason, answers[user % 50].why, request_id=f"user-{user}") for user in range(1000)]


def test_neither_users_nor_reasons_nor_statuses_make_metrics_without_bound(capsys: pytest.CaptureFixture[str]) -> None:
    for outcome in Outcome:
        for reason in REASONS.get(outcome, [None]):
            results = _tried(outcome, reason)
            COUNTS.received("acme", results, REQUESTED, NOW)
            COUNTS.drained(
                "acme", [waited(each, reason=was, moved=True) for each in results for was in RetryReason], NOW
            )
    for code in (WarningCode.MERGE_REFUSED, WarningCode.ANSWER_LOST):
        COUNTS.received("acme", [replace(DELIVERED, warnings=(code.value,))], REQUESTED, NOW)
    COUNTS.stale("acme", 60.0, StoreUnavailable("SSM throttles"))
    for status in [None, *range(100, 1000)]:
        calls = Calls(lambda *_, status=status: Answer(Verdict.TRANSIENT, "", status=status, remaining=1))
        calls.measured(Request("https://moengage", b""), 1.0)
        COUNTS.drained("acme", [], NOW, calls, pace_limit=10_000)
    published = Published(capsys)
    reasons = sum(len(each) for each in REASONS.values()) + len(RetryReason)  # of retrying, and again of postponed
    classes = len(["none", "429", "1xx", "2xx", "3xx", "4xx", "5xx"])
    assert len(published.names) <= 2 * (len(Metric) + reasons + classes)
    assert {name for name, *_ in published.names} == {metric.value for metric in Metric} - {Metric.TRUSTSTORE_DAYS}


def test_more_destinations_make_more_metrics_only_in_proportion(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = []
    for destinations in (1, 2, 3):
        for number in range(destinations):
            COUNTS.received(f"destination-{number}", [DELIVERED], REQUESTED, NOW)
        sizes.append(len(Published(capsys).names))
    assert sizes[2] - sizes[1] == sizes[1] - sizes[0] <= len(Metric)


def test_a_batch_leaves_out_what_is_zero(capsys: pytest.CaptureFixture[str]) -> None:
    batch = MetricBatch()
    batch.count(Metric.RETRYING, 1, of="setup")
    batch.count(Metric.RETRYING, -1, of="setup")
    batch.publish("ours", "acme")
    assert capsys.readouterr().out == ""
