"""Costs: from usage and a table of prices that can be edited."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from aep_moengage_cli.capacity.costs import Prices, Usage, bill, dollars, lambda_usage, list_prices, read_prices

# One request for each profile, delivered at once: 100 ms for MoEngage, 22 ms for DynamoDB and the CPU
INLINE = lambda_usage(1769, 121.5) + Usage(api_requests=1, reads=2.24, writes=2, log_bytes=2900)


def test_dollars_are_per_million_profiles_by_service() -> None:
    cost = dollars({"inline": INLINE})["inline"]

    assert cost["api_gateway"] == 1.0
    assert cost["lambda"] == pytest.approx(0.20 + 1769 / 1024 * 121_500 * 0.0000133334, rel=1e-4)
    assert (cost["dynamodb_reads"], cost["dynamodb_writes"], cost["logs"]) == (0.28, 1.25, 1.45)
    assert cost["total"] == pytest.approx(6.98, abs=0.01)


def test_profiles_that_share_an_invocation_share_its_cost() -> None:
    alone, shared = lambda_usage(1024, 100), lambda_usage(1024, 100, profiles=50)

    assert bill(shared)["total"] == pytest.approx(bill(alone)["total"] / 50)


def test_usage_adds_up_and_is_billed_in_proportion() -> None:
    assert bill(INLINE + INLINE)["total"] == pytest.approx(2 * bill(INLINE)["total"])
    assert bill(INLINE * 3)["total"] == pytest.approx(3 * bill(INLINE)["total"])
    assert bill(Usage())["total"] == 0


def test_prices_can_be_edited(tmp_path: Path) -> None:
    file = tmp_path / "prices.yaml"
    source = Path(__file__).parents[3] / "cli/aep_moengage_cli/capacity/prices.yaml"
    file.write_text(source.read_text().replace("million_requests: 1.00", "million_requests: 7.5"))

    assert bill(Usage(api_requests=1_000_000), read_prices(file))["total"] == 7.5
    assert read_prices(None) == list_prices()


@pytest.mark.parametrize("text", ["", "[]", "api_gateway: {million_requests: 1}", "lambda: {gb_second: -1}"])
def test_incomplete_prices_are_an_error(text: str) -> None:
    with pytest.raises((ValueError, ValidationError)):
        Prices.read(text)
