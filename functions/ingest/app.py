"""The ingest function: AEP posts profiles to it, and others events."""

import gc

gc.disable()  # until the first invocation is over: collections would take a tenth of a cold start

import os
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from aep_moengage.functions.cold_start import collect_from_now_on, make_for_snapshot
from aep_moengage.functions.http_api import answer
from aep_moengage.functions.wiring.ingest import ingest
from aep_moengage.log import logger
from aep_moengage.settings import check_settings

make_for_snapshot(ingest)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 # Lambda's signature
    logger().set_correlation_id(event.get("requestContext", {}).get("requestId"))
    try:
        return answer(event, lambda request: ingest().take(request), lambda: check_settings(os.environ))
    finally:
        collect_from_now_on()
