from collections.abc import Iterator
from functools import cache

import boto3
import pytest
from moto import mock_aws
from tests.functional.emulated_aws import OWNER, owner_environment
from tests.functional.functions.cloud import PASSWORD, USERNAME, Cloud

from aep_moengage_dev.local.ministack import MiniStack
from aep_moengage_dev.simulator.simulator import Simulator


@pytest.fixture
def moengage() -> Iterator[Simulator]:
    with Simulator(username=USERNAME, password=PASSWORD) as simulator:
        yield simulator


@pytest.fixture
def cloud(moengage: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A cloud inside this process: quick, and for one profile at a time, because moto knows no batches of PartiQL."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("DYNAMODB_CLIENT", "boto3")  # moto stands behind botocore's client
    with mock_aws(), Cloud(cache(boto3.client), moengage.url).deployed(OWNER, monkeypatch) as cloud:
        yield cloud


@pytest.fixture
def emulated(ministack: MiniStack, moengage: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A cloud with everything that the functions use, in a process of its own."""
    with Cloud(cache(boto3.client), moengage.url).deployed(owner_environment(ministack.url), monkeypatch) as cloud:
        yield cloud
