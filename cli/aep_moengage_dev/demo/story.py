"""The story of a demo: when MoEngage failed, and how much had arrived and was waiting at each time."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

from aep_moengage.outcomes import Outcome
from aep_moengage_dev.demo.accounting import Change


@dataclass(frozen=True, slots=True)
class Phase:
    """A part of the story, in epoch seconds. `slowest`: for how many seconds AEP waited for an answer, at most."""

    title: str
    begin: float
    end: float
    slowest: float | None = None


@dataclass(slots=True)
class Story:
    """The phases so far, and the changes of the counts that no log line has: redriven profiles wait again."""

    phases: list[Phase] = field(default_factory=list)
    redrives: list[Change] = field(default_factory=list)


class Step(NamedTuple):
    """How many profiles and events had arrived at a time, and how many of them waited in the retry queue."""

    at: float
    received: int
    waiting: int


def steps(changes: Iterable[Change]) -> list[Step]:
    """Returns the counts after each change, in the order of time."""
    ordered = sorted(changes, key=lambda change: change.at)
    received = accumulate(change.received for change in ordered)
    waiting = accumulate(change.counts[Outcome.RETRYING] for change in ordered)
    return [Step(change.at, *counts) for change, *counts in zip(ordered, received, waiting, strict=True)]
