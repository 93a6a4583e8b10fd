"""The store of destinations as the functions read it: cached shortly, compiled once, and honest when it is down."""

import json
from typing import Any

import boto3
import pytest
from botocore.config import Config
from tests.functional.stores.conftest import Client, keyed_table

from aep_moengage.functions.destination_store import (
    ACTIVE,
    CACHE_SECONDS,
    DestinationStore,
    StoreUnavailable,
    secrets_path,
)

PATH = "/aep-moengage/test"
DOCUMENT = {
    "id": "acme",
    "name": "Acme",
    "region": "03",
    "username": "ACME1234",
    "audiences": "all",
    "identities": {"user_id": "crmid"},
}


class Store:
    """The table and the parameters, written as `connect` writes them."""

    def __init__(self, aws: Client) -> None:
        self.aws, self.table = aws, keyed_table(aws, "id", "version")

    def publish(self, number: int = 1, **changes: Any) -> None:
        item = {"id": {"S": "acme"}, "version": {"S": ACTIVE}, "number": {"N": str(number)}}
        item["document"] = {"S": json.dumps(DOCUMENT | changes)}
        self.aws("dynamodb").put_item(TableName=self.table, Item=item)

    def keep(self, name: str, value: str) -> None:
        name = f"{secrets_path(PATH, 'acme')}/{name}"
        self.aws("ssm").put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)

    def open(self, cache_seconds: int = CACHE_SECONDS, ssm: Any = None) -> DestinationStore:
        return DestinationStore(
            self.aws("dynamodb"),
            ssm or self.aws("ssm"),
            table=self.table,
            parameter_path=PATH,
            endpoint="https://api-{dc}.moengage.com",
            cache_seconds=cache_seconds,
        )


@pytest.fixture
def store(aws: Client) -> Store:
    return Store(aws)


def test_a_destination_comes_with_its_credentials_and_tokens(store: Store) -> None:
    store.publish(number=3)
    for name, value in {"password": "the-key", "tokens/primary": "d1", "tokens/secondary": "d2"}.items():
        store.keep(name, value)

    found = store.open().load("acme")
    assert found is not None
    assert (found.id, found.number, found.password, found.tokens) == ("acme", 3, "the-key", ("d1", "d2"))
    assert found.workspace.customer(b"{}").url == "https://api-03.moengage.com/v1/customer/ACME1234"


def test_more_tokens_than_a_page_of_parameters_are_all_there(store: Store) -> None:
    store.publish()
    for number in range(14):
        store.keep(f"tokens/{number:02}", f"d{number}")

    found = store.open().load("acme")
    assert found is not None
    assert len(found.tokens) == 14


def test_no_secret_is_shown(store: Store) -> None:
    store.publish()
    store.keep("password", "the-key")
    store.keep("tokens/primary", "digest")

    shown = repr(store.open().load("acme"))
    assert "the-key" not in shown
    assert "digest" not in shown


@pytest.mark.parametrize("name", ["nobody", "", "ACME", "acme/../acme", "a" * 64, "acme\n"])
def test_there_is_none_of_an_unknown_or_impossible_id(store: Store, name: str) -> None:
    store.publish()
    assert store.open().load(name) is None


def test_a_destination_without_credentials_is_there_and_lets_nobody_in(store: Store) -> None:
    store.publish()
    found = store.open().load("acme")
    assert found is not None
    assert (found.password, found.tokens) == (None, ())


def test_a_change_takes_effect_within_a_minute_and_not_for_every_request() -> None:
    assert 0 < CACHE_SECONDS < 60


def test_what_was_read_a_moment_ago_is_not_read_again(store: Store) -> None:
    store.publish()
    destinations = store.open()
    first = destinations.load("acme")
    store.publish(number=2)

    assert destinations.load("acme") is first


def test_after_the_cache_a_new_version_is_compiled_and_an_old_one_kept(store: Store) -> None:
    store.publish()
    destinations = store.open(cache_seconds=0)
    first = destinations.load("acme")
    assert destinations.load("acme") is first, "compiling is what takes time"
    store.publish(number=2, region="04")
    second = destinations.load("acme")
    store.keep("password", "rotated")
    third = destinations.load("acme")

    assert first and second and third  # noqa: PT018 # all three are there
    assert [each.number for each in (first, second, third)] == [1, 2, 2]
    assert (second.password, third.password, third.workspace.password) == (None, "rotated", "rotated")


def test_a_table_that_does_not_answer_is_no_unknown_destination(store: Store) -> None:
    store.aws("dynamodb").delete_table(TableName=store.table)
    with pytest.raises(StoreUnavailable):
        store.open().load("acme")


def test_parameters_that_do_not_answer_are_no_missing_credentials(store: Store) -> None:
    store.publish()
    nobody = boto3.client("ssm", endpoint_url="http://127.0.0.1:9", config=Config(retries={"total_max_attempts": 1}))
    with pytest.raises(StoreUnavailable):
        store.open(ssm=nobody).load("acme")
