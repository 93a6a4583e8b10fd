"""The demo computes what MoEngage must show without the connector; both must agree on every customer."""

import json
from itertools import islice
from typing import Any

import pytest
from tests.unit.deliveries import Connector

from aep_moengage.aep.bodies import read_body
from aep_moengage.delivery.recipient import ActiveDestination
from aep_moengage.mapping.mapping import Action
from aep_moengage_dev.demo.customers import Customer, customers, seeded
from aep_moengage_dev.demo.samples import samples
from aep_moengage_dev.local.connecting import read_destination
from aep_moengage_dev.local.stack import SAMPLE_DESTINATION

NOW_MS = 1_798_761_600_000  # 2027-01-01: later than all orders


@pytest.fixture(scope="module")
def to() -> ActiveDestination:
    destination, _ = read_destination(SAMPLE_DESTINATION)
    return ActiveDestination(destination, 1, "https://moengage.invalid", "key", ())


def held(to: ActiveDestination, connector: Connector, profile: Any) -> dict[str, dict[str, Any]]:
    """What MoEngage holds of all users once the connector has delivered a profile, without a warning."""
    assert to.mapping.transform(profile, NOW_MS).warnings == ()
    connector.deliver(to, profile)
    users: dict[str, dict[str, Any]] = {}
    for record in connector.moengage.records:
        if record["type"] == "customer":
            users.setdefault(record["customer_id"], {}).update(record["attributes"])
    return users


@pytest.fixture
def connector() -> Connector:
    """A connector that knows nobody yet, later than all orders."""
    connector = Connector()
    connector.now = NOW_MS / 1000
    return connector


def some(count: int) -> list[Customer]:
    return list(islice(customers(seeded(7)), count))


def test_the_same_customers_come_at_every_run() -> None:
    assert some(20) == some(20)


def test_the_connector_sends_of_a_customer_what_the_demo_expects(to: ActiveDestination, connector: Connector) -> None:
    chance = seeded(7)
    for customer in some(30):
        for moment in (customer, customer.after_an_order(chance)):
            assert to.mapping.transform(moment.profile(), NOW_MS).action is Action.DELIVER
            assert held(to, connector, moment.profile())[moment.id] == moment.shown()


def test_no_two_moments_of_a_customer_look_the_same() -> None:
    chance, moments = seeded(7), some(1)
    for _ in range(50):
        moments.append(moments[-1].after_an_order(chance))
    assert len({json.dumps(moment.shown()) for moment in moments}) == len(moments)


def test_the_connector_sends_of_adobes_samples_what_the_demo_expects(
    to: ActiveDestination, connector: Connector
) -> None:
    for file, expected in samples():
        for profile in read_body(file.read_text("utf-8")):
            users = held(to, connector, profile)
        for each in expected:
            assert users[each.customer_id].items() >= each.shown.items()
