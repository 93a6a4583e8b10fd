"""Drain: the door for what waited in the retry queue."""

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from aep_moengage.budget import Budget
from aep_moengage.doors import draining
from aep_moengage.fate import Received

_RESERVE_SECONDS = 10.0  # of the function's time, for handing back what was not sent


class StillWaiting(Exception):
    """The message stays in the queue."""


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    budget = Budget(context.get_remaining_time_in_millis() / 1000 - _RESERVE_SECONDS)
    stays = draining().drain([_received(record) for record in event["Records"]], budget)

    def finish(record: SQSRecord) -> None:
        if record.message_id in stays:
            raise StillWaiting

    processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    return process_partial_response(event, finish, processor, context)


def _received(record: dict[str, Any]) -> Received:
    attributes = record["attributes"]
    return Received(
        id=record["messageId"],
        handle=record["receiptHandle"],
        body=record["body"],
        receives=int(attributes["ApproximateReceiveCount"]),
        sent=int(attributes["SentTimestamp"]),
    )
