"""docs/mapping.md: every example of it is run.

An example is a destination's mapping, a profile, and what the connector makes of it for a user whom it does not know.
Several profiles, in an array, are messages that come one after the other, and each has its result.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
import yaml
from tests.unit.deliveries import Connector

from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.document.model import Destination
from aep_moengage.document.parsing import parse_destination
from aep_moengage.mapping.mapping import Action
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

    def recipient(self) -> ActiveDestination:
        return ActiveDestination(parse_destination(BASE | self.mapping), 1, "https://moengage.invalid", "key", ())


def examples() -> Iterator[Any]:
    text = PAGE.read_text(encoding="utf-8")
    for found in EXAMPLE.finditer(text):
        heading = re.findall(r"^#+ (.*)$", text[: found.start()], re.MULTILINE)[-1]
        mapping, profile, becomes = found.groups()
        yield pytest.param(Example(yaml.safe_load(mapping), json.loads(profile), json.loads(becomes)), id=heading)


def what_becomes(example: Example) -> Any:
    to, connector = example.recipient(), Connector()
    if isinstance(example.profile, list):
        return [result(to, connector, profile) for profile in example.profile]
    return result(to, connector, example.profile)


def result(to: ActiveDestination, connector: Connector, profile: Any) -> dict[str, Any]:
    """What the connector makes of a message: its decision, if it is another than to deliver it, and what it sends."""
    connector.now = max(connector.now + 1, NOW.timestamp())
    decision = to.mapping.transform(profile, round(connector.now * 1000))
    before = len(connector.moengage.records)
    (delivered,) = connector.deliver(to, profile, received=connector.now)
    records = connector.moengage.records[before:]
    shown: dict[str, Any] = {}
    if decision.action is not Action.DELIVER:
        shown |= {"decision": decision.action, "reason": decision.reason}
    elif not records:
        shown["outcome"] = delivered.outcome
    customers = [record for record in records if record["type"] == "customer"]
    if customers:
        attributes = [record["attributes"] for record in customers]
        shown |= {name: value for name, value in customers[0].items() if name != "type"}
        shown["attributes"] = attributes[0] if len(attributes) == 1 else attributes
    if events := [action for record in records if record["type"] == "event" for action in record["actions"]]:
        shown["events"] = events
    if decision.warnings:
        shown["warnings"] = {warning.field: warning.code for warning in decision.warnings}
    return shown


EXAMPLES = list(examples())


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_what_the_connector_does(example: Example) -> None:
    assert what_becomes(example) == example.becomes


def test_no_block_of_the_page_stands_alone() -> None:
    pictures = 1
    assert PAGE.read_text(encoding="utf-8").count("```") == 6 * len(EXAMPLES) + 2 * pictures


def test_the_page_teaches_every_field() -> None:
    shown = {name for example in EXAMPLES for name in example.values[0].mapping}
    no_mapping = {"id", "name", "region", "username", "description", "pacing", "governance"}
    of_events = {name for name in Destination.model_fields if name.startswith("event")} | {"hold_anonymous"}
    assert set(Destination.model_fields) - no_mapping - of_events <= shown


def test_warnings_are_those_that_there_are() -> None:
    results = [each.values[0].becomes for each in EXAMPLES]
    messages = [each for result in results for each in (result if isinstance(result, list) else [result])]
    codes = {code for each in messages for code in each.get("warnings", {}).values()}
    assert codes <= set(WarningCode)
    assert len(codes) >= 5
