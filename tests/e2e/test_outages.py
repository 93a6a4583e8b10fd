"""Updates that MoEngage does not accept are queued and delivered later, or dead-lettered; AEP is answered in time."""

from itertools import product
from typing import Any

import pytest
from tests.e2e.deployed import Connected, connected, named, unique
from tests.profiles import profile

from aep_moengage_dev.local.stack import LocalStack
from aep_moengage_dev.simulator.remote import RemoteSimulator

# the fault, and a data center of its own, because an open circuit breaker belongs to one
OUTAGES: dict[str, tuple[dict[str, Any], str]] = {
    "throttled": ({"kind": "status", "status": 429, "reset": 1}, "01"),
    "down": ({"kind": "status", "status": 503}, "02"),
    "hanging": ({"kind": "hang"}, "04"),
}
ANSWERED_WITHIN = 2.0  # seconds: AEP waits no longer


@pytest.mark.parametrize("outage", OUTAGES)
def test_updates_of_an_outage_are_delivered_in_order_after_it(
    stack: LocalStack, moengage: RemoteSimulator, outage: str
) -> None:
    fault, region = OUTAGES[outage]
    acme = connected(stack, region=region)
    acme.post(named(unique(), "Warm"))
    users = [unique(outage), unique(outage)]
    moengage.fault(**fault)
    for user, name in product(users, ["Older", "Newest"]):
        answer = acme.post(named(user, name))
        assert answer.outcomes == ["retrying"]
        assert answer.seconds < ANSWERED_WITHIN
    assert acme.backlog.size() > 0
    moengage.heal()
    acme.drain()
    assert [moengage.users()[user]["attributes"]["Last_Name"] for user in users] == ["Newest"] * 2
    assert acme.dead_letters() == []


def test_large_request_is_queued_as_a_whole_and_sent_in_bulk(acme: Connected, moengage: RemoteSimulator) -> None:
    users = [unique() for _ in range(200)]
    before = moengage.requests(bodies=False)
    assert set(acme.post([named(user, "Bulk") for user in users]).outcomes) == {"retrying"}
    acme.drain()
    assert moengage.users().keys() >= set(users)
    sent = [each for each in moengage.requests(before[-1]["number"] if before else 0) if each["status"]]
    assert len(sent) < 20


def test_refused_profile_is_dead_lettered_with_a_safe_reason(acme: Connected, moengage: RemoteSimulator) -> None:
    poison, healthy = unique("poison"), unique()
    moengage.fault("poison", customer_ids=[poison])
    acme.deliver([named(poison, "Canary-7f3a"), named(healthy, "Lovelace")])
    assert moengage.attributes(healthy)
    [letter] = acme.dead_letters()
    assert (letter["reason"], letter["profile"]) == ("refused", named(poison, "Canary-7f3a"))
    assert letter["why"]
    assert poison not in letter["why"]
    assert "Canary-7f3a" not in letter["why"]


def test_an_invalid_id_is_dead_lettered_before_it_is_sent(acme: Connected) -> None:
    answer = acme.post(profile("bad\tid"))
    assert (answer.outcomes, answer.reasons) == (["rejected"], ["invalid_customer_id"])
    [letter] = acme.dead_letters()
    assert (letter["reason"], letter["profile"]) == ("invalid_customer_id", profile("bad\tid"))
    assert "control characters" in letter["why"]
