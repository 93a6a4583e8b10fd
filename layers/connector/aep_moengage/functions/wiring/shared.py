"""What the wiring of the functions shares: settings of clients, and the parts that ingest and drain both have."""

from functools import cache, partial
from typing import Any

from botocore.config import Config

from aep_moengage.functions.connections import Connections
from aep_moengage.functions.deliveries import Deliveries
from aep_moengage.functions.destination_store import DestinationStore
from aep_moengage.functions.queue_first import QueueFirst
from aep_moengage.functions.shared_load import SharedLoad
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
from aep_moengage.settings import Settings
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


def custody_of(settings: Settings, connections: Connections, config: Config) -> Custody:
    """Returns the queues; their client is made when something is queued: most cold starts deliver."""
    sqs = cache(partial(connections.client, "sqs", config))
    return Custody(retry=SqsQueue(sqs, settings.RETRY_QUEUE_URL), dead=SqsQueue(sqs, settings.DEAD_LETTER_QUEUE_URL))


def dynamodb_of(settings: Settings, connections: Connections, config: Config) -> Any:
    """Returns what calls DynamoDB."""
    client = connections.client("dynamodb", config)
    return connections.signed(client) if settings.DYNAMODB_CLIENT == "signed" else client


def shared(settings: Settings, connections: Connections, dynamodb: Any, others: Config) -> dict[str, Any]:
    """Returns the parts that `Ingest` and `Drain` both have, by name."""
    ssm = connections.client("ssm", others)
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
        "custody": custody_of(settings, connections, others),
        "counts": counts,
        "queue_first": QueueFirst(SharedLoad(dynamodb, settings.LEDGER_TABLE), settings.QUEUE_FIRST_REQUESTS),
    }
