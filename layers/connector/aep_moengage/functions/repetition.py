"""Which calls of AWS are repeated at once: those that failed at once, and never time-outs, which used up the time."""

import random

from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError

_PAUSE_SECONDS = 0.01, 0.05
_AT_ONCE = (ConnectionClosedError, EndpointConnectionError)
_THROTTLED = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)


def failed_at_once(error: Exception | None) -> bool:
    """Returns whether a call failed without waiting for an answer."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return answered_at_once(status, error.response["Error"].get("Code"))
    return isinstance(error, _AT_ONCE)


def answered_at_once(status: int, code: str | None) -> bool:
    """Returns whether an answer says that the service failed, or throttles."""
    return status >= 500 or code in _THROTTLED


def pause_seconds() -> float:
    """Returns the seconds until the call is repeated, by chance."""
    return random.uniform(*_PAUSE_SECONDS)  # noqa: S311 # jitter needs no secrecy
