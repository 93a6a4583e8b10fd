"""Wiring: the functions with everything that they work with, made once for each running environment."""

import os
from functools import cache
from typing import Any

from botocore.config import Config

from aep_moengage.functions.connections import Connections
from aep_moengage.functions.deliveries import Deliveries
from aep_moengage.functions.destination_store import DestinationStore
from aep_moengage.functions.drain import Drain
from aep_moengage.functions.ingest import Ingest
from aep_moengage.functions.queue_first import QueueFirst
from aep_moengage.functions.sample_table import SampleTable
from aep_moengage.functions.shared_load import SharedLoad
from aep_moengage.functions.stream import Stream
from aep_moengage.functions.truststore import Truststore
from aep_moengage.ledger.event_claims import EventLedger
from aep_moengage.ledger.event_table import DynamoDBEventTable
from aep_moengage.ledger.known_user_table import DynamoDBKnownUserTable
from aep_moengage.ledger.known_users import KnownUsers
from aep_moengage.ledger.ledger import Ledger
from aep_moengage.ledger.secret import StackKeys
from aep_moengage.ledger.table import DynamoDBTable
from aep_moengage.moengage.circuit_breakers import CircuitBreakers
from aep_moengage.moengage.client import MoEngage
from aep_moengage.moengage.pace_table import DynamoDBPaceTable
from aep_moengage.moengage.rate_limit import RateLimiter
from aep_moengage.queues.custody import Custody
from aep_moengage.queues.sqs import SqsQueue
from aep_moengage.settings import Settings, read_settings, read_truststore_settings
from aep_moengage.telemetry.counts import Counts

# botocore would build its user agent for each call, and check every value of our own requests.
_LEAN = Config(user_agent="aep-moengage", parameter_validation=False)
# AEP waits 2 s in all, so a slow store counts as one that is down; drain has more time. A table that hangs must leave
# time for the queue, which takes its place: a time-out of the table is not repeated.
INGEST_CLIENTS = _LEAN.merge(
    Config(connect_timeout=0.5, read_timeout=0.7, retries={"total_max_attempts": 2, "mode": "standard"})
)
INGEST_TABLES = INGEST_CLIENTS.merge(Config(retries={"total_max_attempts": 1, "mode": "standard"}))
DRAIN_CLIENTS = _LEAN.merge(
    Config(connect_timeout=1, read_timeout=5, retries={"total_max_attempts": 3, "mode": "standard"})
)


@cache
def ingest() -> Ingest:
    """Returns the ingest function."""
    settings, connections = read_settings(os.environ), Connections()
    dynamodb = _dynamodb(settings, connections, INGEST_TABLES)
    shared = _shared(settings, connections, dynamodb, INGEST_CLIENTS)
    return Ingest(**shared, allowed=settings.ALLOWED_CIDRS, client_names=settings.CLIENT_NAMES)


@cache
def drain() -> Drain:
    """Returns the drain function."""
    settings, connections = read_settings(os.environ), Connections()
    dynamodb = _dynamodb(settings, connections, DRAIN_CLIENTS)
    return Drain(
        **_shared(settings, connections, dynamodb, DRAIN_CLIENTS),
        samples=SampleTable(dynamodb, settings.SAMPLES_TABLE),
        retry_window_seconds=settings.retry_window_seconds,
    )


@cache
def truststore() -> Truststore:
    """Returns the truststore function."""
    settings = read_truststore_settings(os.environ)
    s3 = Connections().client("s3", DRAIN_CLIENTS)
    return Truststore(s3, settings.TRUSTSTORE_URI, settings.TRUSTSTORE_VERSION, settings.STACK_NAME)


@cache
def stream() -> Stream:
    """Returns the stream function."""
    settings, connections = read_settings(os.environ), Connections()
    return Stream(
        settings.EVENT_STREAM,
        custody=_custody(settings, connections.client("sqs", DRAIN_CLIENTS)),
        counts=Counts(settings.STACK_NAME),
        connections=connections,
    )


def _custody(settings: Settings, sqs: Any) -> Custody:
    return Custody(retry=SqsQueue(sqs, settings.RETRY_QUEUE_URL), dead=SqsQueue(sqs, settings.DEAD_LETTER_QUEUE_URL))


def _dynamodb(settings: Settings, connections: Connections, config: Config) -> Any:
    client = connections.client("dynamodb", config)
    return connections.signed(client) if settings.DYNAMODB_CLIENT == "signed" else client


def _shared(settings: Settings, connections: Connections, dynamodb: Any, others: Config) -> dict[str, Any]:
    sqs, ssm = connections.client("sqs", others), connections.client("ssm", others)
    counts, keys = Counts(settings.STACK_NAME), StackKeys(ssm, settings.PARAMETER_PATH)
    return {
        "connections": connections,
        "destinations": DestinationStore(
            dynamodb,
            ssm,
            table=settings.DESTINATIONS_TABLE,
            parameter_path=settings.PARAMETER_PATH,
            endpoint=settings.MOENGAGE_ENDPOINT,
            last_known_good_seconds=settings.LAST_KNOWN_GOOD_SECONDS,
            on_stale=counts.stale,
        ),
        "deliveries": Deliveries(
            Ledger(DynamoDBTable(dynamodb, settings.LEDGER_TABLE), keys),
            EventLedger(DynamoDBEventTable(dynamodb, settings.LEDGER_TABLE), keys),
            KnownUsers(DynamoDBKnownUserTable(dynamodb, settings.LEDGER_TABLE), keys),
        ),
        "circuits": CircuitBreakers.in_table(dynamodb, settings.LEDGER_TABLE),
        "moengage": MoEngage(),
        "rate_limiter": RateLimiter(DynamoDBPaceTable(dynamodb, settings.LEDGER_TABLE)),
        "custody": _custody(settings, sqs),
        "counts": counts,
        "queue_first": QueueFirst(SharedLoad(dynamodb, settings.LEDGER_TABLE), settings.QUEUE_FIRST_REQUESTS),
    }
