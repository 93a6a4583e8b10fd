"""The report of a run: every figure as CPU time and as a ratio within the run, and what grew since the last one.

Figures of two runs are not comparable, because machines are busier at one time than at another. So what is compared is
each figure's multiple of a yardstick that was measured beside it: the bare loop, or boto3 with one client.
"""

import json
import platform
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyperf
from tests.performance.profiles import PROFILES
from tests.performance.steps import GROWING, SIZES
from tests.performance.traffic import Traffic

FLOOR, BASE = "transform/floor", "import/base"
GREW = 1.10  # a figure has grown if it is that many times the kept one
_YARDSTICKS = {"import": BASE, "cold": BASE}  # of a group of figures; the bare loop of all others

type Figures = Mapping[str, float]  # seconds of CPU, by the benchmark's name


def figures_of(suite: pyperf.BenchmarkSuite) -> Figures:
    """Returns the median of each benchmark."""
    return {bench.get_name(): bench.median() for bench in suite}


def relative(figures: Figures) -> Figures:
    """Returns each figure as a multiple of its yardstick."""
    found = {}
    for name, seconds in figures.items():
        yardstick = figures.get(_YARDSTICKS.get(name.partition("/")[0], FLOOR))
        if yardstick:
            found[name] = seconds / yardstick
    return found


def report_of(figures: Figures, before: Mapping[str, Figures], traffic: Traffic, dollars: Any) -> dict[str, Any]:
    """Returns the report; `before` holds the figures of older checkouts, measured in the same run."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
        "machine": f"Python {platform.python_version()}, {platform.machine()}, {_processor()}",
        **_parts(figures, traffic),
        "growth": {name: _growth(figures, name) for name in GROWING},
        "dollars": dollars,
        "relative": relative(figures),
        "before": {name: {"ratios": _ratios(figures, each), "figures": dict(each)} for name, each in before.items()},
    }


def _parts(figures: Figures, traffic: Traffic) -> dict[str, Any]:
    def microseconds(group: str) -> dict[str, float]:
        return {
            name.partition("/")[2]: round(1e6 * each, 1) for name, each in figures.items() if name.startswith(group)
        }

    usual, floor, base = (figures[name] for name in ("transform/usual", FLOOR, BASE))
    return {
        "transform": {
            "us": round(1e6 * usual, 1),
            "floor_us": round(1e6 * floor, 1),
            "ratio": round(usual / floor, 2),
            "shapes_us": microseconds("transform/"),
        },
        "ingest": {"invocation_us": microseconds("ingest/"), "log_bytes": traffic.log_bytes, "calls": traffic.calls},
        "drain": {
            "profiles_per_second_core": round(PROFILES / figures["drain/ledger in memory"]),
            "with_ledger": round(PROFILES / figures["drain/with ledger"]),
            "unchanged": round(PROFILES / figures["drain/unchanged"]),
            "requests_per_1000": traffic.calls["drain/1000"]["MoEngage"],
        },
        "import": {
            "ingest_ratio": round(figures["import/ingest"] / base, 2),
            "drain_ratio": round(figures["import/drain"] / base, 2),
        },
        "cold": {
            "first_delivery_ms": round(1e3 * figures["cold/first delivery"]),
            "base_ratio": round(figures["cold/first delivery"] / base, 2),
        },
    }


def _ratios(now: Figures, before: Figures) -> dict[str, float]:
    return {name: round(now[name] / each, 2) for name, each in before.items() if name in now}


def _growth(figures: Figures, name: str) -> float:
    """Returns how many times longer each piece takes when there are four times as many: 1 is linear, 4 quadratic."""
    small, large = (figures[f"growth/{name}/{size}"] for size in SIZES)
    return round(large / small, 2)


def grown(report: Mapping[str, Any], kept: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Yields the figures that have grown since the kept report, each with how many times."""
    for name, now in report["relative"].items():
        before = kept["relative"].get(name)
        if before and now > before * GREW:
            yield name, now / before


def kept_report(file: Path) -> dict[str, Any] | None:
    """Returns the report of the last run, if there is one."""
    return json.loads(file.read_text()) if file.exists() else None


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.processor())
