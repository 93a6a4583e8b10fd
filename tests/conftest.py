"""What all tests share: the same examples at every run, a time limit, and a log that goes where the test looks."""

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from aws_lambda_powertools import Logger
from hypothesis import settings

from aep_moengage import log

# The same examples at every run, so that a change is judged by what it changes; `--hypothesis-profile=explore`
# looks elsewhere each time.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("explore", settings.get_profile("default"), deadline=None)
settings.load_profile("steady")

TESTS = Path(__file__).parent
# Seconds for a test of a folder, on a busy machine; pyproject.toml has the limit of the others. The first test that
# needs a session's fixture starts it, too.
TIME_LIMITS = {"unit": 60, "template": 60, "docs": 60, "guarantees": 300, "e2e": 600}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Gives each test the time limit of its folder, unless it has its own or the command line sets one for all."""
    if config.getoption("timeout") is not None:
        return
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0] if TESTS in item.path.parents else None
        if folder in TIME_LIMITS and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(TIME_LIMITS[folder]))


class _CurrentStdout:
    """The standard output of the moment. Pytest replaces and closes it, while loggers keep the one they began with."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)

    def flush(self) -> None:
        sys.stdout.flush()


@pytest.fixture(scope="session", autouse=True)
def _log_to_current_stdout() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log, "Logger", partial(Logger, stream=_CurrentStdout()))
        yield


@pytest.fixture(autouse=True)
def _logger_of_its_own() -> None:
    """Lets each test's own environment decide on the logger's level and service."""
    log.logger.cache_clear()
