"""docs/mapping.md: each of its examples, a mapping, a profile and what becomes of it, is run."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
import yaml

from aep_moengage.document.model import Destination
from aep_moengage.document.parsing import parse_destination
from aep_moengage.mapping.audiences import membership_events
from aep_moengage.mapping.mapping import Action, CompiledMapping
from aep_moengage.outcomes import WarningCode
from aep_moengage_dev.project import PROJECT

PAGE = PROJECT / "docs" / "mapping.md"
EXAMPLE = re.compile(r"```yaml\n(.*?)```\n```json\n(.*?)```\n```json\n(.*?)```\n", re.DOTALL)
BASE = {"id": "acme", "name": "Acme", "region": "03", "username": "ACME1234", "audiences": "all"} | {
    "identities": {"user_id": "crmid", "anonymous_id": "ECID"}
}
NOW = datetime(2026, 1, 12, 9, 30, tzinfo=UTC)


class Example(NamedTuple):
    mapping: dict[str, Any]
    profile: Any
    becomes: Any

    def destination(self) -> Destination:
        return parse_destination(BASE | self.mapping)


def examples() -> Iterator[Any]:
    text = PAGE.read_text(encoding="utf-8")
    for found in EXAMPLE.finditer(text):
        heading = re.findall(r"^#+ (.*)$", text[: found.start()], re.MULTILINE)[-1]
        mapping, profile, becomes = found.groups()
        yield pytest.param(Example(yaml.safe_load(mapping), json.loads(profile), json.loads(becomes)), id=heading)


def what_becomes(example: Example) -> dict[str, Any]:
    destination = example.destination()
    decision = CompiledMapping(destination).transform(example.profile)
    if decision.action is not Action.DELIVER:
        return {"decision": decision.action, "reason": decision.reason}
    shown = dict(decision.customer or {})
    del shown["type"]
    if destination.audience_events:
        events = membership_events(str(decision.customer_id), None, decision.membership, NOW).record
        shown["events"] = events and events["actions"]
    if decision.warnings:
        shown["warnings"] = {warning.field: warning.code for warning in decision.warnings}
    return shown


EXAMPLES = list(examples())


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_what_the_connector_does(example: Example) -> None:
    assert what_becomes(example) == example.becomes


def test_no_block_of_the_page_stands_alone() -> None:
    assert PAGE.read_text(encoding="utf-8").count("```") == 6 * len(EXAMPLES)


def test_the_page_teaches_every_field() -> None:
    shown = {name for example in EXAMPLES for name in example.values[0].mapping}
    no_mapping = {"id", "name", "region", "username", "description", "pacing", "governance"}
    assert set(Destination.model_fields) - no_mapping <= shown


def test_warnings_are_those_that_there_are() -> None:
    codes = {code for each in EXAMPLES for code in each.values[0].becomes.get("warnings", {}).values()}
    assert codes <= set(WarningCode)
    assert len(codes) >= 5
