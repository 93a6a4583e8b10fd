"""The costs in docs/costs.md, from the table of prices, the measurements, the simulation and the template."""

import re
from collections import Counter
from collections.abc import Iterator

from cfnlint.decode import cfn_yaml

from aep_moengage_cli.capacity.capacity_plan import capacity_plan
from aep_moengage_cli.capacity.costs import MonthlyPrices, list_prices
from aep_moengage_cli.capacity.measurements import kept_measurements
from aep_moengage_cli.capacity.scenarios import first_activation
from aep_moengage_dev.project import PROJECT
from aep_moengage_dev.reference.markdown import table

_PAGE = PROJECT / "docs" / "costs.md"
_MADE = re.compile(r"(<!-- made by `make docs` -->\n).*?(<!-- end -->)", re.DOTALL)
_MILLION = 1_000_000
_METRICS = 40  # tests/unit/telemetry/test_counts.py counts both those of a stack and those of a destination

# how profiles arrive -> how many of them, requests a second, profiles of a request
_WAYS = {
    "a million profiles, one a request, delivered at once": (6_000, 50, 1),
    "a million profiles, one a request, queued first": (20_000, 10_000, 1),
    "a million profiles, ten a request": (20_000, 1_000, 10),
    "a million profiles, fifty a request": (20_000, 200, 50),
}
_HEADINGS = ("what", "dollars", "API Gateway", "Lambda", "DynamoDB", "SQS", "CloudWatch, KMS")


def costs_page() -> str:
    """Returns the page as it is, with the costs as they are now."""
    return _MADE.sub(lambda found: "\n".join([f"{found[1]}", *_costs(), found[2]]), _PAGE.read_text("utf-8"))


def _costs() -> Iterator[str]:
    yield from table(_HEADINGS, (*_per_million(), *_per_month()))


def _per_million() -> Iterator[tuple[str, ...]]:
    for way, (profiles, rate, size) in _WAYS.items():
        scenario = first_activation(profiles, rate, profiles_per_request=size, limit=60_000, drain_concurrency=6)
        cost = capacity_plan(scenario, kept_measurements(), list_prices()).dollars
        dynamodb = cost["dynamodb_reads"] + cost["dynamodb_writes"]
        parts = (cost["total"], cost["api_gateway"], cost["lambda"], dynamodb, cost["sqs"], cost["logs"])
        yield way, *(_shown(part * _MILLION / profiles) for part in parts)


def _per_month() -> Iterator[tuple[str, ...]]:
    monthly, made = list_prices().monthly, _unconditional()
    yield _month("a month of a stack in which nothing arrives", _idle(monthly, made))
    yield _month("a month of the stack's metrics, at most", monthly.custom_metric * _METRICS)
    yield _month("a month of a destination's metrics, at most", monthly.custom_metric * _METRICS)
    gigabyte = monthly.gb_table + monthly.gb_backup
    yield ("a month of 1 GB in the ledger, with its backup", _shown(gigabyte), "", "", _shown(gigabyte), "", "")


def _month(what: str, dollars: float) -> tuple[str, ...]:
    return what, _shown(dollars), "", "", "", "", _shown(dollars)


def _idle(monthly: MonthlyPrices, made: Counter[str]) -> float:
    keys, dashboards = 1, made["AWS::CloudWatch::Dashboard"]
    return monthly.alarm * made["AWS::CloudWatch::Alarm"] + monthly.kms_key * keys + monthly.dashboard * dashboards


def _unconditional() -> Counter[str]:
    """Returns how many resources of each type every stack has."""
    resources = cfn_yaml.load(str(PROJECT / "template.yaml"))["Resources"].values()
    return Counter(each["Type"] for each in resources if "Condition" not in each)


def _shown(dollars: float) -> str:
    return f"{dollars:.2f}"
