"""A picture of the dashboard as SVG: draws the deployed dashboard's widgets from the demo's own metrics."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any

from aep_moengage_dev.demo.series import Reader, Series

_COLUMN, _ROW, _GAP = 58, 34, 10  # pixels per cell of the dashboard's grid
_PALETTE = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f")
_STATES = {"OK": "#1d8102", "ALARM": "#d13212"}
_INK, _FAINT, _PAPER, _GROUND = "#16191f", "#687078", "#ffffff", "#f2f3f3"
_STEPS = 48
_AXIS = 34  # pixels for the numbers to the left of a chart

type Draw = Callable[[Mapping[str, Any], "Box"], Iterable[str]]


class Box:
    """The inside of a widget, in pixels."""

    def __init__(self, widget: Mapping[str, Any]) -> None:
        self.x = widget["x"] * _COLUMN + _GAP + 14
        self.y = widget["y"] * _ROW + _GAP + 34
        self.width = widget["width"] * _COLUMN - _GAP - 28
        self.height = widget["height"] * _ROW - _GAP - 48


def dashboard_picture(client: Callable[[str], Any], outputs: Mapping[str, str], begin: float, end: float) -> str:
    """Returns a stack's dashboard between two times in epoch seconds; `client` returns a boto3 client for a service."""
    return Picture(client("cloudwatch"), begin, end).draw(outputs["DashboardUrl"].rpartition("/")[2])


class Picture:
    """Draws a dashboard. `cloudwatch` is a boto3 client; `begin` and `end` are epoch seconds."""

    def __init__(self, cloudwatch: Any, begin: float, end: float) -> None:
        self._cloudwatch = cloudwatch
        self._reader = Reader(cloudwatch, begin, end, _STEPS)
        self._drawings: dict[str, Draw] = {
            "bar": self._bars,
            "singleValue": self._numbers,
            "timeSeries": self._lines,
        }

    def draw(self, name: str) -> str:
        """Returns the dashboard called `name` as SVG; widgets with log queries are left out."""
        body = json.loads(self._cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"])
        widgets = [widget for widget in body["widgets"] if widget["type"] != "log"]
        width = 24 * _COLUMN + _GAP
        height = max(widget["y"] + widget["height"] for widget in widgets) * _ROW + _GAP
        parts = [part for widget in widgets for part in self._widget(widget)]
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
                f'height="{height}" font-family="Helvetica, Arial, sans-serif" font-size="12">',
                f'<rect width="{width}" height="{height}" fill="{_GROUND}"/>',
                *parts,
                "</svg>\n",
            ]
        )

    def _widget(self, widget: Mapping[str, Any]) -> Iterable[str]:
        properties, box = widget["properties"], Box(widget)
        if widget["type"] == "text":
            yield _text(box.x - 14, box.y + 6, properties["markdown"].splitlines()[0].lstrip("# "), size=22, bold=True)
            return
        yield (
            f'<rect x="{box.x - 14}" y="{box.y - 34}" width="{box.width + 28}" height="{box.height + 48}" '
            f'fill="{_PAPER}" stroke="#d5dbdb" rx="4"/>'
        )
        yield _text(box.x, box.y - 14, properties["title"], size=13, bold=True)
        yield from self._states(properties, box) if widget["type"] == "alarm" else self._metrics(properties, box)

    def _metrics(self, properties: Mapping[str, Any], box: Box) -> Iterable[str]:
        return self._drawings[properties["view"]](properties, box)

    def _states(self, properties: Mapping[str, Any], box: Box) -> Iterable[str]:
        """Draws a dot for each alarm, with its state and how often it fired."""
        names = [arn.rpartition(":")[2] for arn in properties["alarms"]]
        found = self._cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"]
        for place, alarm in enumerate(sorted(found, key=lambda each: each["AlarmName"])):
            x, y = box.x + place % 2 * box.width / 2, box.y + place // 2 * 28
            state, name = alarm["StateValue"], alarm["AlarmName"].split("-")[-2].removesuffix("Alarm")
            yield f'<circle cx="{x + 6}" cy="{y + 8}" r="6" fill="{_STATES.get(state, _FAINT)}"/>'
            yield _text(x + 20, y + 12, f"{name}: {state}{_fired(self._times_fired(alarm['AlarmName']))}")

    def _times_fired(self, alarm: str) -> int:
        changes = self._cloudwatch.describe_alarm_history(AlarmName=alarm, MaxRecords=100)["AlarmHistoryItems"]
        return sum("to ALARM" in change["HistorySummary"] for change in changes)

    def _numbers(self, properties: Mapping[str, Any], box: Box) -> Iterable[str]:
        for place, series in enumerate(self._reader.as_a_whole(properties)):
            x, y = box.x + place % 2 * box.width / 2, box.y + place // 2 * box.height / 3
            yield _text(x, y + 26, _short(series.values[0]), size=26)
            yield _text(x, y + 44, series.label, color=_FAINT)

    def _bars(self, properties: Mapping[str, Any], box: Box) -> Iterable[str]:
        bars = [(series, series.values[0] or 0.0) for series in self._reader.as_a_whole(properties)]
        longest = max((value for _, value in bars), default=0.0) or 1.0
        label_width = box.width * 0.34
        for place, (series, value) in enumerate(bars):
            row = min(box.height / len(bars), 30)
            y, height = box.y + place * row, row - 6
            length = max(value, 0) / longest * (box.width - label_width - 60)
            color = _color(series, place)
            x = box.x + label_width
            yield _text(x - 8, y + height / 2 + 4, series.label, anchor="end")
            yield f'<rect x="{x:.1f}" y="{y:.1f}" width="{length:.1f}" height="{height:.1f}" fill="{color}"/>'
            yield _text(x + length + 6, y + height / 2 + 4, _short(value), color=_FAINT)

    def _lines(self, properties: Mapping[str, Any], box: Box) -> Iterable[str]:
        series = [each for each in self._reader.over_time(properties) if any(each.values)]
        if not series:
            middle = box.x + box.width / 2, box.y + box.height / 2
            return [_text(*middle, "no data", anchor="middle", color=_FAINT)]
        stacked = bool(properties.get("stacked"))
        curves = _stack(series) if stacked else [each.values for each in series]
        columns = max(1, min(4, int(box.width / (max(len(each.label) for each in series) * 6 + 24))))
        plot = box.height - 16 * (1 + (len(series) - 1) // columns)
        top = max(value for curve in curves for value in curve if value is not None) or 1.0
        drawn = list(_grid(box, plot, top))
        for place in reversed(range(len(series))):  # the top of the stack is drawn first, behind the rest
            points = list(_points(curves[place], box, plot / top, box.y + plot))
            color = _color(series[place], place)
            drawn.append(_area(points, box.y + plot, color) if stacked else _line(points, color))
        return [*drawn, *_legend(series, box, plot, columns)]


def _grid(box: Box, plot: float, top: float) -> Iterable[str]:
    for share in (0, 0.5, 1):
        y = box.y + plot * (1 - share)
        yield f'<line x1="{box.x + _AXIS}" x2="{box.x + box.width}" y1="{y:.1f}" y2="{y:.1f}" stroke="#eaeded"/>'
        yield _text(box.x + _AXIS - 6, y + 4, _short(top * share), anchor="end", color=_FAINT, size=10)


def _points(curve: Sequence[float | None], box: Box, scale: float, ground: float) -> Iterable[tuple[float, float]]:
    step = (box.width - _AXIS) / max(len(curve) - 1, 1)
    for place, value in enumerate(curve):
        if value is not None:
            yield box.x + _AXIS + place * step, ground - value * scale


def _legend(series: Sequence[Series], box: Box, plot: float, columns: int) -> Iterable[str]:
    for place, each in enumerate(series):
        x = box.x + place % columns * box.width / columns
        y = box.y + plot + 18 + place // columns * 16
        yield f'<rect x="{x:.1f}" y="{y - 9:.1f}" width="10" height="10" fill="{_color(each, place)}"/>'
        yield _text(x + 14, y, each.label, size=11)


def _color(series: Series, place: int) -> str:
    return series.color or _PALETTE[place % len(_PALETTE)]


def _stack(series: Sequence[Series]) -> list[list[float | None]]:
    """Returns each series added on top of those before it."""
    heights: list[float] = [0.0] * max((len(each.values) for each in series), default=0)
    curves: list[list[float | None]] = []
    for each in series:
        heights = [height + max(value or 0.0, 0.0) for height, value in zip(heights, each.values, strict=True)]
        curves.append(list(heights))
    return curves


def _area(points: Sequence[tuple[float, float]], ground: float, color: str) -> str:
    corners = [(points[0][0], ground), *points, (points[-1][0], ground)]
    return f'<polygon points="{_path(corners)}" fill="{color}"/>'


def _line(points: Sequence[tuple[float, float]], color: str) -> str:
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="{color}"/>' for x, y in points)
    return f'<polyline points="{_path(points)}" fill="none" stroke="{color}" stroke-width="1.5"/>{dots}'


def _path(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _text(
    x: float, y: float, text: str, *, size: int = 12, color: str = _INK, anchor: str = "start", bold: bool = False
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"'
    return f'<text {place} fill="{color}"{weight}>{escape(text)}</text>'


def _fired(times: int) -> str:
    return f", fired {times} time{'s' if times > 1 else ''}" if times else ""


def _short(value: float | None) -> str:
    """Returns a number in few characters."""
    if value is None:
        return "-"
    if abs(value) >= 100_000:
        return f"{value / 1000:.0f} k"
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
