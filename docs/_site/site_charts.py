"""Charts: draws the pages' Mermaid line charts (`xychart-beta`) as SVG, so that the site needs no Mermaid."""

import re
from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

_WIDTH, _HEIGHT = 720, 240
_LEFT, _RIGHT, _TOP, _GROUND = 90, 710, 34, 200
_TITLE = re.compile(r'^\s*title "(.+)"$', re.MULTILINE)
_AXIS = re.compile(r'^\s*(x|y)-axis "(.+)" (\S+) --> (\S+)$', re.MULTILINE)
_LINE = re.compile(r"^\s*line \[(.+)\]$", re.MULTILINE)


class Chart(SphinxDirective):
    """A chart of one line."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        text = "\n".join(self.content)
        title, axes, line = _TITLE.search(text), _AXIS.findall(text), _LINE.search(text)
        if not (text.startswith("xychart-beta") and title and line and [axis for axis, *_ in axes] == ["x", "y"]):
            raise self.error("only an xychart-beta with a title, two axes and one line can be drawn")
        (_, unit_x, _, end_x), (_, unit_y, _, end_y) = axes
        values = [float(value) for value in line[1].split(",")]
        words = _words(title[1], f"{end_x} {unit_x}", f"{float(end_y):,.0f}", unit_y)
        return [nodes.raw("", _drawn(title[1], words, values, float(end_y)), format="html")]


def _drawn(title: str, words: str, values: list[float], most: float) -> str:
    step, scale = (_RIGHT - _LEFT) / max(len(values) - 1, 1), (_GROUND - _TOP) / (most or 1)
    points = " ".join(f"{_LEFT + place * step:.1f},{_GROUND - value * scale:.1f}" for place, value in enumerate(values))
    grid = "".join(f'<path class="grid" d="M{_LEFT} {y}H{_RIGHT}"/>' for y in (_TOP, (_TOP + _GROUND) // 2, _GROUND))
    return (
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">'
        f'{grid}<polyline points="{points}"/>{words}</svg>'
    )


def _words(title: str, end: str, top: str, unit: str) -> str:
    placed = (
        (_LEFT, 20, "start", title),
        (_LEFT - 8, _TOP + 4, "end", top),
        (_LEFT - 8, _TOP + 20, "end", unit),
        (_LEFT - 8, _GROUND + 4, "end", "0"),
        (_RIGHT, _GROUND + 20, "end", end),
    )
    return "".join(f'<text x="{x}" y="{y}" text-anchor="{side}">{escape(text)}</text>' for x, y, side, text in placed)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("mermaid", Chart)
    return {"parallel_read_safe": True}
