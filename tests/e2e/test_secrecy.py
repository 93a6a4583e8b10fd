"""Canaries in identities, attributes and keys: no log line of the functions holds any of them."""

from tests.e2e.deployed import connected, unique

from aep_moengage_dev.local.stack import LocalStack
from aep_moengage_dev.simulator.remote import RemoteSimulator


def test_logs_hold_no_identity_value_token_or_key(stack: LocalStack, moengage: RemoteSimulator) -> None:
    acme = connected(stack, region="06")  # its credentials are refused below, and parked
    user, poison, first, last = unique("canary-id"), unique("canary-poison"), unique("First"), unique("Last")
    key, audience, token = unique("canary-key"), unique("canary-audience"), f"{acme.id}.{unique('canary-token')}"
    body = [
        {
            "identityMap": {"crmid": [{"id": each}], key: [{"id": unique("canary-other")}]},
            "person": {"name": {"firstName": first, "lastName": last, key: key}},
            "segmentMembership": {"ups": {audience: {"status": "realized", "name": audience}}},
            "_tenant": {"lastOrderAt": last, "loyaltyPoints": last},
        }
        for each in (user, poison)
    ]
    moengage.fault("poison", customer_ids=[poison])
    acme.deliver(body)  # warnings and a refusal
    assert len(acme.dead_letters()) == 1
    moengage.fault("status", status=503, body=f'{{"error": {{"message": "{last}"}}}}', times=2)
    body[0]["person"]["name"]["firstName"] = unique("Next")
    assert acme.post(body[0]).outcomes == ["retrying"]  # MoEngage repeats what it was sent
    acme.drain()
    moengage.change_password("another-key")
    body[0]["person"]["name"]["firstName"] = unique("Parked")
    assert acme.post(body[0]).outcomes == ["retrying"]  # refused credentials
    acme.discard_backlog()
    moengage.change_password(stack.moengage_password)
    assert acme.post(body, token=token).status == 401
    assert acme.post(f'{{"{last}": ').status == 400
    logs = acme.logs()
    assert acme.id in logs
    assert "profiles drained" in logs
    secrets = acme.token.partition(".")[2], stack.moengage_password
    planted = user, poison, first, last, key, audience, token, "canary-", "another-key", *secrets
    assert [canary for canary in planted if canary in logs] == []
