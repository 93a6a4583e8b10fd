"""Costs: what AWS bills for profiles, from what each of them uses and one table of prices."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, NonNegativeFloat

_MILLION = 1_000_000
_GB = 1_000_000_000


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ApiGatewayPrices(_Table):
    """API Gateway, HTTP APIs."""

    million_requests: NonNegativeFloat


class LambdaPrices(_Table):
    """Lambda."""

    million_requests: NonNegativeFloat
    gb_second: NonNegativeFloat


class DynamoDBPrices(_Table):
    """DynamoDB, on demand."""

    million_reads: NonNegativeFloat
    million_writes: NonNegativeFloat


class SqsPrices(_Table):
    """SQS; fair queues cost more."""

    million_requests: NonNegativeFloat
    million_fair_requests: NonNegativeFloat


class LogPrices(_Table):
    """CloudWatch Logs."""

    gb: NonNegativeFloat


class MonthlyPrices(_Table):
    """What costs something for as long as it is there."""

    alarm: NonNegativeFloat
    custom_metric: NonNegativeFloat
    dashboard: NonNegativeFloat
    kms_key: NonNegativeFloat
    gb_table: NonNegativeFloat
    gb_backup: NonNegativeFloat


class Prices(_Table):
    """The table of prices, in US dollars."""

    api_gateway: ApiGatewayPrices
    lambda_: LambdaPrices
    dynamodb: DynamoDBPrices
    sqs: SqsPrices
    logs: LogPrices
    monthly: MonthlyPrices

    @classmethod
    def read(cls, text: str) -> Self:
        """Returns the prices in a YAML text; raises `ValueError` if one is missing, negative or unknown."""
        content = yaml.safe_load(text)
        if not isinstance(content, dict):
            raise ValueError("not a table of prices")
        return cls.model_validate({"lambda_" if name == "lambda" else name: each for name, each in content.items()})


@cache
def list_prices() -> Prices:
    """Returns AWS's list prices as this package has them."""
    return Prices.read(files(__package__).joinpath("prices.yaml").read_text("utf-8"))


def read_prices(file: Path | None) -> Prices:
    """Returns the prices in a file; without one, the list prices. Raises `OSError` and `ValueError`."""
    return Prices.read(file.read_text("utf-8")) if file else list_prices()


@dataclass(frozen=True, slots=True)
class Usage:
    """What AWS bills, for one profile or for many.

    `gb_seconds` are those of Lambda, `reads` and `writes` units of DynamoDB, `queue_requests` those of SQS.
    """

    api_requests: float = 0.0
    invocations: float = 0.0
    gb_seconds: float = 0.0
    reads: float = 0.0
    writes: float = 0.0
    queue_requests: float = 0.0
    log_bytes: float = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(Usage)))

    def __mul__(self, times: float) -> "Usage":
        return Usage(*(getattr(self, each.name) * times for each in fields(Usage)))


def lambda_usage(memory_mb: int, milliseconds: float, profiles: float = 1) -> Usage:
    """Returns what a profile uses of Lambda, if an invocation takes so long and handles so many profiles."""
    return Usage(invocations=1 / profiles, gb_seconds=memory_mb / 1024 * milliseconds / 1000 / profiles)


def bill(usage: Usage, prices: Prices | None = None) -> dict[str, float]:
    """Returns what a usage costs in US dollars, by service, and `total`."""
    at = prices or list_prices()
    sqs = at.sqs.million_requests + at.sqs.million_fair_requests
    dollars = {
        "api_gateway": usage.api_requests / _MILLION * at.api_gateway.million_requests,
        "lambda": usage.invocations / _MILLION * at.lambda_.million_requests + usage.gb_seconds * at.lambda_.gb_second,
        "dynamodb_reads": usage.reads / _MILLION * at.dynamodb.million_reads,
        "dynamodb_writes": usage.writes / _MILLION * at.dynamodb.million_writes,
        "sqs": usage.queue_requests / _MILLION * sqs,
        "logs": usage.log_bytes / _GB * at.logs.gb,
    }
    return {**dollars, "total": sum(dollars.values())}


def dollars(uses: Mapping[str, Usage], prices: Prices | None = None) -> dict[str, dict[str, float]]:
    """Returns dollars per million profiles of each way, by service and in total, from what one profile uses.

    `dollars({"inline": lambda_usage(1024, 120) + Usage(api_requests=1, reads=2, writes=2, log_bytes=1600)})`
    """
    per_million = {way: bill(usage * _MILLION, prices) for way, usage in uses.items()}
    return {way: {service: round(each, 4) for service, each in parts.items()} for way, parts in per_million.items()}
