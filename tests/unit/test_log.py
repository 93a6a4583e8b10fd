"""The level of the log is the stack's, although Lambda's own is always INFO."""

import json
import logging
from collections.abc import Iterator

import pytest

from aep_moengage.log import logger

LEVELS = ["INFO", "WARNING", "ERROR"]


@pytest.fixture(autouse=True)
def on_lambda(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """The environment of a function on AWS, and a logger of its own."""
    monkeypatch.setenv("AWS_LAMBDA_LOG_LEVEL", "INFO")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", request.node.name)
    logger.cache_clear()
    yield
    logger.cache_clear()


@pytest.mark.parametrize("level", LEVELS)
def test_the_level_of_the_stack_decides(
    level: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", level)
    for each in LEVELS:
        logger().log(logging.getLevelNamesMapping()[each], "a line")

    logged = [json.loads(line)["level"] for line in capsys.readouterr().out.splitlines()]
    assert logged == LEVELS[LEVELS.index(level) :]


def test_without_a_level_lambdas_own_is_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("POWERTOOLS_LOG_LEVEL", raising=False)
    logger().debug("hidden")
    logger().info("shown")

    assert [json.loads(line)["message"] for line in capsys.readouterr().out.splitlines()] == ["shown"]
