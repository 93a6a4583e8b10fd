"""Work ahead is done once for each time that its result is taken, and a result that got old is not used."""

from collections.abc import Iterator
from itertools import count

import pytest

from aep_moengage_cli.console.ahead import Ahead


@pytest.fixture
def results() -> Iterator[int]:
    return count(1)


def test_result_that_was_begun_is_taken_once(results: Iterator[int]) -> None:
    ahead = Ahead(lambda: next(results))
    ahead.begin()
    ahead.begin()
    assert [ahead.take(), ahead.take()] == [1, 2]


def test_old_result_is_not_used(results: Iterator[int]) -> None:
    now = [0.0]
    ahead = Ahead(lambda: next(results), lambda: now[0])
    ahead.begin()
    now[0] = 6
    assert ahead.take() == 2


def test_error_is_raised_to_who_takes_the_result() -> None:
    def fail() -> None:
        raise KeyError("x")

    ahead = Ahead(fail)
    ahead.begin()
    with pytest.raises(KeyError):
        ahead.take()
