"""The known users' items in DynamoDB: what is read is what was written, and only one of two writers wins."""

import pytest
from tests.functional.stores.conftest import Client, keyed_table

from aep_moengage.ledger.known_user_table import DynamoDBKnownUserTable
from aep_moengage.ledger.known_users import KnownUser


def items(count: int, version: int = 1) -> list[KnownUser]:
    return [
        KnownUser(f"known#{n}", "named", b"\x00sealed", 1_700_000_000_125, 1_800_000_000, version) for n in range(count)
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_items_come_back_as_they_were_written_and_the_first_of_two_writers_wins(emulated: Client, count: int) -> None:
    table = DynamoDBKnownUserTable(emulated("dynamodb"), keyed_table(emulated, "user"))
    some = items(count)

    assert table.write([(each, False) for each in some]) == [True] * count
    assert table.write([(each, False) for each in some]) == [False] * count
    assert table.read([each.key for each in some] + ["known#other"]) == {each.key: each for each in some}
    assert table.write([(each, True) for each in items(count, version=2)]) == [True] * count
    assert table.write([(each, True) for each in items(count, version=2)]) == [False] * count
