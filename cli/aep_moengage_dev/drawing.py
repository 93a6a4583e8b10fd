"""Drawing: the parts of the pictures in docs, as SVG, in a light and a dark scheme."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

type Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Scheme:
    """The colours of a picture: of its ground, text, lines, and of what is done, waits and fails."""

    name: str
    paper: str
    ink: str
    faint: str
    line: str
    box: str
    good: str
    good_ink: str
    waiting: str
    failing: str


LIGHT = Scheme(
    "light", "#ffffff", "#1f2328", "#59636e", "#d1d9e0", "#f6f8fa", "#1a7f37", "#1a7f37", "#d4a72c", "#ffebe9"
)
DARK = Scheme("dark", "#0d1117", "#f0f6fc", "#9198a1", "#3d444d", "#151b23", "#238636", "#3fb950", "#bb8009", "#3c1e22")


_FONTS = "-apple-system, Segoe UI, Helvetica, Arial, sans-serif"


def files(file: Path) -> dict[Path, Scheme]:
    """Returns the files of a picture: `file` itself in the light scheme, and beside it the dark one."""
    return {file: LIGHT, file.with_stem(f"{file.stem}-dark"): DARK}


def picture(width: int, height: int, scheme: Scheme, title: str, parts: Iterable[str]) -> str:
    """Returns a whole picture; `title` describes it to whoever can't see it."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'role="img" aria-label="{escape(title)}" font-family="{_FONTS}">',
            box((0, 0), width, height, fill=scheme.paper),
            *parts,
            "</svg>\n",
        ]
    )


def box(corner: Point, width: float, height: float, *, fill: str, stroke: str = "none", round_by: int = 0) -> str:
    """Returns a rectangle."""
    place = f'x="{corner[0]:g}" y="{corner[1]:g}" width="{width:g}" height="{height:g}"'
    return f'<rect {place} fill="{fill}" stroke="{stroke}" rx="{round_by}"/>'


def text(at: Point, words: str, color: str, *, size: int = 15, anchor: str = "start", bold: bool = False) -> str:
    """Returns a line of text."""
    weight = ' font-weight="600"' if bold else ""
    place = f'x="{at[0]:.1f}" y="{at[1]:.1f}" font-size="{size}" text-anchor="{anchor}"'
    return f'<text {place} fill="{color}"{weight}>{escape(words)}</text>'


def area(points: Sequence[Point], color: str) -> str:
    """Returns a filled shape."""
    return f'<polygon points="{_path(points)}" fill="{color}"/>'


def line(points: Sequence[Point], color: str, *, width: float = 2, head: bool = False, dashed: bool = False) -> str:
    """Returns a line through points, with a `head` at its end if it is an arrow."""
    dashes = ' stroke-dasharray="5 4"' if dashed else ""
    drawn = f'<polyline points="{_path(points)}" fill="none" stroke="{color}" stroke-width="{width:g}"{dashes}/>'
    return drawn + (_head(points[-2], points[-1], color) if head else "")


def _head(before: Point, end: Point, color: str) -> str:
    """Returns an arrow's head; arrows run along an axis."""
    across, down = (end[0] > before[0]) - (end[0] < before[0]), (end[1] > before[1]) - (end[1] < before[1])
    base = (end[0] - 9 * across, end[1] - 9 * down)
    sides = [(base[0] - 5 * down, base[1] - 5 * across), (base[0] + 5 * down, base[1] + 5 * across)]
    return area([end, *sides], color)


def _path(points: Iterable[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
