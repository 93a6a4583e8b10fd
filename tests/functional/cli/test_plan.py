"""`plan`: a load is simulated and explained, without AWS."""

import json
from functools import partial
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aep_moengage_cli.app import app
from aep_moengage_dev.project import PROJECT

plan = import_module("aep_moengage_cli.commands.plan")  # its package has a function of that name

CAPACITY = PROJECT / "cli" / "aep_moengage_cli" / "capacity"


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["plan", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_the_screen_shows_time_demand_costs_and_what_to_raise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    code, shown, _ = run("--profiles", "20k", "--rate", "10000")

    assert code == 0
    for part in ("first activation: 20,000 profiles", "20,000 delivered, 0 given up", "backlog", "dollars"):
        assert part in shown
    assert "deploy with PeakRequestsPerSecond=10000" in shown
    assert "MoEngage's limit of 60,000 users a minute" in shown


def test_json_has_every_figure() -> None:
    code, shown, _ = run("--profiles", "6k", "--limit", "10000", "--json")
    plan = json.loads(shown)

    assert code == 0
    assert plan["delivered"] == plan["received"] == plan["profiles"] == 6_000
    assert plan["least_seconds"] == 36
    assert plan["dollars"]["total"] > 0
    assert {"writes_per_second", "reads_per_second"} == plan["dynamodb"].keys()
    assert plan["lambda"] == {"ingest": 180, "drain": 2}
    assert [need["enough"] for need in plan["needs"] if need["limit"] == "DrainConcurrency"] == [True]
    assert plan["samples"][0]["at"] == 6


def test_a_neighbour_is_planned_too() -> None:
    code, shown, _ = run("--profiles", "6k", "--situation", "neighbour", "--json")

    assert code == 0
    assert json.loads(shown)["delays"].keys() == {"noisy", "quiet", "elsewhere"}


def test_profiles_of_an_outage_wait_and_are_delivered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "outage", partial(plan.outage, hours=0.1))  # two hours of it take 20 s
    code, text, _ = run("--profiles", "2k", "--limit", "600", "--situation", "outage", "--json")
    planned = json.loads(text)
    assert code == 0
    assert planned["scenario"] == "outage of 0.1 h"
    assert planned["received"] == planned["delivered"]
    assert planned["backlog"]["profiles"] >= 5 * 360  # what arrives in a second, for as long as the outage lasts


def test_what_is_turned_away_shows_in_the_exit_code() -> None:
    code, shown, _ = run("--profiles", "60k", "--rate", "20000", "--json")

    assert code == 1
    assert json.loads(shown)["turned_away"] == 30_000


def test_prices_and_measurements_can_be_replaced(tmp_path: Path) -> None:
    prices, measured = tmp_path / "prices.yaml", tmp_path / "measured.yaml"
    prices.write_text((CAPACITY / "prices.yaml").read_text().replace("million_writes: 0.625", "million_writes: 0"))
    measured.write_text((CAPACITY / "measured.yaml").read_text().replace("reads: 2 ", "reads: 0 "))
    _, shown, _ = run("--profiles", "6k", "--json", "--prices", str(prices), "--measured", str(measured))

    dollars = json.loads(shown)["dollars"]
    assert (dollars["dynamodb_writes"], dollars["dynamodb_reads"]) == (0, 0)


@pytest.mark.parametrize("profiles", ["many", "0", "-5", "1e6", ""])
def test_a_number_of_profiles_is_needed(profiles: str) -> None:
    code, _, error = run(f"--profiles={profiles}")
    assert (code, "250k or 10M" in error) == (2, True)


@pytest.mark.parametrize("option", ["--prices", "--measured"])
def test_a_table_that_cannot_be_used_is_an_error(tmp_path: Path, option: str) -> None:
    file = tmp_path / "table.yaml"
    file.write_text("ingest: {}")
    code, _, error = run("--profiles", "6k", option, str(file))

    assert code == 2
    assert "can't be used" in error
