"""The drain function: SQS calls it with messages of the retry queue."""

import gc

gc.disable()  # until the first invocation is over: collections would take a tenth of a cold start

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from aep_moengage.budget import Budget
from aep_moengage.functions.cold_start import collect_from_now_on
from aep_moengage.functions.wiring.drain import drain
from aep_moengage.queues.direct_requests import direct_request
from aep_moengage.queues.disposition import ReceivedMessage

_RESERVE_SECONDS = 10.0  # of the function's time, for handing back what was not sent


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    budget = Budget(context.get_remaining_time_in_millis() / 1000 - _RESERVE_SECONDS)
    staying = drain().drain([_received(record) for record in event["Records"]], budget)
    collect_from_now_on()
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in staying]}


def _received(record: dict[str, Any]) -> ReceivedMessage:
    attributes = record["attributes"]
    return ReceivedMessage(
        id=record["messageId"],
        handle=record["receiptHandle"],
        body=record["body"],
        receives=int(attributes["ApproximateReceiveCount"]),
        sent=int(attributes["SentTimestamp"]),
        direct=direct_request(record["body"], record.get("messageAttributes", {})),
    )
