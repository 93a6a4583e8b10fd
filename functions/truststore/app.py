"""The truststore function: a schedule calls it once an hour, if the stack has mutual TLS."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from aep_moengage.functions.wiring.truststore import truststore


def lambda_handler(_event: dict[str, Any], _context: LambdaContext) -> None:
    truststore().publish_days_left()
