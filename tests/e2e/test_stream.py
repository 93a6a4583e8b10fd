"""What is written to the deployed stream arrives in MoEngage, and what cannot be read is a dead letter."""

import json
from typing import Any

import yaml
from tests.e2e.conftest import STREAMED
from tests.e2e.deployed import EVENTS, Connected, connected, named, unique, wait_until

from aep_moengage_dev.local.stack import LocalStack


def write(stack: LocalStack, *contents: Any) -> None:
    """Puts records on the stream: text as it is, and all else as JSON."""
    data = [each if isinstance(each, str) else json.dumps(each) for each in contents]
    records = [{"Data": each.encode(), "PartitionKey": unique("key")} for each in data]
    stream = stack.deployment.outputs["EventStreamArn"]
    assert stack.client("kinesis").put_records(StreamARN=stream, Records=records)["FailedRecordCount"] == 0


def exported(user: str, last_name: str) -> dict[str, Any]:
    """A profile as AEP exports it: with its audiences."""
    return named(user, last_name) | {"segmentMembership": {}}


def arrived(acme: Connected, user: str) -> bool:
    return user in acme.moengage.users() and bool(acme.moengage.events().get(user))


def test_events_and_profiles_of_the_stream_arrive_beside_a_poison_record(stack: LocalStack) -> None:
    rules = yaml.safe_load((EVENTS / "destination-events.yaml").read_text())["events"]
    identities = {"user_id": "crmid"}
    acme = connected(stack, destination=STREAMED, identities=identities, events=rules)
    user, last = unique(), unique()
    purchase = (EVENTS / "event-purchase.json").read_text()

    write(
        stack,
        purchase.replace("user-001", user),
        poison := f"no JSON: {user}",
        {"profiles": [exported(user, "Lovelace")]},
        [json.loads(purchase.replace("user-001", last)), exported(last, "Hopper")],
        exported(last, "Hopper"),
        purchase.replace("user-001", user),
    )
    wait_until(lambda: all(arrived(acme, each) for each in (user, last)), 60, "records are delivered")
    acme.drain()

    assert [each["action"] for each in acme.moengage.events()[user]] == ["Purchase", "Product Purchased"], "once"
    assert (acme.moengage.attributes(user) or {})["Last_Name"] == "Lovelace"
    assert (acme.moengage.attributes(last) or {})["Last_Name"] == "Hopper"
    (letter,) = acme.dead_letters()
    assert (letter["reason"], letter["profile"]) == ("not_an_event", poison)
