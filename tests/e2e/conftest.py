"""One local stack for all end-to-end tests: the real template on an emulated AWS, with the MoEngage simulator.

The stack is shared: tests use their own customer ids and destinations (`unique`, `connected`), and the fixture
`moengage` removes all faults and waits until the retry queue is empty.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from tests.e2e.deployed import Connected, connected, quicken

from aep_moengage_dev.local.backlog import Backlog
from aep_moengage_dev.local.stack import LocalStack, LocalStackConfig
from aep_moengage_dev.simulator.remote import RemoteSimulator

HERE = Path(__file__).parent
STREAMED = "streamed"  # the destination of the event stream
EVERY_ALERT = "failure,delay,skipped,setup,throttled,dead-letters,unavailable,slow,errors,behind,start,success,no-data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests of this directory."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """The deployed stack; it ends with the test session."""
    config = LocalStackConfig(parameters={"Alerts": EVERY_ALERT, "EventStream": STREAMED})
    with LocalStack(tmp_path_factory.mktemp("stack"), config) as running:
        quicken(running, running.deployment.outputs["RetryQueueUrl"])
        requests.get(f"{running.api_url}/health", timeout=30).raise_for_status()  # a cold start uses up AEP's 2 s
        yield running


@pytest.fixture
def moengage(stack: LocalStack) -> Iterator[RemoteSimulator]:
    """MoEngage, for faults of any kind: after the test they are removed, and the retry queue is drained."""
    simulator = RemoteSimulator(stack.moengage_url)
    yield simulator
    simulator.heal()
    simulator.change_password(stack.moengage_password)
    Backlog(stack.client("sqs"), stack.deployment.outputs["RetryQueueUrl"]).wait_until_empty(120)


@pytest.fixture
def acme(stack: LocalStack) -> Connected:
    """A destination like the sample, for this test alone."""
    return connected(stack)
