import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from tests.functional.functions.cloud import PASSWORD, USERNAME, Cloud

from aep_moengage.functions import deadline
from aep_moengage_dev.local.ministack import MiniStack
from aep_moengage_dev.simulator.simulator import Simulator

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@pytest.fixture
def moengage() -> Iterator[Simulator]:
    with Simulator(username=USERNAME, password=PASSWORD) as simulator:
        yield simulator


@pytest.fixture
def cloud(moengage: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A cloud inside this process: quick, and good for one profile at a time (it knows no batches of PartiQL)."""
    with mock_aws():
        yield from _cloud(Cloud(_client, moengage.url), monkeypatch, CREDENTIALS)


@pytest.fixture
def emulated(ministack: MiniStack, moengage: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A cloud with everything that the doors use, in a process of its own."""
    environment = CREDENTIALS | {"AWS_ENDPOINT_URL": ministack.url}
    yield from _cloud(Cloud(_client, moengage.url), monkeypatch, environment)


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniStack]:
    work: Path = tmp_path_factory.mktemp("ministack")
    (work / "logs").mkdir()
    with MiniStack(work) as running:
        yield running


def _cloud(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> Iterator[Cloud]:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(deadline, "GRACE_SECONDS", 30.0)  # a machine with much to do is no slow store
    cloud.create(f"test-{uuid.uuid4().hex[:8]}")
    for name, value in cloud.environment().items():
        monkeypatch.setenv(name, value)
    cloud.forget()
    yield cloud
    cloud.forget()


def _client(service: str) -> Any:
    return boto3.client(service, endpoint_url=os.environ.get("AWS_ENDPOINT_URL"))  # type: ignore[call-overload] # any
