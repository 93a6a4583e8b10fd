"""Charts of a report for the documentation: the CPU of each kind of work, beside that of older checkouts."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "bench"  # the same report gives the same file
mpl.rcParams["svg.fonttype"] = "none"

import matplotlib.pyplot as plt  # noqa: E402 # after the choice of what draws

_SHOWN = {
    "ingest/1": "ingest, 1 profile",
    "ingest/1 unchanged": "ingest, 1 unchanged",
    "ingest/10": "ingest, 10",
    "ingest/50": "ingest, 50",
    "ingest/500": "ingest, 500 (queued)",
    "drain/with ledger": "drain, 1,000",
    "drain/unchanged": "drain, 1,000 unchanged",
    "cold/first delivery": "cold start and first delivery",
}


def draw(report: Mapping[str, Any], file: Path) -> None:
    """Draws what is left of the CPU of each older checkout; a report without any draws nothing."""
    before = report["before"]
    if not before:
        return
    names = [name for name in _SHOWN if all(name in each["ratios"] for each in before.values())]
    figure, axes = plt.subplots(figsize=(8, 0.5 * len(names) + 1.2))
    height = 0.8 / len(before)
    for place, (checkout, each) in enumerate(before.items()):
        at = [number + place * height for number in range(len(names))]
        bars = axes.barh(at, [each["ratios"][name] for name in names], height, label=f"÷ {checkout}")
        axes.bar_label(bars, fmt="%.2f", padding=3)
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_yticks([number + 0.4 - height / 2 for number in range(len(names))], [_SHOWN[name] for name in names])
    axes.invert_yaxis()
    axes.set_xlim(0, max(1.25, *(value for each in before.values() for value in each["ratios"].values())) + 0.1)
    axes.set_xlabel("CPU time, as a multiple of the older checkout's in the same run")
    axes.legend(loc="lower right", frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})
