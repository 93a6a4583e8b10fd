"""The stack's ledger key in Parameter Store; read once for each running function."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from aep_moengage.ledger.keys import LedgerKeys
from aep_moengage.ledger.row import LedgerUnavailable

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


def ledger_key_name(parameter_path: str) -> str:
    """Returns the name of the parameter that holds the stack's ledger key."""
    return f"{parameter_path}/ledger-key"


class StackKeys:
    """Reads the ledger key when it is first needed."""

    def __init__(self, client: "SSMClient", parameter_path: str) -> None:
        self._client = client
        self._name = ledger_key_name(parameter_path)
        self._keys: LedgerKeys | None = None

    def __call__(self) -> LedgerKeys:
        """Returns the keys of the stack's ledger.

        Raises:
            LedgerUnavailable: if Parameter Store does not answer, or has no key yet.
        """
        if self._keys is None:
            self._keys = LedgerKeys(self._read())
        return self._keys

    def _read(self) -> str:
        try:
            return str(self._client.get_parameter(Name=self._name, WithDecryption=True)["Parameter"]["Value"])
        except self._client.exceptions.ParameterNotFound as error:
            raise LedgerUnavailable("the stack has no ledger key; `aep-moengage connect` creates it") from error
        except (BotoCoreError, ClientError) as error:
            raise LedgerUnavailable("the ledger key cannot be read from Parameter Store") from error
