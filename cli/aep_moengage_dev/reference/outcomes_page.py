"""The page with outcomes, reasons, MoEngage's answers and warnings, from the code's own tables."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

from aep_moengage.delivery.results import not_accepted
from aep_moengage.moengage.responses import NO_MEANING, RULES, STATUS_FAIL, Answer, Rule, Verdict
from aep_moengage.outcomes import Outcome, RejectReason, RetryReason, SkipReason, WarningCode
from aep_moengage_dev.reference.markdown import GENERATED, table


def outcomes_page() -> str:
    """Returns the page with outcomes, reasons, MoEngage's answers and warnings."""
    return "\n".join(_outcomes_page())


def _outcomes_page() -> Iterator[str]:
    yield "# Outcomes"
    yield ""
    yield GENERATED
    yield ""
    yield "Every profile has exactly one outcome. Results, metrics, logs and alarms use the same words. At any time"
    yield f"received = {' + '.join(Outcome)}."
    yield ""
    yield from _codes("outcome", Outcome)
    for title, reasons in _REASONS.items():
        yield f"## {title}"
        yield ""
        yield from _codes("reason", reasons)
    yield "## MoEngage's answers"
    yield ""
    yield "The first matching row counts. No answer at all is `retrying/transient`. *May have been applied*: MoEngage"
    yield "itself may not have answered, so the update may still take effect; the user's next update waits for that."
    yield ""
    yield from table(("answer", "what it means", "outcome", "may have been applied"), map(_answer, _ANSWERS))
    yield "If MoEngage refuses a bulk request, its records are sent one by one, so only the bad record is rejected."
    yield ""
    yield "## Warnings"
    yield ""
    yield "What was changed or left out of a profile so that MoEngage accepts the rest."
    yield ""
    yield from _codes("warning", WarningCode)


_REASONS: dict[str, type[StrEnum]] = {
    "Why a profile is skipped": SkipReason,
    "Why a profile is retrying": RetryReason,
    "Why a profile is rejected": RejectReason,
}
_ANSWERS = (STATUS_FAIL, NO_MEANING, *RULES)


def _codes(heading: str, codes: Iterable[Any]) -> Iterator[str]:
    return table((heading, "meaning"), ((f"`{code}`", code.message) for code in codes))


def _answer(rule: Rule) -> tuple[str, ...]:
    status = str(rule.low) if rule.low == rule.high else f"{rule.low} to {rule.high}"
    if rule.verdict is Verdict.ACCEPTED:
        return status, rule.why, f"`{Outcome.DELIVERED}`", ""
    result = not_accepted(Answer(rule.verdict, rule.why))
    return status, rule.why, f"`{result.outcome}/{result.reason}`", "yes" if rule.lost else ""
