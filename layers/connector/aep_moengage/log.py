"""The functions' one logger: JSON lines with the service, the request's id and the level that the stack sets."""

from functools import cache

from aws_lambda_powertools import Logger


@cache
def logger() -> Logger:
    """Returns the logger of this function; made on first use."""
    return Logger()
