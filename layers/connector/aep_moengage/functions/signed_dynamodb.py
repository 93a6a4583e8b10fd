"""The functions' calls of DynamoDB: its own JSON, signed by botocore's signer, sent over a kept connection.

botocore's client spends most of a call on checking, converting and reading requests whose shape never changes. From
that client come the endpoint, in whatever partition, and the time-outs; from boto3's session the credentials; and the
errors are botocore's. With DYNAMODB_CLIENT=boto3 the functions use the client itself.

Protocol: DynamoDB developer guide, low-level API. Binary values are base64; our items have them as columns only, never
inside lists and maps.
"""

import base64
import json
import random
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, ClientError

from aep_moengage.functions.kept_connections import KeptConnections
from aep_moengage.functions.repetition import failed_at_once, pause_seconds
from aep_moengage.json_text import read, write_quickly

if TYPE_CHECKING:
    from botocore.credentials import Credentials
    from mypy_boto3_dynamodb import DynamoDBClient

_ATTEMPTS = 3  # in all, unless the client says otherwise
_LONGEST_PAUSE = 0.5  # seconds before a further attempt, by chance
_TARGET = "DynamoDB_20120810."


class SignedDynamoDB:
    """The operations that the functions use; arguments, answers and errors are those of boto3's client."""

    def __init__(
        self,
        client: "DynamoDBClient",
        credentials: "Credentials",
        trusted: str | None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Takes the endpoint, the time-outs and the number of attempts from a client.

        `trusted` is the file of the certificates that are trusted.
        """
        config: Any = client.meta.config
        self._client = client
        self._url, self._region = client.meta.endpoint_url, client.meta.region_name
        self._credentials = credentials
        self._attempts = (config.retries or {}).get("total_max_attempts", _ATTEMPTS)
        self._sleep = sleep
        self._connections = KeptConnections(
            self._url, connect=config.connect_timeout, read=config.read_timeout, trusted=trusted
        )

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        """Reads items."""
        answer = self._call("BatchGetItem", request)
        for items in answer["Responses"].values():
            _read_binary(items)
        return answer

    def get_item(self, **request: Any) -> dict[str, Any]:
        """Reads an item."""
        answer = self._call("GetItem", request)
        _read_binary([answer.get("Item", {})])
        return answer

    def put_item(self, **request: Any) -> dict[str, Any]:
        """Writes an item."""
        return self._call("PutItem", request)

    def update_item(self, **request: Any) -> dict[str, Any]:
        """Changes an item."""
        answer = self._call("UpdateItem", request)
        _read_binary([answer.get("Attributes", {})])
        return answer

    def batch_execute_statement(self, **request: Any) -> dict[str, Any]:
        """Executes PartiQL statements."""
        return self._call("BatchExecuteStatement", request)

    @property
    def meta(self) -> Any:
        """What the client knows of itself; Powertools registers its user agent there."""
        return self._client.meta

    @property
    def exceptions(self) -> Any:
        """The errors of the service, by name."""
        return self._client.exceptions

    def close(self) -> None:
        """Closes the kept connections."""
        self._connections.close()

    def _call(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        body = _written(request)
        attempt = 1
        while True:
            try:
                return self._once(operation, body)
            except (BotoCoreError, ClientError) as error:
                self._sleep(self._pause(error, attempt))
            attempt += 1

    def _pause(self, error: Exception, attempt: int) -> float:
        """Returns the seconds until another attempt; raises the error if there is none."""
        at_once = failed_at_once(error)
        if at_once and attempt == 1:
            return pause_seconds()
        if attempt >= self._attempts or (isinstance(error, ClientError) and not at_once):
            raise error
        return random.uniform(0, _LONGEST_PAUSE)  # noqa: S311 # jitter needs no secrecy

    def _once(self, operation: str, body: bytes) -> dict[str, Any]:
        headers = {"X-Amz-Target": _TARGET + operation, "Content-Type": "application/x-amz-json-1.0"}
        request = AWSRequest("POST", f"{self._url}/", headers, body)
        SigV4Auth(self._credentials.get_frozen_credentials(), "dynamodb", self._region).add_auth(request)
        status, content = self._connections.post(body, dict(request.headers.items()))
        answer = _answer(content)
        if status != 200:
            error = _error(status, answer)
            raise self.exceptions.from_code(error["Error"]["Code"])(error, operation)
        return answer


def _written(request: dict[str, Any]) -> bytes:
    try:
        return bytes(write_quickly(request))
    except UnicodeEncodeError:  # half a character: DynamoDB decides
        return json.dumps(request, default=lambda value: base64.b64encode(value).decode()).encode()


def _answer(content: bytes) -> dict[str, Any]:
    try:
        answer = read(content)
    except ValueError:  # of a load balancer, or a proxy
        return {}
    return answer if isinstance(answer, dict) else {}


def _error(status: int, answer: dict[str, Any]) -> Any:
    code = str(answer.get("__type", status)).rpartition("#")[2]
    message = str(answer.get("message") or answer.get("Message") or "")
    error: dict[str, Any] = {"Error": {"Code": code, "Message": message}}
    if item := answer.get("Item"):  # which failed a write's condition, where the request asks to be shown it
        _read_binary([item])
        error["Item"] = item
    return error | {"ResponseMetadata": {"HTTPStatusCode": status}}


def _read_binary(items: Iterable[dict[str, Any]]) -> None:
    for item in items:
        for value in item.values():
            if "B" in value:
                value["B"] = base64.b64decode(value["B"])
