"""The stack's ledger key in Parameter Store: read once, and never shown."""

from typing import Any

import boto3
import pytest
from botocore.config import Config
from tests.functional.stores.conftest import Client

from aep_moengage.ledger.keys import LedgerKeys
from aep_moengage.ledger.row import LedgerUnavailable
from aep_moengage.ledger.secret import StackKeys, ledger_key_name

PATH = "/aep-moengage/test"
KEY = "planted-ledger-key"


class Counted:
    """A client of Parameter Store that counts its reads."""

    def __init__(self, client: Any) -> None:
        self.reads = 0
        self.exceptions = client.exceptions
        self._client = client

    def get_parameter(self, **arguments: Any) -> Any:
        self.reads += 1
        return self._client.get_parameter(**arguments)


@pytest.fixture
def ssm(aws: Client) -> Any:
    return aws("ssm")


def keep(ssm: Any, path: str = PATH, key: str = KEY) -> None:
    ssm.put_parameter(Name=ledger_key_name(path), Value=key, Type="SecureString")


def test_the_key_is_decrypted_and_read_once(ssm: Any) -> None:
    keep(ssm)
    client: Any = Counted(ssm)
    keys = StackKeys(client, PATH)

    assert keys().user("03/ACME", "ada") == LedgerKeys(KEY).user("03/ACME", "ada")
    assert keys() is keys()
    assert client.reads == 1


def test_nothing_is_read_before_the_key_is_needed(ssm: Any) -> None:
    client: Any = Counted(ssm)
    StackKeys(client, PATH)
    assert client.reads == 0


def test_each_stack_has_a_key_of_its_own(ssm: Any) -> None:
    keep(ssm)
    keep(ssm, "/aep-moengage/other", "another-key")

    users = [StackKeys(ssm, path)().user("03/ACME", "ada") for path in (PATH, "/aep-moengage/other")]
    assert len(set(users)) == 2


def test_a_stack_without_a_key_says_what_creates_it_and_looks_again_next_time(ssm: Any) -> None:
    keys = StackKeys(ssm, PATH)

    with pytest.raises(LedgerUnavailable, match="connect"):
        keys()
    keep(ssm)
    assert keys().user("03/ACME", "ada")


def test_a_parameter_store_that_does_not_answer_makes_the_ledger_unavailable() -> None:
    quick = Config(connect_timeout=0.2, read_timeout=0.2, retries={"total_max_attempts": 1})
    client = boto3.client("ssm", endpoint_url="http://127.0.0.1:9", config=quick)

    with pytest.raises(LedgerUnavailable, match="cannot be read") as caught:
        StackKeys(client, PATH)()
    assert KEY not in str(caught.value)
