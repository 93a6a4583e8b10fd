"""The picture of a demo: what arrived and what waited while MoEngage failed, and the counts at the end."""

from collections.abc import Callable, Iterator, Sequence
from math import ceil

from aep_moengage.outcomes import Outcome
from aep_moengage_dev.demo.report import Report
from aep_moengage_dev.demo.story import Phase, Step
from aep_moengage_dev.drawing import Point, Scheme, area, box, line, picture, text

_WIDTH, _HEIGHT = 840, 410
_MARGIN = 22
_LEFT, _RIGHT, _TOP, _GROUND = 104, 590, 132, 372  # of the plot
_COUNTS = 610  # where the column of counts begins
_ENDS = 818
_TICK = 50
_SHORT = {
    "MoEngage hangs": "hangs",
    "MoEngage answers 503": "503",
    "MoEngage answers 429 with a time to retry": "429",
    "MoEngage has recovered": "recovered",
    "Redrive": "redrive",
}
_JUDGED = ("lost", "stale", "wrong_audiences", "doubled")


def demo_picture(phases: Sequence[Phase], steps: Sequence[Step], report: Report, scheme: Scheme) -> str:
    """Returns the picture of a demo in a scheme, as SVG."""
    return picture(_WIDTH, _HEIGHT, scheme, _title(report), _Drawing(phases, steps, report, scheme).parts())


def _title(report: Report) -> str:
    return f"MoEngage fails for a while: {report.received:,} profiles and events, {report.lost:,} lost"


class _Drawing:
    def __init__(self, phases: Sequence[Phase], steps: Sequence[Step], report: Report, scheme: Scheme) -> None:
        self._phases, self._steps, self._report, self._scheme = phases, steps, report, scheme
        self._begin = steps[0].at
        self._end = max(phases[-1].end, steps[-1].at)
        self._most = max(step.received for step in steps)

    def parts(self) -> Iterator[str]:
        ink, faint = self._scheme.ink, self._scheme.faint
        yield text((_MARGIN, 36), _title(self._report), ink, size=20, bold=True)
        yield text((_MARGIN, 60), "A run of `make demo`. AEP keeps sending, and is answered every time.", faint)
        yield from self._bands()
        yield from self._grid()
        yield from self._flow()
        yield from self._counts()

    def _bands(self) -> Iterator[str]:
        yield text((_MARGIN, 98), "MoEngage", self._scheme.faint, size=14)
        yield text((_MARGIN, 118), "AEP waits", self._scheme.faint, size=14)
        for phase in self._phases:
            x, failing = self._x(phase.begin), phase.slowest is not None
            width = self._x(phase.end) - x
            yield box((x, _TOP), width, _GROUND - _TOP, fill=self._scheme.failing if failing else self._scheme.box)
            middle = x + width / 2
            yield text((middle, 98), _SHORT[phase.title], self._scheme.ink, anchor="middle", size=14, bold=failing)
            if phase.slowest is not None:
                yield text(
                    (middle, 118),
                    f"≤ {ceil(phase.slowest * 10) / 10:.1f} s",
                    self._scheme.faint,
                    anchor="middle",
                    size=14,
                )

    def _grid(self) -> Iterator[str]:
        for count in range(0, self._most + 1, max(_TICK, self._most // 4 // _TICK * _TICK)):
            y = self._y(count)
            yield line([(_LEFT, y), (_RIGHT, y)], self._scheme.line, width=1)
            yield text((_LEFT - 8, y + 5), f"{count:,}", self._scheme.faint, anchor="end", size=13)
        yield text((_LEFT, _GROUND + 24), "0 s", self._scheme.faint, size=13)
        seconds = f"{self._end - self._begin:.0f} s"
        yield text((_RIGHT, _GROUND + 24), seconds, self._scheme.faint, anchor="end", size=13)

    def _flow(self) -> Iterator[str]:
        """Draws how many arrived, and below them, how many of those are done: between the two, the others wait."""
        arrived, done = (
            self._stairs(lambda step: step.received),
            self._stairs(lambda step: step.received - step.waiting),
        )
        yield area([(_LEFT, _GROUND), *done, (_RIGHT, _GROUND)], self._scheme.good)
        yield area([*arrived, *reversed(done)], self._scheme.waiting)
        yield line(arrived, self._scheme.ink)
        worst = max(self._steps, key=lambda step: step.waiting)
        waiting = f"{worst.waiting:,} wait"
        at = self._x(worst.at) - 12, self._y(worst.received - worst.waiting) - 12
        yield text(at, waiting, self._scheme.ink, anchor="end", bold=True)
        yield text((_RIGHT - 14, _GROUND - 16), "done: each has one outcome", "#ffffff", anchor="end", bold=True)

    def _counts(self) -> Iterator[str]:
        yield from self._count(98, f"{self._report.received:,}", "arrived", self._scheme.ink)
        y = 130
        for outcome in Outcome:
            yield from self._count(y, f"{self._report.outcomes[outcome]:,}", outcome.value, self._scheme.ink)
            y += 24
        yield line([(_COUNTS, y - 8), (_ENDS, y - 8)], self._scheme.line, width=1)
        for place, judged in enumerate(_JUDGED):
            color = self._scheme.ink if getattr(self._report, judged) else self._scheme.good_ink
            words = judged.replace("_", " ")
            yield from self._count(y + 16 + 24 * place, str(getattr(self._report, judged)), words, color, bold=True)

    def _count(self, y: float, number: str, words: str, color: str, *, bold: bool = False) -> Iterator[str]:
        yield text((_COUNTS + 52, y), number, color, size=16, anchor="end", bold=bold)
        yield text((_COUNTS + 62, y), words, color, size=16, bold=bold)

    def _stairs(self, count: Callable[[Step], int]) -> list[Point]:
        points = [(float(_LEFT), float(_GROUND))]
        for step in self._steps:
            points += [(self._x(step.at), points[-1][1]), (self._x(step.at), self._y(count(step)))]
        return [*points, (_RIGHT, points[-1][1])]

    def _x(self, at: float) -> float:
        return _LEFT + (at - self._begin) / (self._end - self._begin) * (_RIGHT - _LEFT)

    def _y(self, count: float) -> float:
        return _GROUND - count / self._most * (_GROUND - _TOP)
