"""docs/events.md: every example of it is run.

An example is a destination's mapping, an event, and what MoEngage receives. Several events, in an array, come one after
the other, and each has its result.
"""

import json
import re
import textwrap
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import yaml
from tests.docs.test_mapping import BASE, NOW
from tests.unit.deliveries import KEYS, EventTable, KnownUserTable, MoEngage

from aep_moengage.budget import Budget
from aep_moengage.delivery.event_delivery import EventDelivery
from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.delivery.updates import Kind, update_of
from aep_moengage.document.event_rules import EventRule
from aep_moengage.document.model import Destination
from aep_moengage.document.parsing import parse_destination
from aep_moengage.ledger.event_claims import EventLedger
from aep_moengage.ledger.known_users import KnownUsers
from aep_moengage.mapping.mapping import Action
from aep_moengage_dev.project import PROJECT

TEXT = (PROJECT / "docs" / "events.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(
    r"^ *```yaml\n(.*?)^ *```\n *```json\n(.*?)^ *```\n *```json\n(.*?)^ *```\n", re.DOTALL | re.MULTILINE
)
RECEIVED_MS = round(NOW.timestamp() * 1000)


class Example(NamedTuple):
    mapping: dict[str, Any]
    event: Any
    becomes: Any


def examples() -> Iterator[Any]:
    for found in EXAMPLE.finditer(TEXT):
        heading = re.findall(r"^#+ (.*)$", TEXT[: found.start()], re.MULTILINE)[-1]
        mapping, event, becomes = map(textwrap.dedent, found.groups())
        yield pytest.param(Example(yaml.safe_load(mapping), json.loads(event), json.loads(becomes)), id=heading)


class Receiver:
    """A destination, and what MoEngage has received of it."""

    def __init__(self, mapping: dict[str, Any]) -> None:
        self.to = ActiveDestination(parse_destination(BASE | mapping), 1, "https://moengage.invalid", "key", ())
        self.moengage = MoEngage()
        self._ledger = EventLedger(EventTable(), lambda: KEYS, NOW.timestamp)
        self._known = KnownUsers(KnownUserTable(), lambda: KEYS, NOW.timestamp)

    def becomes(self, event: Any) -> dict[str, Any]:
        """Delivers an event; returns what the page shows of it."""
        decision, before = self.to.event_mapping.transform(event, RECEIVED_MS), len(self.moengage.records)
        update = update_of(event, received_ms=RECEIVED_MS, index=0, request="r1", kind=Kind.EVENTS)
        delivery = EventDelivery(self.to, self._ledger, self.moengage.send, longest_call=5, known=self._known)
        (delivered,) = delivery.deliver([update], Budget(60, lambda: 0.0))
        records = self.moengage.records[before:]
        shown: dict[str, Any] = {}
        if decision.action is Action.HOLD and not records:
            shown["decision"] = decision.action
        elif decision.action in {Action.SKIP, Action.REJECT}:
            shown |= {"decision": decision.action, "reason": decision.reason}
        elif not records:
            shown["outcome"] = delivered.outcome
        for record in records:
            shown |= {"customer_id": record["customer_id"], "events": record["actions"]}
        if decision.warnings:
            shown["warnings"] = {warning.field: warning.code for warning in decision.warnings}
        return shown


EXAMPLES = list(examples())


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_what_the_connector_does(example: Example) -> None:
    receiver = Receiver(example.mapping)
    events = example.event if isinstance(example.event, list) else [example.event]

    results = [receiver.becomes(event) for event in events]

    assert (results if isinstance(example.event, list) else results[0]) == example.becomes


def test_no_mapping_of_the_page_stands_alone() -> None:
    assert TEXT.count("```yaml") == len(EXAMPLES) > 8
    assert TEXT.count("```json") == 2 * len(EXAMPLES)


def test_the_page_teaches_every_field() -> None:
    mappings = [example.values[0].mapping for example in EXAMPLES]
    rules = [rule for each in mappings if isinstance(each["events"], list) for rule in each["events"]]
    shown = {name for rule in rules if isinstance(rule, dict) for name in rule}
    for_all = {name for name in Destination.model_fields if name.startswith("event")}

    assert set(EventRule.model_fields) - {"triggers_campaigns"} <= shown
    assert for_all <= {name for each in mappings for name in each}
    assert "`triggers_campaigns`" in TEXT
