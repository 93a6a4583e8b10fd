"""The doors' insides: everything that ingest and drain work with, made once per running function."""

import os
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from aep_moengage.circuit import Circuits
from aep_moengage.custody import Custody
from aep_moengage.destinations import Destinations
from aep_moengage.draining import Draining
from aep_moengage.intake import Intake
from aep_moengage.ledger import Ledger
from aep_moengage.ledger_table import LedgerTable
from aep_moengage.moengage import MoEngage
from aep_moengage.pacing import Pacemaker
from aep_moengage.queues import Queue
from aep_moengage.settings import Settings, read_settings

# AEP waits 2 s in all, so a store that is slow counts as one that is down; drain has the time to be patient. A table
# that hangs must leave the time for the queue, which does for it: the first of its calls to fail is the last.
INGEST_CLIENTS = Config(connect_timeout=0.5, read_timeout=0.7, retries={"total_max_attempts": 2, "mode": "standard"})
INGEST_TABLES = INGEST_CLIENTS.merge(Config(retries={"total_max_attempts": 1, "mode": "standard"}))
DRAIN_CLIENTS = Config(connect_timeout=1, read_timeout=5, retries={"total_max_attempts": 3, "mode": "standard"})


@cache
def intake() -> Intake:
    """Returns what ingest works with."""
    settings = read_settings(os.environ)
    return Intake(**_shared(settings, INGEST_CLIENTS, INGEST_TABLES), allowed=settings.ALLOWED_CIDRS)


@cache
def draining() -> Draining:
    """Returns what drain works with."""
    settings = read_settings(os.environ)
    return Draining(
        **_shared(settings, DRAIN_CLIENTS, DRAIN_CLIENTS),
        pacemaker=Pacemaker(boto3.client("dynamodb", config=DRAIN_CLIENTS), settings.LEDGER_TABLE),
        retry_window_seconds=settings.retry_window_seconds,
    )


def _shared(settings: Settings, config: Config, tables: Config) -> dict[str, Any]:
    dynamodb = boto3.client("dynamodb", config=tables)
    sqs = boto3.client("sqs", config=config)
    return {
        "destinations": Destinations(
            dynamodb,
            boto3.client("ssm", config=config),
            table=settings.DESTINATIONS_TABLE,
            parameter_path=settings.PARAMETER_PATH,
            endpoint=settings.MOENGAGE_ENDPOINT,
        ),
        "ledger": Ledger(LedgerTable(dynamodb, settings.LEDGER_TABLE)),
        "circuits": Circuits(dynamodb, settings.LEDGER_TABLE),
        "moengage": MoEngage(),
        "custody": Custody(retry=Queue(sqs, settings.RETRY_QUEUE_URL), dead=Queue(sqs, settings.DEAD_LETTER_QUEUE_URL)),
    }
