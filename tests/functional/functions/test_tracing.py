"""What both doors log of each profile: enough to follow it, and nobody's identity."""

import hashlib
import json
from typing import Any

import pytest
from tests.functional.functions.cloud import DESTINATION, PATH, Cloud
from tests.profiles import profile

from aep_moengage.delivery.pseudonyms import pseudonym
from aep_moengage.functions.destination_store import secrets_path
from aep_moengage.telemetry.tracing import MESSAGE
from aep_moengage_dev.simulator.simulator import Simulator

KEY = "planted-trace-key"
CANARY = "canary-7f3a"


def with_key(cloud: Cloud) -> None:
    name = f"{secrets_path(PATH, str(DESTINATION['id']))}/trace-key"
    cloud.client("ssm").put_parameter(Name=name, Value=KEY, Type="SecureString", Overwrite=True)
    cloud.forget()


def steps(logged: str, user: str) -> list[tuple[Any, ...]]:
    """Request, index, outcome, reason and attempts of each line in which a user is."""
    found = []
    for line in map(json.loads, logged.splitlines()):
        for group in line.get("traced", ()) if line.get("message") == MESSAGE else ():
            for index, users in group["profiles"].items():
                if pseudonym(KEY, user) in users:
                    said = group["outcome"], group.get("reason"), group.get("attempts", 0)
                    found.append((group["request"], int(index), *said))
    return found


def test_a_profile_is_traced_through_both_functions(
    emulated: Cloud, moengage: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    with_key(emulated)
    outage = moengage.faults.add(kind="status", status=503)
    emulated.post([profile("ada", points=1), profile("bob", points=2)])
    moengage.faults.remove(outage)
    emulated.drain()

    logged = capsys.readouterr().out
    assert steps(logged, "bob") == [
        ("request-1", 1, "retrying", "transient", 0),
        ("request-1", 1, "delivered", None, 1),
    ]
    delivered = next(line for line in logged.splitlines() if MESSAGE in line and '"delivered"' in line)
    assert json.loads(delivered)["traced"][0]["moengage_request"]


def test_the_anonymous_user_beside_is_traced_too(emulated: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    with_key(emulated)
    emulated.post(profile(ecid="cookie", points=1))
    emulated.post(profile("ada", ecid="cookie", points=1))

    assert [step[0] for step in steps(capsys.readouterr().out, "cookie")] == ["request-1", "request-2"]


def test_a_skipped_or_rejected_profile_is_traced(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.connect(DESTINATION | {"anonymous_profiles": "skip"})
    with_key(cloud)
    cloud.post([profile(ecid="cookie"), profile("bad\tid")])

    logged = capsys.readouterr().out
    assert steps(logged, "cookie") == [("request-1", 0, "skipped", "anonymous", 0)]
    assert [step[2] for step in steps(logged, "bad\tid")] == ["rejected"]


def test_nothing_personal_is_in_a_trace(
    emulated: Cloud, moengage: Simulator, capsys: pytest.CaptureFixture[str]
) -> None:
    with_key(emulated)
    person = {"name": {"lastName": CANARY}}
    refused = {"status": 400, "body": {"status": "fail", "error": {"message": CANARY}}}
    for number, fault in enumerate((None, refused, {"status": 500})):
        moengage.faults.clear()
        if fault:
            moengage.faults.add(kind="status", **fault)
        known = profile(f"user-{CANARY}", ecid=f"cookie-{CANARY}", person=person, points=number)
        emulated.post([known, profile(f"other-{CANARY}", points=number)])
        emulated.drain()
    emulated.post([profile(f"many-{number}-{CANARY}") for number in range(60)])

    logged = capsys.readouterr().out
    assert len(steps(logged, f"user-{CANARY}")) >= 3
    plain = [hashlib.sha256(f"{what}-{CANARY}".encode()).hexdigest()[:24] for what in ("user", "cookie", "other")]
    for secret in (CANARY, KEY, *plain):
        assert secret not in logged
    assert CANARY in {letter["said"] for letter in emulated.dead_letters()}, "MoEngage's words are in dead letters only"


def test_without_a_key_nobody_is_named_and_the_place_still_is(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.post(profile("ada"))

    (line,) = (json.loads(line) for line in capsys.readouterr().out.splitlines() if MESSAGE in line)
    assert line["traced"][0]["profiles"] == {"0": []}
