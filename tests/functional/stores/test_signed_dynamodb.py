"""The ledger's own calls of DynamoDB: signed as botocore signs, repeated as its client does, with its errors."""

import json
import threading
from collections import deque
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from tests.functional.emulated_aws import OWNER
from tests.functional.stores.conftest import Client, keyed_table

from aep_moengage.functions.connections import Connections
from aep_moengage.functions.signed_dynamodb import SignedDynamoDB

CREDENTIALS = Credentials("AKIDEXAMPLE", "a secret", "a session")
REQUEST = {"RequestItems": {"ledger": {"Keys": [{"user": {"S": "Grün"}}], "ConsistentRead": True}}}
ITEMS = {"Responses": {"ledger": [{"user": {"S": "Grün"}, "sealed": {"B": "AAE="}}]}, "UnprocessedKeys": {}}


class Server(ThreadingHTTPServer):
    """Answers with what is set, else with `ITEMS`; a status of 0 closes the connection, -1 never answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: deque[tuple[int, dict[str, Any]]] = deque()
        self.requests: list[tuple[dict[str, str], bytes, Any]] = []
        self.release = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.requests.append((dict(self.headers), body, self.client_address))
        status, content = self.server.answers.popleft() if self.server.answers else (200, ITEMS)
        if status <= 0:
            self.server.release.wait(30 if status else 0)
            self.close_connection = True
            return
        text = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.release.set()
        server.shutdown()


def signed(url: str, attempts: int = 1, read_timeout: float = 5, **options: Any) -> SignedDynamoDB:
    config = Config(retries={"total_max_attempts": attempts}, read_timeout=read_timeout, connect_timeout=1)
    client = boto3.client("dynamodb", endpoint_url=url, region_name="eu-west-1", config=config)
    return SignedDynamoDB(client, CREDENTIALS, None, sleep=lambda _: None, **options)


def error(code: str) -> dict[str, str]:
    return {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "why"}


def test_a_request_is_signed_as_botocore_signs_it(server: Server) -> None:
    signed(server.url).batch_get_item(**REQUEST)
    ((headers, body, _),) = server.requests
    names = headers["Authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    given = {name: headers[name] for name in headers if name.lower() in names and name.lower() != "host"}
    again = AWSRequest("POST", f"{server.url}/", given, body)
    again.context["timestamp"] = headers["X-Amz-Date"]
    signer = SigV4Auth(CREDENTIALS, "dynamodb", "eu-west-1")
    signature = signer.signature(signer.string_to_sign(again, signer.canonical_request(again)), again)
    assert headers["Authorization"].endswith(f"Signature={signature}")
    assert {"host", "x-amz-date", "x-amz-security-token", "x-amz-target"} <= set(names)
    assert (headers["X-Amz-Target"], headers["X-Amz-Security-Token"]) == ("DynamoDB_20120810.BatchGetItem", "a session")
    assert json.loads(body) == REQUEST


def test_binary_values_are_bytes(server: Server) -> None:
    calls = signed(server.url)
    (item,) = calls.batch_get_item(**REQUEST)["Responses"]["ledger"]
    assert item == {"user": {"S": "Grün"}, "sealed": {"B": b"\x00\x01"}}
    calls.put_item(TableName="ledger", Item=item)
    assert json.loads(server.requests[-1][1])["Item"]["sealed"] == {"B": "AAE="}


def test_a_connection_is_kept(server: Server) -> None:
    calls = signed(server.url)
    for _ in range(3):
        calls.batch_get_item(**REQUEST)
    calls.close()
    calls.batch_get_item(**REQUEST)
    assert len({address for _, _, address in server.requests}) == 2


def test_a_refusal_is_an_error_of_the_client(server: Server) -> None:
    server.answers.append((400, error("ConditionalCheckFailedException")))
    with pytest.raises(ClientError) as found:
        signed(server.url, attempts=3).put_item(TableName="ledger", Item={})
    assert found.value.response["Error"] == {"Code": "ConditionalCheckFailedException", "Message": "why"}
    assert found.value.operation_name == "PutItem"
    assert len(server.requests) == 1


def test_a_write_whose_condition_fails_shows_the_item_as_the_client_does(emulated: Client) -> None:
    table, key = keyed_table(emulated, "user"), {"user": {"S": "ada"}}
    client = emulated("dynamodb")
    client.put_item(TableName=table, Item=key | {"sealed": {"B": b"\0\1"}, "count": {"N": "1"}})
    ours = SignedDynamoDB(client, Credentials(OWNER["AWS_ACCESS_KEY_ID"], OWNER["AWS_SECRET_ACCESS_KEY"]), None)
    refusals = []
    for each in (client, ours):
        with pytest.raises(client.exceptions.ConditionalCheckFailedException) as refused:
            each.update_item(
                TableName=table,
                Key=key,
                UpdateExpression="SET other = :one",
                ConditionExpression="attribute_not_exists(sealed)",
                ExpressionAttributeValues={":one": {"N": "1"}},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        refusals.append(refused.value.response["Item"])

    assert refusals[0] == refusals[1]
    assert refusals[1]["count"] == {"N": "1"}


@pytest.mark.parametrize(
    "answer",
    [(500, error("InternalServerError")), (503, {}), (400, error("ThrottlingException")), (0, {})],
    ids=["error", "gateway", "throttled", "closed"],
)
def test_a_call_that_fails_at_once_is_repeated_once(server: Server, answer: tuple[int, dict[str, Any]]) -> None:
    server.answers.append(answer)
    assert signed(server.url).batch_get_item(**REQUEST)["Responses"]
    server.answers += [answer, answer]
    with pytest.raises((ClientError, ConnectionClosedError)):
        signed(server.url).batch_get_item(**REQUEST)
    assert len(server.requests) == 4


def test_drain_tries_three_times(server: Server) -> None:
    server.answers += [(500, error("InternalServerError"))] * 2
    assert signed(server.url, attempts=3).batch_get_item(**REQUEST)["Responses"]
    assert len(server.requests) == 3


def test_a_time_out_is_not_repeated(server: Server) -> None:
    server.answers.append((-1, {}))
    with pytest.raises(ReadTimeoutError):
        signed(server.url, read_timeout=1).batch_get_item(**REQUEST)
    assert len(server.requests) == 1


def test_an_endpoint_that_nobody_serves_is_an_error_of_the_connection() -> None:
    with pytest.raises(EndpointConnectionError):
        signed("http://127.0.0.1:9").batch_get_item(**REQUEST)


@pytest.mark.parametrize(
    ("region", "options", "host"),
    [
        ("eu-central-1", {}, "dynamodb.eu-central-1.amazonaws.com"),
        ("cn-north-1", {}, "dynamodb.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", {}, "dynamodb.us-gov-west-1.amazonaws.com"),
        ("us-east-1", {"use_fips_endpoint": True}, "dynamodb-fips.us-east-1.amazonaws.com"),
    ],
)
def test_the_endpoint_is_that_of_the_partition(region: str, options: dict[str, Any], host: str) -> None:
    config = Config(retries={"total_max_attempts": 1}, **options)
    calls = SignedDynamoDB(boto3.client("dynamodb", region_name=region, config=config), CREDENTIALS, None)
    assert (calls._url, calls._region) == (f"https://{host}", region)


def test_behind_a_proxy_the_client_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.invalid:3128")
    client = boto3.client("dynamodb", region_name="eu-west-1")
    assert Connections().signed(client) is client
    monkeypatch.delenv("https_proxy")
    assert isinstance(Connections().signed(client), SignedDynamoDB)
