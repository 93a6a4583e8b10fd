import uuid
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from tests.functional.emulated_aws import OWNER, create_table

from aep_moengage_dev.local.ministack import MiniStack

type Client = Callable[[str], Any]


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in OWNER.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def aws(credentials: None) -> Iterator[Client]:
    """Clients of an AWS inside this process, which knows everything but batches of PartiQL."""
    with mock_aws():
        yield boto3.client


@pytest.fixture
def emulated(ministack: MiniStack) -> Client:
    """Clients of an emulated AWS in a process of its own."""
    return lambda service: boto3.client(service, endpoint_url=ministack.url)  # type: ignore[call-overload] # any


def keyed_table(client: Client, *keys: str) -> str:
    """Creates a table with these keys; returns its name."""
    name = f"table-{uuid.uuid4().hex[:8]}"
    create_table(client("dynamodb"), name, *keys)
    return name
