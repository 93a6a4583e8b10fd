"""`validate-export`: the attributes that would be sent beside those that MoEngage holds."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.functional.cli.conftest import ID, KEY, Cloud, Connect, Run

from aep_moengage.ledger.row import Destined, LedgerRow
from aep_moengage.ledger.table import DynamoDBTable
from aep_moengage.moengage.requests import Workspace
from aep_moengage_dev.simulator.simulator import Simulator

RECEIVED_MS = 1_768_210_200_000  # 2026-01-12T09:30:00Z
MAPPING: dict[str, Any] = {
    "attributes": {"first_name": "person.name.firstName", "points": "points", "since": "since", "tier": "tier"},
    "audiences": [{"id": "gold", "name": "Gold members"}, {"id": "new", "name": "Newcomers"}],
}
ADA = {
    "identityMap": {"crmid": [{"id": "ada-1"}]},
    "person": {"name": {"firstName": "Ada"}},
    "points": 7,
    "since": "2024-03-02T11:22:33.5+0000",
    "segmentMembership": {"ups": {"gold": {"status": "realized"}, "new": {"status": "realized"}}},
}


def written(tmp_path: Path, *profiles: dict[str, Any]) -> Path:
    file = tmp_path / "events.json"
    file.write_text(json.dumps(profiles))
    return file


def deliver(cloud: Cloud, moengage: Simulator, profile: dict[str, Any], **changes: Any) -> None:
    """Delivers as ingest does; then MoEngage changes some of the user's attributes."""
    cloud.deliver(profile, received_ms=RECEIVED_MS, endpoint=moengage.url)
    (user,) = moengage.workspace.users.values()
    user.attributes.update(changes)


def validated(run: Run, *arguments: object, code: int = 0) -> dict[str, Any]:
    result = run("validate-export", ID, "--json", *arguments)
    assert result.exit_code == code, result.output
    return dict(json.loads(result.stdout))


def states(report: dict[str, Any]) -> dict[str, str]:
    return {row["attribute"]: row["state"] for row in report["attributes"]}


def test_user_that_moengage_holds_as_sent_agrees(
    run: Run, cloud: Cloud, moengage: Simulator, connect: Connect, tmp_path: Path
) -> None:
    connect(**MAPPING)
    deliver(cloud, moengage, ADA)
    report = validated(run, "--user", "ada-1", written(tmp_path, ADA))

    assert report["agrees"]
    assert list(states(report).items()) == [
        ("AEP Segment", "same"),
        ("first_name", "same"),
        ("points", "same"),
        ("since", "same"),
    ]
    assert report["ledger"] == {
        "received": "2026-01-12T09:30:00+00:00",
        "noted": "2026-01-12T09:31:00+00:00",
        "digest": report["ledger"]["digest"],
        "delivered": True,
        "audiences": ["Gold members", "Newcomers"],
        "withdrawn": False,
    }


def test_differences_are_shown_by_attribute(
    run: Run, cloud: Cloud, moengage: Simulator, connect: Connect, tmp_path: Path
) -> None:
    connect(**MAPPING)
    held = {"since": "2024-03-02T11:22:33.000Z", "points": 8, "tier": "gold"}
    deliver(cloud, moengage, ADA, **held, **{"AEP Segment": ["Newcomers", "Gold members"]})
    del moengage.workspace.users["ada-1"].attributes["first_name"]
    report = validated(run, "--user", "ada-1", written(tmp_path, ADA | {"points": 1}, ADA), code=1)

    assert not report["agrees"]
    assert states(report) == {
        "AEP Segment": "same",
        "first_name": "missing",
        "points": "differs",
        "since": "same",
        "tier": "only_in_moengage",
    }
    assert report["ledger"]["delivered"] is True
    other = validated(run, "--user", "ada-1", written(tmp_path, ADA | {"points": 1}), code=1)
    assert other["ledger"]["delivered"] is False


def test_queued_user_is_not_reported_as_delivered(
    run: Run, cloud: Cloud, connect: Connect, moengage: Simulator, tmp_path: Path
) -> None:
    connect(**MAPPING)
    user = cloud.ledger().keys().user(Workspace("03", "ACME1234", "").id, "ada-1")
    queued = Destined(f"{RECEIVED_MS:013d}-000000-x")
    waiting = LedgerRow(user, 1, {ID: queued}, expires=RECEIVED_MS // 1000)
    DynamoDBTable(cloud.client("dynamodb"), cloud.output("LedgerTableName")).write([(waiting, False)])
    file = written(tmp_path, ADA)

    assert validated(run, "--user", "ada-1", file, code=1)["ledger"]["delivered"] is None
    shown = " ".join(run("validate-export", ID, "--user", "ada-1", file).stdout.split())
    assert "it is not known what MoEngage accepted last" in shown


def test_exited_audience_must_be_gone(
    run: Run, cloud: Cloud, moengage: Simulator, connect: Connect, tmp_path: Path
) -> None:
    connect(**MAPPING)
    deliver(cloud, moengage, ADA)
    memberships = {"ups": {"gold": {"status": "exited"}}}
    file = written(tmp_path, ADA | {"segmentMembership": memberships})
    report = validated(run, "--user", "ada-1", file, code=1)

    assert (report["attributes"][0]["state"], report["attributes"][0]["sent"]) == ("differs", ["Newcomers"])
    moengage.workspace.users["ada-1"].attributes["AEP Segment"] = ["Newcomers"]
    assert validated(run, "--user", "ada-1", file)["agrees"]


def test_mapped_attributes_are_shown_without_events(
    run: Run, cloud: Cloud, moengage: Simulator, connect: Connect
) -> None:
    connect(**MAPPING)
    deliver(cloud, moengage, ADA, secret_of_another="canary-7f3a")
    report = validated(run, "--user", "ada-1")

    assert states(report) == dict.fromkeys(["AEP Segment", "first_name", "points", "since"], "held")
    assert report["decision"] is None
    result = run("validate-export", ID, "--user", "ada-1")
    assert '"Gold members"' in result.stdout
    assert "last update received 2026-01-12T09:30:00+00:00" in " ".join(result.stdout.split())
    assert "canary-7f3a" not in result.output
    assert KEY not in result.output


def test_unknown_user_exits_1(run: Run, cloud: Cloud, moengage: Simulator, connect: Connect, tmp_path: Path) -> None:
    connect(**MAPPING)
    report = validated(run, "--user", "ada-1", written(tmp_path, ADA), code=1)

    assert (report["in_moengage"], report["ledger"]) == (False, None)
    assert set(states(report).values()) == {"missing"}
    assert "MoEngage has no user ada-1." in run("validate-export", ID, "--user", "ada-1").stdout


def test_profile_that_would_not_be_sent_exits_1(run: Run, cloud: Cloud, connect: Connect, tmp_path: Path) -> None:
    connect(**MAPPING, consent=["consents.marketing.email"])
    report = validated(run, "--user", "ada-1", written(tmp_path, ADA), code=1)
    assert (report["decision"], report["reason"]) == ("skip", "consent")


def test_all_attributes_are_compared_if_all_are_mapped(
    run: Run, cloud: Cloud, moengage: Simulator, connect: Connect, tmp_path: Path
) -> None:
    connect(attributes="all", audiences="all")
    deliver(cloud, moengage, ADA, of_another_source=1)
    report = validated(run, "--user", "ada-1", written(tmp_path, ADA), code=1)
    assert states(report)["of_another_source"] == "only_in_moengage"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((403, "Access denied"), "Since August 2026 MoEngage enables it"),
        ((400, "Not enabled"), "refused Get User (400): Not enabled"),
        ((401, "App Secret key mismatch"), "refused the credentials (401)"),
        ((429, "Rate"), "answered 429 to Get User: try again"),
        ((503, "Busy"), "answered 503 to Get User: try again"),
    ],
)
def test_error_of_get_user_is_reported(
    run: Run, moengage: Simulator, connect: Connect, answer: tuple[int, str], says: str
) -> None:
    connect(**MAPPING)
    status, message = answer
    body = {"status": "fail", "error": {"message": message}}
    moengage.faults.add("status", where="export", status=status, body=body)
    result = run("validate-export", ID, "--user", "ada-1")

    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
    assert KEY not in result.output


def test_invalid_input_exits_2(run: Run, cloud: Cloud, connect: Connect, tmp_path: Path) -> None:
    assert run("validate-export", "nobody", "--user", "ada-1").exit_code == 2
    connect(**MAPPING)
    result = run("validate-export", ID, "--user", "somebody", written(tmp_path, ADA))
    assert result.exit_code == 2
    assert "No profile in the event files maps to the user somebody" in result.stderr
