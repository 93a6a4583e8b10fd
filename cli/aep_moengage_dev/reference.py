"""Reference: the files in docs that are made from the code. `python -m aep_moengage_dev.reference` writes them anew."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from aep_moengage.delivery.results import not_accepted
from aep_moengage.document.model import Destination
from aep_moengage.moengage.responses import NO_MEANING, RULES, STATUS_FAIL, Answer, Rule, Verdict
from aep_moengage.outcomes import Outcome, RejectReason, RetryReason, SkipReason, WarningCode
from aep_moengage_dev.project import PROJECT

DOCS = PROJECT / "docs"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Untitled(GenerateJsonSchema):
    """Without titles that only repeat the names."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 # pydantic's signature
        return False


def destination_schema() -> str:
    """Returns the JSON Schema of a destination file, for editors; what it cannot say, `check` does."""
    schema = Destination.model_json_schema(schema_generator=_Untitled)
    head = {"$schema": _DIALECT, "title": "A destination of the AEP connector for MoEngage"}
    return json.dumps({**head, **{key: part for key, part in schema.items() if key != "title"}}, indent=2) + "\n"


def outcomes_page() -> str:
    """Returns the page of outcomes, reasons, MoEngage's answers and warnings."""
    return "\n".join(_outcomes_page())


def _outcomes_page() -> Iterator[str]:
    yield "# Outcomes"
    yield ""
    yield "<!-- Made from the code by `make docs`; a test fails where it is not current. -->"
    yield ""
    yield "What becomes of a profile, in the words of results, metrics, logs and alarms. At every moment"
    yield f"received = {' + '.join(Outcome)}."
    yield ""
    yield from _codes("outcome", Outcome)
    for title, reasons in _REASONS.items():
        yield f"## {title}"
        yield ""
        yield from _codes("reason", reasons)
    yield "## MoEngage's answers"
    yield ""
    yield "The first row that fits counts. *May have been applied*: not MoEngage itself answered, so the update"
    yield "may still take effect; the user's next update waits for that. No answer at all is `retrying/transient`."
    yield ""
    yield from _table(("answer", "what it means", "outcome", "may have been applied"), map(_answer, _ANSWERS))
    yield "A bulk that is refused or too large is sent one by one, so that only the bad record of it is rejected."
    yield ""
    yield "## Warnings"
    yield ""
    yield "What was changed or left out of a profile so that MoEngage takes the rest."
    yield ""
    yield from _codes("warning", WarningCode)


_REASONS: dict[str, type[StrEnum]] = {
    "Why a profile is skipped": SkipReason,
    "Why a profile is retrying": RetryReason,
    "Why a profile is rejected": RejectReason,
}
_ANSWERS = (STATUS_FAIL, NO_MEANING, *RULES)


def _codes(heading: str, codes: Iterable[Any]) -> Iterator[str]:
    return _table((heading, "meaning"), ((f"`{code}`", code.message) for code in codes))


def _answer(rule: Rule) -> tuple[str, ...]:
    status = str(rule.low) if rule.low == rule.high else f"{rule.low} to {rule.high}"
    if rule.verdict is Verdict.ACCEPTED:
        return status, rule.why, f"`{Outcome.DELIVERED}`", ""
    result = not_accepted(Answer(rule.verdict, rule.why))
    return status, rule.why, f"`{result.outcome}/{result.reason}`", "yes" if rule.lost else ""


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield _line(headings)
    yield _line(("---",) * len(headings))
    yield from map(_line, rows)
    yield ""


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


REFERENCES: dict[Path, Callable[[], str]] = {
    DOCS / "destination.schema.json": destination_schema,
    DOCS / "outcomes.md": outcomes_page,
}


def write() -> list[Path]:
    """Writes the files that are not current; returns them."""
    stale = {file: text for file, make in REFERENCES.items() if not _is_current(file, text := make())}
    for file, text in stale.items():
        file.write_text(text, encoding="utf-8")
    return list(stale)


def _is_current(file: Path, text: str) -> bool:
    return file.exists() and file.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    for written in write():
        sys.stdout.write(f"{written.relative_to(PROJECT)} is written\n")
