"""A part of the fault matrix of `make chaos`: the same code with fewer cases and users, and without AWS's faults."""

from collections.abc import Iterator

import pytest
from tests.e2e.chaos.cases import CASES, QUICK
from tests.e2e.chaos.chaos_stack import ChaosStack, chaos_stack
from tests.e2e.chaos.measures import measures
from tests.e2e.chaos.rounds import rounds

_USERS = 20
_REQUESTS = 60


@pytest.fixture(scope="module")
def chaos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChaosStack]:
    with chaos_stack(tmp_path_factory.mktemp("chaos"), size=len(QUICK)) as running:
        yield running


def test_nothing_is_lost_stale_doubled_or_uncounted(chaos: ChaosStack) -> None:
    cases = [case for case in CASES if case.name in QUICK]
    assert len(cases) == len(QUICK)
    rows = [row for some in rounds(chaos, cases, _USERS) for row in some]
    assert [row for row in rows if not row.good] == []
    assert all(row.retried or row.dead for row in rows), "a fault that no request met"


def test_answers_are_in_time_ordered_and_batched(chaos: ChaosStack) -> None:
    assert [finding for finding in measures(chaos, _REQUESTS) if not finding.good] == []
