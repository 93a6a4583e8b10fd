"""The stream function: Kinesis calls it with records of the event stream."""

import gc

gc.disable()  # until the first invocation is over: collections would take a tenth of a cold start

import base64
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from aep_moengage.functions.cold_start import collect_from_now_on
from aep_moengage.functions.stream import StreamRecord
from aep_moengage.functions.wiring.stream import stream


def lambda_handler(event: dict[str, Any], _: LambdaContext) -> dict[str, Any]:
    untaken = stream().take([_record(each) for each in event["Records"]])
    collect_from_now_on()
    return {"batchItemFailures": [{"itemIdentifier": sequence} for sequence in untaken]}


def _record(record: dict[str, Any]) -> StreamRecord:
    kinesis = record["kinesis"]
    return StreamRecord(
        sequence=kinesis["sequenceNumber"],
        id=record["eventID"],
        arrived_ms=round(float(kinesis["approximateArrivalTimestamp"]) * 1000),
        data=base64.b64decode(kinesis["data"]),
    )
