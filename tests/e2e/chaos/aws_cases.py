"""The cases in which AWS fails, as a table."""

from tests.e2e.chaos.aws_faults import AwsFault
from tests.e2e.chaos.aws_partial import PARTIAL
from tests.e2e.chaos.cases import Case, answers

_OFTEN, _SELDOM = 0.3, 0.15  # shares of the calls; one slow call takes up most of the time that ingest has
_DOWN = answers(503)  # of MoEngage, so that every profile has to be queued
_STATEMENTS = ("BatchExecuteStatement",)
_WRITES = ("PutItem", *_STATEMENTS)
_PARTS = tuple(PARTIAL)
_REMEMBERED = 18.0  # seconds: twice as long, and a destination is not taken from memory without asking

AWS_CASES = (
    Case("DynamoDB: throttled now and then", aws=(AwsFault("DynamoDB", "throttled", share=_OFTEN),), in_doubt=True),
    Case("DynamoDB: throttled throughout", aws=(AwsFault("DynamoDB", "throttled"),)),
    Case("DynamoDB: parts of a batch", aws=(AwsFault("DynamoDB", "partial", _PARTS, _OFTEN),), in_doubt=True),
    Case(
        "DynamoDB: parts applied, then 500",
        aws=(AwsFault("DynamoDB", "partial", _STATEMENTS, _OFTEN, applied=True),),
        in_doubt=True,
    ),
    Case("DynamoDB: applied, then 500", aws=(AwsFault("DynamoDB", "error", (), _OFTEN, applied=True),), in_doubt=True),
    Case("DynamoDB: reset", aws=(AwsFault("DynamoDB", "reset", (), _OFTEN),), in_doubt=True),
    Case(
        "DynamoDB: applied, then reset", aws=(AwsFault("DynamoDB", "reset", (), _OFTEN, applied=True),), in_doubt=True
    ),
    Case("DynamoDB: slow, applied late", aws=(AwsFault("DynamoDB", "slow", (), _SELDOM),), in_doubt=True),
    Case(
        "DynamoDB: slow, applied at once", aws=(AwsFault("DynamoDB", "slow", (), _SELDOM, applied=True),), in_doubt=True
    ),
    Case("DynamoDB: hangs throughout", aws=(AwsFault("DynamoDB", "slow", seconds=2),), in_doubt=True),
    Case(
        "DynamoDB: too slow for drain",
        aws=(AwsFault("DynamoDB", "slow", _WRITES, seconds=6, times=4),),
        in_doubt=True,
    ),
    Case("SQS: throttled now and then", _DOWN, aws=(AwsFault("SQS", "throttled", (), _OFTEN),)),
    Case("SQS: throttled for a while", _DOWN, aws=(AwsFault("SQS", "throttled", times=20),)),
    Case("SQS: throttled throughout, MoEngage well", aws=(AwsFault("SQS", "throttled", times=20),)),
    Case("SQS: parts of a batch", _DOWN, aws=(AwsFault("SQS", "partial", _PARTS, _OFTEN),), queued_twice=True),
    Case(
        "SQS: parts applied all the same",
        _DOWN,
        aws=(AwsFault("SQS", "partial", _PARTS, _OFTEN, applied=True),),
        queued_twice=True,
    ),
    Case("SQS: applied, then 500", _DOWN, aws=(AwsFault("SQS", "error", (), _OFTEN, applied=True),), queued_twice=True),
    Case("SQS: reset", _DOWN, aws=(AwsFault("SQS", "reset", (), _OFTEN),)),
    Case(
        "SQS: applied, then reset", _DOWN, aws=(AwsFault("SQS", "reset", (), _OFTEN, applied=True),), queued_twice=True
    ),
    Case("SQS: slow, applied late", _DOWN, aws=(AwsFault("SQS", "slow", (), _SELDOM),), queued_twice=True),
    Case("SSM: throttled", aws=(AwsFault("SSM", "throttled"),), pause=_REMEMBERED),
    Case("SSM: slow", aws=(AwsFault("SSM", "slow", seconds=3),), pause=_REMEMBERED),
    Case("SSM: throttled when ingest starts", aws=(AwsFault("SSM", "throttled", times=8),), cold=True),
    Case(
        "credentials expired",
        aws=tuple(AwsFault(service, "expired", times=30) for service in ("DynamoDB", "SQS", "SSM")),
        in_doubt=True,
    ),
    Case(
        "all of AWS: applied, then 500",
        _DOWN,
        aws=tuple(AwsFault(service, "error", (), _OFTEN, applied=True) for service in ("DynamoDB", "SQS", "SSM")),
        in_doubt=True,
        queued_twice=True,
    ),
)
