"""What the demo says MoEngage must show is worked out without the connector; the two must agree on every customer."""

import json
from itertools import islice
from typing import Any

import pytest

from aep_moengage.aep.bodies import read_body
from aep_moengage.mapping.mapping import Action, CompiledMapping
from aep_moengage_dev.demo.customers import Customer, customers, seeded
from aep_moengage_dev.demo.samples import samples
from aep_moengage_dev.local.connecting import read_destination
from aep_moengage_dev.local.stack import SAMPLE_DESTINATION


@pytest.fixture(scope="module")
def mapping() -> CompiledMapping:
    destination, _ = read_destination(SAMPLE_DESTINATION)
    return CompiledMapping(destination)


def some(count: int) -> list[Customer]:
    return list(islice(customers(seeded(7)), count))


def test_the_same_customers_come_at_every_run() -> None:
    assert some(20) == some(20)


def test_the_connector_makes_of_a_customer_what_the_demo_expects(mapping: CompiledMapping) -> None:
    chance = seeded(7)
    for customer in some(100):
        for moment in (customer, customer.after_an_order(chance)):
            decision = mapping.transform(moment.profile())
            assert (decision.action, decision.customer_id, decision.warnings) == (Action.DELIVER, moment.id, ())
            assert decision.customer
            assert decision.customer["attributes"] == moment.shown()


def test_no_two_moments_of_a_customer_look_the_same() -> None:
    chance, moments = seeded(7), some(1)
    for _ in range(50):
        moments.append(moments[-1].after_an_order(chance))
    assert len({json.dumps(moment.shown()) for moment in moments}) == len(moments)


def test_the_connector_makes_of_adobes_samples_what_the_demo_expects(mapping: CompiledMapping) -> None:
    for file, sent in samples():
        decided = [mapping.transform(profile) for profile in read_body(file.read_text("utf-8"))]
        records: list[Any] = [decision.customer for decision in decided if decision.customer]
        assert [record["customer_id"] for record in records] == [each.customer_id for each in sent]
        for record, each in zip(records, sent, strict=True):
            assert record["attributes"].items() >= each.shown.items()
