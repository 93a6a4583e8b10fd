"""The store of destinations as the functions read it: cached for seconds, compiled once, and serving on for a while."""

import json
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from tests.functional.stores.conftest import Client, keyed_table

from aep_moengage.document.parsing import parse_destination
from aep_moengage.document.plain import write_plain
from aep_moengage.functions.destination_store import (
    ACTIVE,
    CACHE_SECONDS,
    LAST_KNOWN_GOOD_SECONDS,
    DestinationStore,
    UnusableDocument,
    secrets_path,
)
from aep_moengage.functions.last_known_good import StoreUnavailable

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

    def publish(self, number: int = 1, *, plain: str = "", **changes: Any) -> None:
        item = {"id": {"S": "acme"}, "version": {"S": ACTIVE}, "number": {"N": str(number)}}
        item["document"] = {"S": json.dumps(DOCUMENT | changes)}
        if plain:
            item["plain"] = {"S": plain}
        self.aws("dynamodb").put_item(TableName=self.table, Item=item)

    def keep(self, name: str, value: str) -> None:
        name = f"{secrets_path(PATH, 'acme')}/{name}"
        self.aws("ssm").put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)

    def open(self, cache_seconds: int = CACHE_SECONDS, ssm: Any = None, **more: Any) -> DestinationStore:
        return DestinationStore(
            self.aws("dynamodb"),
            ssm or self.aws("ssm"),
            table=self.table,
            parameter_path=PATH,
            endpoint="https://api-{dc}.moengage.com",
            cache_seconds=cache_seconds,
            **more,
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


def test_the_plain_form_of_the_document_is_read_instead_of_it(store: Store) -> None:
    document = json.dumps(DOCUMENT)
    plain = json.loads(write_plain(document, parse_destination(document)))
    plain["destination"]["name"] = "Read from the plain form"
    store.publish(plain=json.dumps(plain))

    found = store.open().load("acme")
    assert found
    assert found.destination.name == "Read from the plain form"


def test_the_document_counts_where_the_plain_form_is_of_another_one(store: Store) -> None:
    before = json.dumps(DOCUMENT)
    store.publish(plain=write_plain(before, parse_destination(before)), name="Changed past the commands")

    found = store.open().load("acme")
    assert found
    assert found.destination.name == "Changed past the commands"


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
def test_an_unknown_or_impossible_id_has_no_destination(store: Store, name: str) -> None:
    store.publish()
    assert store.open().load(name) is None


def test_a_destination_without_credentials_is_loaded_and_lets_nobody_in(store: Store) -> None:
    store.publish()
    found = store.open().load("acme")
    assert found is not None
    assert (found.password, found.tokens) == (None, ())


def test_a_change_takes_effect_within_a_minute_and_not_for_every_request() -> None:
    assert 0 < CACHE_SECONDS < 60


def test_a_fresh_copy_is_not_read_again(store: Store) -> None:
    store.publish()
    destinations = store.open()
    first = destinations.load("acme")
    store.publish(number=2)

    assert destinations.load("acme") is first


def test_a_new_version_is_compiled_once(store: Store) -> None:
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


def test_a_table_that_does_not_answer_is_not_an_unknown_destination(store: Store) -> None:
    store.aws("dynamodb").delete_table(TableName=store.table)
    with pytest.raises(StoreUnavailable):
        store.open().load("acme")


def test_parameters_that_do_not_answer_are_not_missing_credentials(store: Store) -> None:
    store.publish()
    nobody = boto3.client("ssm", endpoint_url="http://127.0.0.1:9", config=Config(retries={"total_max_attempts": 1}))
    with pytest.raises(StoreUnavailable):
        store.open(ssm=nobody).load("acme")


class Throttled:
    """SSM, or the same while it refuses every call."""

    def __init__(self, ssm: Any) -> None:
        self.ssm, self.refusing, self.calls = ssm, False, 0

    def get_parameters_by_path(self, **request: Any) -> Any:
        self.calls += 1
        if self.refusing:
            error = {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}
            raise ClientError(error, "GetParametersByPath")
        return self.ssm.get_parameters_by_path(**request)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_while_ssm_is_throttled_for_a_minute_every_load_succeeds(store: Store) -> None:
    store.publish()
    store.keep("password", "the-key")
    ssm, clock, stale = Throttled(store.aws("ssm")), Clock(), []
    destinations = store.open(ssm=ssm, clock=clock, on_stale=lambda *about: stale.append(about))
    assert destinations.load("acme")
    ssm.refusing = True

    for _ in range(240):
        clock.now += 0.25
        found = destinations.load("acme")
        assert found is not None
        assert found.password == "the-key"

    assert {(name, type(error)) for name, _, error in stale} == {("acme", StoreUnavailable)}
    assert CACHE_SECONDS <= min(age for _, age, _ in stale) < max(age for _, age, _ in stale) <= 60
    assert ssm.calls < 20, "a store that refuses is not asked for every request"


def test_after_ten_minutes_a_copy_is_no_longer_good(store: Store) -> None:
    store.publish()
    ssm, clock = Throttled(store.aws("ssm")), Clock()
    destinations = store.open(ssm=ssm, clock=clock)
    assert destinations.load("acme")
    ssm.refusing = True

    clock.now += LAST_KNOWN_GOOD_SECONDS - 1
    assert destinations.load("acme")
    clock.now += 1
    with pytest.raises(StoreUnavailable):
        destinations.load("acme")


def test_a_deleted_destination_is_not_served_from_a_copy(store: Store) -> None:
    store.publish()
    ssm, clock = Throttled(store.aws("ssm")), Clock()
    destinations = store.open(ssm=ssm, clock=clock)
    assert destinations.load("acme")
    store.aws("dynamodb").delete_item(TableName=store.table, Key={"id": {"S": "acme"}, "version": {"S": ACTIVE}})
    ssm.refusing = True

    clock.now += CACHE_SECONDS
    assert destinations.load("acme") is None


def test_a_document_with_errors_is_unusable_until_a_corrected_one_is_published(store: Store) -> None:
    store.publish(region="99")
    destinations = store.open(cache_seconds=0)
    for _ in range(2):
        with pytest.raises(UnusableDocument, match="connect"):
            destinations.load("acme")

    store.publish(number=2)
    assert destinations.load("acme")
