"""The shared load: functions that run side by side add to one count, and tell each other when to queue first."""

import pytest
from tests.functional.stores.conftest import Client, keyed_table

from aep_moengage.functions.pressure import Cause
from aep_moengage.functions.shared_load import Load, SharedLoad
from aep_moengage.moengage.requests import Workspace

ACME, OTHER = (Workspace("01", name, "key", "https://moengage") for name in ("ACME", "OTHER"))
NOW = 1_800_000_000.0


@pytest.fixture
def functions(aws: Client) -> list[SharedLoad]:
    table = keyed_table(aws, "user")
    return [SharedLoad(aws("dynamodb"), table) for _ in range(2)]


def test_requests_of_all_functions_are_added_up(functions: list[SharedLoad]) -> None:
    first, second = functions

    assert first.add(ACME, 5, NOW) == Load(5, 0.0, Cause.REQUESTS)
    assert second.add(ACME, 7, NOW) == Load(12, 0.0, Cause.REQUESTS)
    assert second.add(OTHER, 1, NOW) == Load(1, 0.0, Cause.REQUESTS)


def test_a_function_learns_from_its_next_report_that_another_one_queues_first(functions: list[SharedLoad]) -> None:
    first, second = functions
    first.begin(ACME, Cause.SLOW, NOW + 30.125, NOW)

    assert second.add(ACME, 5, NOW) == Load(5, NOW + 30.125, Cause.SLOW)
    assert second.add(OTHER, 5, NOW) == Load(5, 0.0, Cause.REQUESTS)


def test_a_table_that_does_not_answer_is_no_error(aws: Client) -> None:
    lost = SharedLoad(aws("dynamodb"), "absent")

    assert lost.add(ACME, 5, NOW) is None
    lost.begin(ACME, Cause.SLOW, NOW, NOW)
