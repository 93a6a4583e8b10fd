"""The steps of the connector that are measured alone. Their imports are inside: an older checkout may lack them."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tests.performance.profiles import ATTRIBUTES, LEDGER_KEY, as_posted, document, usual

EVENTS = 1000  # of `events`
SIZES = (500, 2_000)  # of what a step reads; linear work takes the same time for each piece
_NOW_MS = 1_767_225_600_000  # 2026-01-01

type Work = Callable[[], Iterable[Any]]


def transformed(described: dict[str, Any], posted: Sequence[bytes]) -> Work:
    """Returns the work from the bytes that AEP posts to those that MoEngage is sent, for each body."""
    from aep_moengage.aep.bodies import read_body
    from aep_moengage.document.parsing import parse_destination
    from aep_moengage.ledger.memberships import names_in, stated
    from aep_moengage.mapping.mapping import CompiledMapping
    from aep_moengage.moengage.user_records import customer_record

    destination = parse_destination(described)
    mapping, to = CompiledMapping(destination), destination.id

    def work() -> Iterable[bytes]:
        for body in posted:
            for profile in read_body(body):
                decision = mapping.transform(profile, _NOW_MS)
                known, _ = stated({}, decision.statements, mapping.activation, to)
                names, _ = names_in(known, frozenset({to}))
                audiences = {mapping.audience_attribute: names}
                yield customer_record(str(decision.customer_id), decision.attributes or b"", audiences)

    return work


def events_transformed() -> tuple[Work, Work]:
    """Returns the work on events, from posted bytes to sent bytes: that of a bare loop, and the connector's."""
    from tests.performance.events import bare_event, event_bodies, event_destination

    from aep_moengage.aep.events import read_events
    from aep_moengage.mapping.events import CompiledEvents
    from aep_moengage.moengage.event_records import pack_actions

    posted, mapping = event_bodies(), CompiledEvents(event_destination())

    def bare() -> Iterable[bytes]:
        for body in posted:
            yield json.dumps(bare_event(json.loads(body)), separators=(",", ":")).encode()

    def work() -> Iterable[bytes]:
        for body in posted:
            for event in read_events(body):
                for each in mapping.transform(event, _NOW_MS).occurrences:
                    packed = pack_actions(each.customer_id, each.actions, update_existing_only=False)
                    yield from (record for record, _ in packed)

    return bare, work


def keep_ledger_in_memory() -> None:
    """Gives drain a ledger without DynamoDB."""
    from dataclasses import replace

    import app
    from tests.unit.deliveries import Table

    from aep_moengage.ledger.keys import LedgerKeys
    from aep_moengage.ledger.ledger import Ledger

    keys, drain = LedgerKeys(LEDGER_KEY), app.drain()
    deliveries = replace(drain.deliveries, profiles=Ledger(Table(), lambda: keys))
    changed = replace(drain, deliveries=deliveries)
    app.drain = lambda: changed


def _bodies(size: int) -> Work:
    from aep_moengage.aep.bodies import read_body

    body = as_posted([usual(number) for number in range(size)])
    return lambda: read_body(body)


def _attributes(size: int) -> Work:
    profile = usual(1) | {"_many": {f"field{number}": "text" for number in range(size)}}
    return transformed(document() | {"attributes": "all"}, [as_posted(profile)])


def _audiences(size: int) -> Work:
    profile = usual(1)
    one = profile["segmentMembership"]["ups"]["seg1"]
    profile["segmentMembership"]["ups"] = {f"seg{number}": one for number in range(1, size + 1)}
    return transformed(document(audiences=size), [as_posted(profile)])


def _dotted_keys(size: int) -> Work:
    keys = {f"a.b{number % 10}.c{number}": "text" for number in range(size)}
    profile = {"identityMap": usual(1)["identityMap"], "attributes": keys}
    return transformed(document(), [as_posted(profile)])


def _updates(size: int) -> Work:
    from tests.unit.deliveries import MoEngage, Table

    from aep_moengage.budget import Budget
    from aep_moengage.delivery.delivery import Delivery
    from aep_moengage.delivery.recipient import ActiveDestination
    from aep_moengage.delivery.updates import update_of
    from aep_moengage.document.parsing import parse_destination
    from aep_moengage.ledger.keys import LedgerKeys
    from aep_moengage.ledger.ledger import Ledger

    to = ActiveDestination(parse_destination(document(ATTRIBUTES)), 1, "https://moengage.invalid", "key", ())
    keys = LedgerKeys(LEDGER_KEY)
    updates = [
        update_of(usual(number), received_ms=_NOW_MS, index=number, request="r", in_custody=True)
        for number in range(size)
    ]

    def work() -> Iterable[Any]:
        delivery = Delivery(to, Ledger(Table(), lambda: keys), MoEngage().send, longest_call=10)
        return delivery.deliver(updates, Budget(60))

    return work


GROWING: dict[str, Callable[[int], Work]] = {
    "profiles of a body": _bodies,
    "attributes": _attributes,
    "audiences": _audiences,
    "dotted keys": _dotted_keys,
    "updates of a batch": _updates,
}
