"""The ledger's rows in DynamoDB: what is read is what was written, and only one of two writers wins."""

from copy import replace
from typing import Any

import pytest
from tests.functional.stores.conftest import Client, keyed_table

from aep_moengage.functions.connections import Connections
from aep_moengage.ledger.items import GROUP_COLUMN
from aep_moengage.ledger.memberships import Membership
from aep_moengage.ledger.packing import name_id
from aep_moengage.ledger.row import Destined, LedgerRow, LedgerUnavailable
from aep_moengage.ledger.table import DynamoDBTable

GOLD = Membership(True, 1_700_000_000_000, "Gold", frozenset({"Gold"}), True, frozenset({"alpha", "bravo"}))
GREEN = Membership(False, 5, "Grün", frozenset({"Silver", "Grün"}), False, frozenset({"bravo"}))
UNLISTED = replace(GOLD, listed=frozenset())
FULL = LedgerRow(
    user="u1",
    version=1,
    destinations={
        "alpha": Destined("0001", "digest", "names", "AEP Segment"),
        "bravo": Destined("0002", None, None, "AEPSegments", withdrawn=True),
    },
    memberships={b"gold!!": GOLD, b"green!": GREEN},
    lease=1700000000.125,
    in_moengage=True,
    merging=True,
    merge_refused=True,
    sealed=b"\x00sealed",
    expires=1800000000,
)
BARE = LedgerRow("u1", 1)


@pytest.fixture
def name(emulated: Client) -> str:
    return keyed_table(emulated, "user")


@pytest.fixture(params=["boto3", "signed"])
def table(request: pytest.FixtureRequest, emulated: Client, name: str) -> DynamoDBTable:
    client = emulated("dynamodb")
    return DynamoDBTable(Connections().signed(client) if request.param == "signed" else client, name)


def rows(count: int, version: int = 1) -> list[LedgerRow]:
    return [LedgerRow(f"user-{number}", version, expires=1) for number in range(count)]


def item(client: Client, name: str, key: str) -> dict[str, Any] | None:
    return client("dynamodb").get_item(TableName=name, Key={"user": {"S": key}}).get("Item")


# --- rows


@pytest.mark.parametrize("row", [FULL, BARE, replace(BARE, merged=True)], ids=["full", "bare", "merged"])
def test_a_row_comes_back_as_it_was_written(table: DynamoDBTable, row: LedgerRow) -> None:
    assert table.write([(row, False)]) == [True]
    assert table.read(["u1", "u2"]) == {"u1": row}


def test_rows_of_a_batch_come_back_as_they_were_written(table: DynamoDBTable) -> None:
    written = [FULL, replace(BARE, user="u2"), replace(FULL, user="u3", destinations={}, memberships={})]

    assert table.write([(row, False) for row in written]) == [True] * 3
    assert table.read([row.user for row in written]) == {row.user: row for row in written}


def test_a_row_that_was_changed_in_a_batch_comes_back_as_it_is_now(table: DynamoDBTable) -> None:
    before = [FULL, replace(BARE, user="u2")]
    after = [replace(BARE, version=2), replace(FULL, user="u2", version=2)]
    table.write([(row, False) for row in before])

    assert table.write([(row, True) for row in after]) == [True, True]
    assert table.read(["u1", "u2"]) == {"u1": after[0], "u2": after[1]}


def test_more_rows_than_a_call_takes_are_written_and_read(table: DynamoDBTable) -> None:
    assert all(table.write([(row, False) for row in rows(130)]))
    assert table.read([f"user-{number}" for number in range(130)]) == {row.user: row for row in rows(130)}
    assert all(table.write([(row, True) for row in rows(130, version=2)]))


def test_no_rows_are_no_call(table: DynamoDBTable) -> None:
    assert (table.read([]), table.write([])) == ({}, [])


# --- races


def test_a_row_that_another_writer_created_meanwhile_is_not_overwritten(table: DynamoDBTable) -> None:
    table.write([(FULL, False)])

    assert table.write([(replace(FULL, lease=1.0), False)]) == [False]
    assert table.read(["u1"]) == {"u1": FULL}


def test_a_row_that_another_writer_changed_meanwhile_is_not_overwritten(table: DynamoDBTable) -> None:
    table.write([(FULL, False)])
    table.write([(replace(FULL, version=2), True)])

    assert table.write([(replace(FULL, version=2, lease=1.0), True)]) == [False]
    assert table.write([(replace(FULL, version=3, lease=2.0), True)]) == [True]
    assert table.read(["u1"])["u1"].lease == 2.0


def test_a_row_that_has_expired_meanwhile_is_not_written_as_if_it_were_there(table: DynamoDBTable) -> None:
    assert table.write([(replace(FULL, version=5), True)]) == [False]
    assert table.read(["u1"]) == {}


def test_each_row_of_a_batch_wins_or_loses_for_itself(table: DynamoDBTable) -> None:
    table.write([(LedgerRow("kept", 7), False), (LedgerRow("moved", 7), False)])
    attempts = [
        (LedgerRow("new", 1), False),
        (LedgerRow("kept", 8, lease=1.0), True),
        (LedgerRow("moved", 7, lease=2.0), True),
        (LedgerRow("gone", 2), True),
        (LedgerRow("moved", 1), False),
    ]

    assert table.write(attempts) == [True, True, False, False, False]
    found = table.read(["new", "kept", "moved", "gone"])
    assert {user: row.lease for user, row in found.items()} == {"new": 0.0, "kept": 1.0, "moved": 0.0}


# --- the names of audiences


def test_a_name_is_written_once_however_many_rows_have_it(emulated: Client, name: str) -> None:
    client = Watched(emulated("dynamodb"))
    table = DynamoDBTable(client, name)

    table.write([(replace(FULL, user=f"u{n}"), False) for n in range(3)])
    written = [each for each in client.statements if "name" in each]
    assert len(written) == 3, "Gold, Grün and Silver"
    table.write([(replace(FULL, user="u9"), False)])
    assert [each for each in client.statements if "name" in each] == written
    assert item(emulated, name, f"name#{name_id('Gold').hex()}") == {
        "user": {"S": f"name#{name_id('Gold').hex()}"},
        "name": {"S": "Gold"},
    }


def test_another_instance_learns_the_names_it_does_not_know(emulated: Client, name: str, table: DynamoDBTable) -> None:
    table.write([(FULL, False)])
    client = Watched(emulated("dynamodb"))
    other = DynamoDBTable(client, name)

    assert other.read(["u1"]) == {"u1": FULL}
    assert client.reads == 2
    assert other.read(["u1"]) == {"u1": FULL}
    assert client.reads == 3, "from then on it knows them"
    assert other.write([(replace(FULL, version=2), True)]) == [True]
    assert client.statements == [], "and that they are in the table"


def test_a_name_that_another_instance_wrote_meanwhile_is_no_lost_race(emulated: Client, name: str) -> None:
    one, other = (DynamoDBTable(emulated("dynamodb"), name) for _ in range(2))
    one.write([(FULL, False)])

    assert other.write([(replace(FULL, user="u2"), False)]) == [True]
    assert other.read(["u1", "u2"]) == {"u1": FULL, "u2": replace(FULL, user="u2")}


def test_a_name_whose_text_is_gone_leaves_the_row_usable(emulated: Client, name: str, table: DynamoDBTable) -> None:
    table.write([(FULL, False)])
    key = f"name#{name_id('Gold').hex()}"
    emulated("dynamodb").delete_item(TableName=name, Key={"user": {"S": key}})

    found = DynamoDBTable(emulated("dynamodb"), name).read(["u1"])["u1"]
    assert found.memberships[b"gold!!"].name == name_id("Gold").hex()
    assert found.memberships[b"green!"] == GREEN


# --- the index


@pytest.mark.parametrize("alone", [True, False], ids=["one row", "a batch"])
def test_only_users_who_may_be_listed_are_in_the_index(
    emulated: Client, name: str, table: DynamoDBTable, alone: bool
) -> None:
    beside = [] if alone else [LedgerRow("u2", 1)]

    def write(row: LedgerRow, existed: bool) -> bool:
        """Writes a row; returns whether it is in the index then."""
        others = [(replace(each, version=row.version), existed) for each in beside]
        assert all(table.write([(row, existed), *others]))
        return GROUP_COLUMN in (item(emulated, name, "u1") or {})

    assert write(replace(BARE, memberships={b"gold!!": GOLD}), False)
    assert not write(replace(BARE, version=2, memberships={b"gold!!": UNLISTED}), True)
    assert write(replace(BARE, version=3, memberships={b"gold!!": GOLD}), True)


# --- DynamoDB fails


@pytest.mark.parametrize("count", [1, 3])
def test_a_missing_table_makes_the_ledger_unavailable(emulated: Client, count: int) -> None:
    table = DynamoDBTable(emulated("dynamodb"), "no-such-table")

    with pytest.raises(LedgerUnavailable, match="DynamoDB"):
        table.read(["u1"])
    with pytest.raises(LedgerUnavailable, match="DynamoDB"):
        table.write([(row, False) for row in rows(count)])


class Watched:
    """A client of DynamoDB that remembers the statements it was given and counts its reads."""

    def __init__(self, client: Any) -> None:
        self.statements: list[str] = []
        self.reads = 0
        self._client = client

    def batch_execute_statement(self, Statements: list[dict[str, Any]]) -> Any:  # noqa: N803 # AWS's
        self.statements += [each["Statement"] for each in Statements]
        return self._client.batch_execute_statement(Statements=Statements)

    def batch_get_item(self, **arguments: Any) -> Any:
        self.reads += 1
        return self._client.batch_get_item(**arguments)

    def put_item(self, **arguments: Any) -> Any:
        return self._client.put_item(**arguments)


class Overloaded:
    """DynamoDB that leaves some reads undone each time."""

    def __init__(self, undone: int) -> None:
        self.undone, self.calls = undone, 0

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 # AWS's
        self.calls += 1
        (name, wanted), *_ = RequestItems.items()
        assert wanted["ConsistentRead"] is True
        keys = {"Keys": wanted["Keys"]}
        return {"Responses": {}, "UnprocessedKeys": {name: keys} if self.calls <= self.undone else {}}


def test_reads_that_dynamodb_left_undone_are_repeated_after_growing_pauses() -> None:
    pauses: list[float] = []
    client: Any = Overloaded(3)

    assert DynamoDBTable(client, "t", pauses.append).read(["u1"]) == {}
    assert client.calls == 4
    assert pauses == [0.02, 0.04, 0.08]


def test_reads_that_dynamodb_always_leaves_undone_are_given_up() -> None:
    pauses: list[float] = []
    client: Any = Overloaded(99)

    with pytest.raises(LedgerUnavailable, match="undone"):
        DynamoDBTable(client, "t", pauses.append).read(["u1"])
    assert client.calls == 4
    assert sum(pauses) < 0.5, "there is an answer to give"


OVERLOADED = ["InternalServerError", "ProvisionedThroughputExceeded", "RequestLimitExceeded", "ThrottlingError"]


class Refusing:
    """DynamoDB that refuses the statements of some keys, each so many times, and executes the others."""

    def __init__(self, code: str, **times: int) -> None:
        self.code, self.times = code, times
        self.calls: list[list[str]] = []

    def batch_execute_statement(self, Statements: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 # AWS's
        keys = [each["Parameters"][0]["S"] for each in Statements]
        self.calls.append(keys)
        return {"Responses": [self._answer(key) for key in keys]}

    def _answer(self, key: str) -> dict[str, Any]:
        name = key.partition("#")[0]
        if not self.times.get(name):
            return {}
        self.times[name] -= 1
        return {"Error": {"Code": self.code}}


def refusing(code: str, **times: int) -> tuple[Any, DynamoDBTable, list[float]]:
    """Returns a client, the table that uses it, and the pauses that the table makes."""
    pauses: list[float] = []
    client: Any = Refusing(code, **times)
    return client, DynamoDBTable(client, "t", pauses.append), pauses


def new(*users: str) -> list[tuple[LedgerRow, bool]]:
    return [(LedgerRow(user, 1), False) for user in users]


@pytest.mark.parametrize("code", ["ConditionalCheckFailed", "DuplicateItem", "TransactionConflict"])
def test_a_refused_write_of_a_batch_is_a_lost_race(code: str) -> None:
    client, table, _ = refusing(code, ada=1)

    assert table.write(new("ada", "bob")) == [False, True]
    assert client.calls == [["ada", "bob"]], "a race that is lost stays lost"


@pytest.mark.parametrize("code", OVERLOADED)
def test_a_throttled_write_of_a_batch_is_repeated_alone(code: str) -> None:
    client, table, pauses = refusing(code, ada=1, eve=1)

    assert table.write(new("ada", "bob", "eve")) == [True, True, True]
    assert client.calls == [["ada", "bob", "eve"], ["ada", "eve"]]
    assert len(pauses) == 1
    assert 0 < pauses[0] < 0.1, "there is an answer to give"


def test_a_write_that_is_throttled_again_is_not_written_and_the_others_are() -> None:
    client, table, _ = refusing("ThrottlingError", ada=99)

    assert table.write(new("ada", "bob")) == [False, True]
    assert client.calls == [["ada", "bob"], ["ada"]]


def test_a_last_batch_that_is_throttled_as_a_whole_leaves_the_others_written() -> None:
    _, table, _ = refusing("ThrottlingError", last=99)

    assert table.write([(row, False) for row in rows(25)] + new("last")) == [True] * 25 + [False]


def test_a_batch_that_is_throttled_as_a_whole_makes_the_ledger_unavailable() -> None:
    _, table, _ = refusing("ThrottlingError", ada=99, bob=99)

    with pytest.raises(LedgerUnavailable, match="ThrottlingError"):
        table.write(new("ada", "bob"))


def test_no_row_is_written_before_the_names_it_refers_to() -> None:
    client, table, _ = refusing("ThrottlingError", name=5)

    with pytest.raises(LedgerUnavailable, match="name"):
        table.write([(FULL, False), (replace(FULL, user="u2"), False)])
    assert all(key.startswith("name#") for call in client.calls for key in call)
    assert table.write([(FULL, False), (replace(FULL, user="u2"), False)]) == [True, True]
    assert len(client.calls[2]) == 3, "names that were refused are not taken for written"


@pytest.mark.parametrize("code", ["AccessDenied", "ResourceNotFound", "ValidationError"])
def test_any_other_refusal_makes_the_ledger_unavailable(code: str) -> None:
    client, table, _ = refusing(code, ada=1)

    with pytest.raises(LedgerUnavailable, match=code):
        table.write(new("ada", "bob"))
    assert len(client.calls) == 1
