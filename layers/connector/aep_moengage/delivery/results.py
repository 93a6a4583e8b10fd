"""Results: the outcome of an update, and why."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from aep_moengage.moengage.responses import Answer, Verdict
from aep_moengage.outcomes import Outcome, Reason, RejectReason, RetryReason

LOST_ANSWER_GRACE = 15.0  # seconds that a request whose answer was lost may still be at work in MoEngage

_RETRIED = {
    Verdict.TRANSIENT: RetryReason.TRANSIENT,
    Verdict.THROTTLED: RetryReason.THROTTLED,
    Verdict.SETUP: RetryReason.SETUP,
}
_REJECTED = {Verdict.REFUSED: RejectReason.REFUSED, Verdict.TOO_LARGE: RejectReason.RECORD_TOO_LARGE}
_PRESSING = {Outcome.RETRYING: 2, Outcome.REJECTED: 1}  # of an update of two users, what is left to do is reported


class Result(Struct, frozen=True):
    """The outcome of an update. `why` is safe to show; `retry_after` is in seconds.

    `said` are MoEngage's own words, which may quote values; only dead letters keep them.
    `users` are the pseudonyms of its user and of the anonymous one, where the profile has both.
    """

    outcome: Outcome
    reason: Reason | None = None
    why: str = ""
    retry_after: float | None = None
    request_id: str | None = None
    warnings: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    said: str = ""

    @property
    def pressing(self) -> int:
        """How much is left to do: more where the update is retried than where it is rejected, else nothing."""
        return _PRESSING.get(self.outcome, 0)

    def warned(self, codes: Iterable[str]) -> "Result":
        """Returns the result with further warnings, each code once."""
        return replace(self, warnings=tuple(dict.fromkeys([*self.warnings, *codes])))


PAUSED = Result(Outcome.RETRYING, RetryReason.PAUSED, "the destination is paused; `resume` releases this")


def retry_later(why: str, retry_after: float | None = None) -> Result:
    """Returns the result of an update that has to be tried again."""
    return Result(Outcome.RETRYING, RetryReason.TRANSIENT, why, retry_after)


def not_accepted(answer: Answer) -> Result:
    """Returns the result of an update that MoEngage did not accept, from its answer."""
    if reason := _RETRIED.get(answer.verdict):
        retry_after = max(answer.retry_after or 0.0, LOST_ANSWER_GRACE) if answer.lost else answer.retry_after
        return Result(Outcome.RETRYING, reason, answer.why, retry_after, answer.request_id, said=answer.said)
    rejected = _REJECTED[answer.verdict]
    return Result(Outcome.REJECTED, rejected, answer.why, request_id=answer.request_id, said=answer.said)
