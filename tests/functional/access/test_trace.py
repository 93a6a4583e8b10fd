"""`trace`: the way of one profile, out of what both functions logged, for who may see profiles."""

import json
import time
from typing import Any

import pytest
from tests.functional.access.conftest import Guarded
from tests.functional.access.test_commands import DESTINATION, ID, MANAGE, PROFILES, RunAs, dead_letter, run_as

from aep_moengage.delivery.pseudonyms import pseudonym
from aep_moengage.functions.destination_store import secrets_path
from aep_moengage.ledger.row import Destined, LedgerRow
from aep_moengage.ledger.secret import StackKeys
from aep_moengage.ledger.table import DynamoDBTable
from aep_moengage.moengage.requests import Workspace
from aep_moengage.telemetry.tracing import MESSAGE

__all__ = ["run_as"]  # a fixture

USER = "canary-7f3a"


def key_of(guarded: Guarded, user: str) -> str:
    """The key of a user's row; `connect` has made the ledger's key."""
    keys = StackKeys(guarded.client("ssm"), guarded.outputs["ParameterPath"])()
    return keys.user(Workspace("03", "ACME1234", "").id, user)


class Logged:
    """Writes what the functions would have logged, so long before now."""

    def __init__(self, guarded: Guarded) -> None:
        self._guarded = guarded
        self.now = int(time.time() * 1000)

    def line(self, output: str, seconds_ago: float, **group: Any) -> None:
        logs, name = self._guarded.client("logs"), self._guarded.outputs[output]
        group = {"received": self.now - 60_000, **group}
        message = json.dumps({"message": MESSAGE, "destination": ID, "traced": [group]})
        stream = f"{time.monotonic_ns()}"
        logs.create_log_stream(logGroupName=name, logStreamName=stream)
        event = {"timestamp": int(self.now - seconds_ago * 1000), "message": message}
        logs.put_log_events(logGroupName=name, logStreamName=stream, logEvents=[event])


@pytest.fixture
def alias(run_as: RunAs, guarded: Guarded) -> str:
    """The pseudonym of the user, under the key that `connect` made."""
    run_as(MANAGE, "connect", DESTINATION, "--password-stdin", "--no-test", stdin="key")
    name = f"{secrets_path(guarded.outputs['ParameterPath'], ID)}/trace-key"
    key = guarded.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    return pseudonym(key, USER)


def test_the_way_of_a_user_is_shown_step_by_step(run_as: RunAs, guarded: Guarded, alias: str) -> None:
    logged = Logged(guarded)
    # queued as a whole: nobody looked at whose it is; another profile of the request is none of ours
    logged.line(
        "IngestLogGroupName", 60, request="way=", outcome="retrying", reason="transient", profiles={"3": [], "4": []}
    )
    logged.line("DrainLogGroupName", 30, request="way=", outcome="retrying", attempts=1, profiles={"3": [alias]})
    delivered = {"outcome": "delivered", "moengage_request": "m-1", "attempts": 2}
    logged.line("DrainLogGroupName", 10, request="way=", **delivered, profiles={"3": [alias], "4": ["somebody"]})
    sequence = f"{logged.now - 60_000:013d}-000003-way="
    table = DynamoDBTable(guarded.client("dynamodb"), guarded.outputs["LedgerTableName"])
    row = LedgerRow(key_of(guarded, USER), 1, {ID: Destined(sequence, "digest")}, expires=int(time.time()) + 60)
    table.write([(row, False)])

    result = run_as(PROFILES, "trace", ID, "--user", "-", "--json", stdin=f"{USER}\n")

    assert result.exit_code == 0, result.stderr
    assert USER not in result.output
    trace = json.loads(result.stdout)
    (journey,) = trace["profiles"]
    assert (journey["request"], journey["index"], journey["outcome"]) == ("way=", 3, "delivered")
    assert [
        (step["function"], step["outcome"], step["attempts"], step["moengage_request"]) for step in journey["steps"]
    ] == [
        ("ingest", "retrying", 0, None),
        ("drain", "retrying", 1, None),
        ("drain", "delivered", 2, "m-1"),
    ]
    assert trace["ledger"]["moengage_holds_it"] is True
    assert trace["ledger"]["newest"]["request"] == "way="
    shown = run_as(PROFILES, "trace", ID, "--user", USER)
    assert "MoEngage holds it" in shown.stdout
    assert "m-1" in shown.stdout


def test_a_request_is_traced_with_all_its_profiles_or_one(run_as: RunAs, guarded: Guarded, alias: str) -> None:
    logged = Logged(guarded)
    logged.line("IngestLogGroupName", 60, request="several=", outcome="delivered", profiles={"0": ["x"], "1": [alias]})

    both = run_as(PROFILES, "trace", ID, "--request", "several=", "--json")
    assert [journey["index"] for journey in json.loads(both.stdout)["profiles"]] == [0, 1]
    one = run_as(PROFILES, "trace", ID, "--request", "several=", "--index", "1", "--json")
    assert [journey["index"] for journey in json.loads(one.stdout)["profiles"]] == [1]
    elsewhere = run_as(PROFILES, "trace", "another", "--request", "several=")
    assert elsewhere.exit_code == 1


def test_its_dead_letter_is_found(run_as: RunAs, guarded: Guarded, alias: str) -> None:
    run_as(MANAGE, "failures", "purge", "--yes")
    dead_letter(guarded, {"identityMap": {"crmid": [{"id": USER}]}})
    dead_letter(guarded, {"identityMap": {"crmid": [{"id": "somebody"}]}})

    result = run_as(PROFILES, "trace", ID, "--user", USER, "--dead-letters", "--json")

    assert len(json.loads(result.stdout)["dead_letters"]) == 1
    assert "failures show" in run_as(PROFILES, "trace", ID, "--user", USER, "--dead-letters").stdout


@pytest.mark.parametrize(
    ("arguments", "exits", "says"),
    [
        ((ID, "--user", "nobody-of-that-name"), 1, "Nothing about this user was found"),
        ((ID,), 2, "either --user or --request"),
        ((ID, "--user", "a", "--request", "b"), 2, "either --user or --request"),
        (("unconnected", "--user", "a"), 2, "has no trace key"),
        ((ID, "--user", "a", "--since", "yesterday"), 2, "is not a time"),
    ],
)
def test_what_is_not_found_or_not_possible(
    run_as: RunAs, alias: str, arguments: tuple[str, ...], exits: int, says: str
) -> None:
    result = run_as(PROFILES, "trace", *arguments)
    assert (result.exit_code, result.stdout) == (exits, "")
    assert says in result.stderr


def test_of_a_user_who_has_withdrawn_nobody_says_that_moengage_holds_the_update(
    run_as: RunAs, guarded: Guarded, alias: str
) -> None:
    table = DynamoDBTable(guarded.client("dynamodb"), guarded.outputs["LedgerTableName"])
    gone = Destined("1768210200000-000000-gone=", withdrawn=True)
    left = LedgerRow(key_of(guarded, "left-1"), 1, {ID: gone}, expires=2_000_000_000)
    table.write([(left, False)])
    result = run_as(PROFILES, "trace", ID, "--user", "left-1", "--json")
    shown = run_as(PROFILES, "trace", ID, "--user", "left-1").stdout

    assert result.exit_code == 0, result.stderr
    ledger = json.loads(result.stdout)["ledger"]
    assert (ledger["moengage_holds_it"], ledger["withdrawn"]) == (False, True)
    assert "consent was withdrawn, and the user was removed from all audiences" in shown
