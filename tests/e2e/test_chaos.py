"""The fault matrix, a smaller cut of what `make chaos` runs: the same code, fewer cases and users."""

from collections.abc import Iterator

import pytest
from tests.e2e.chaos.cases import CASES, QUICK
from tests.e2e.chaos.field import Field, field
from tests.e2e.chaos.measures import measures
from tests.e2e.chaos.waves import waves

_USERS = 20
_REQUESTS = 100


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    with field(tmp_path_factory.mktemp("chaos"), size=len(QUICK)) as running:
        yield running


def test_nothing_is_lost_stale_doubled_or_uncounted(place: Field) -> None:
    cases = [case for case in CASES if case.name in QUICK]
    assert len(cases) == len(QUICK)
    rows = [row for some in waves(place, cases, _USERS) for row in some]
    assert [row for row in rows if not row.good] == []
    assert all(row.retried or row.dead for row in rows), "a trouble that nobody met"


def test_answers_are_in_time_ordered_and_batched(place: Field) -> None:
    assert [finding for finding in measures(place, _REQUESTS) if not finding.good] == []
