"""Faults of AWS: which calls of the functions fail, and the answers that they get instead."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Literal

type Service = Literal["DynamoDB", "SQS", "SSM"]
type What = Literal["throttled", "error", "expired", "partial", "reset", "slow"]

SERVICES: Mapping[str, Service] = {"DynamoDB_20120810": "DynamoDB", "AmazonSQS": "SQS", "AmazonSSM": "SSM"}
_BEYOND_A_TIME_OUT = 1.0  # seconds: of ingest; drain waits for 5 s


@dataclass(frozen=True)
class AwsFault:
    """A fault of calls to a service.

    what:       the call is throttled, fails with a 500 or with expired credentials; a part of its entries fails; its
                connection is reset; it takes too long
    operations: that it concerns; every one if empty
    share:      of the calls, by chance
    applied:    the call takes effect nevertheless, and only its answer is lost; a slow one takes effect at once
                rather than late
    seconds:    that a slow call takes
    times:      after so many calls it ends by itself
    """

    service: Service
    what: What
    operations: tuple[str, ...] = ()
    share: float = 1.0
    applied: bool = False
    seconds: float = _BEYOND_A_TIME_OUT
    times: float = inf

    def concerns(self, service: str, operation: str) -> bool:
        """Returns whether calls of an operation may meet it."""
        return service == self.service and (not self.operations or operation in self.operations)


@dataclass(frozen=True)
class ErrorAnswer:
    """An error as a service answers it."""

    status: int
    type: str

    @property
    def code(self) -> str:
        """The code that clients see."""
        return self.type.rpartition("#")[2]

    @property
    def content(self) -> dict[str, str]:
        """The body as JSON."""
        return {"__type": self.type, "message": "a fault of the tests"}

    @property
    def headers(self) -> dict[str, str]:
        """SQS names the code in a header too."""
        return {"x-amzn-query-error": f"{self.code};{'Receiver' if self.status >= 500 else 'Sender'}"}


_EXPIRED = ErrorAnswer(400, "com.amazon.coral.service#ExpiredTokenException")
ERRORS: Mapping[tuple[Service, What], ErrorAnswer] = {
    ("DynamoDB", "throttled"): ErrorAnswer(
        400, "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"
    ),
    ("DynamoDB", "error"): ErrorAnswer(500, "com.amazonaws.dynamodb.v20120810#InternalServerError"),
    ("DynamoDB", "expired"): _EXPIRED,
    ("SQS", "throttled"): ErrorAnswer(400, "com.amazonaws.sqs#RequestThrottled"),
    ("SQS", "error"): ErrorAnswer(500, "com.amazon.coral.service#InternalFailure"),
    ("SQS", "expired"): _EXPIRED,
    ("SSM", "throttled"): ErrorAnswer(400, "ThrottlingException"),
    ("SSM", "error"): ErrorAnswer(500, "InternalServerError"),
    ("SSM", "expired"): _EXPIRED,
}
