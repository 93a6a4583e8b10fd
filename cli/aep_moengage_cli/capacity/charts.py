"""Charts of a plan: as a line of the terminal, and as Mermaid for pages."""

from collections.abc import Sequence
from itertools import pairwise

_BARS = " ▁▂▃▄▅▆▇█"


def spark(values: Sequence[float], width: int = 60) -> str:
    """Returns values as a line of bars, each the largest of its part."""
    columns = _thinned(values, width)
    most = max(columns, default=0.0)
    return "".join(_BARS[round(each / most * (len(_BARS) - 1))] if most else _BARS[0] for each in columns)


def mermaid(title: str, unit: str, hours: float, values: Sequence[float], points: int = 40) -> str:
    """Returns values, spread evenly over so many hours, as a Mermaid chart in a code block."""
    columns = _thinned(values, points)
    return "\n".join(
        [
            "```mermaid",
            "xychart-beta",
            f'    title "{title}"',
            f'    x-axis "hours" 0 --> {max(hours, 0.1):.1f}',
            f'    y-axis "{unit}" 0 --> {max(max(columns, default=0.0), 1.0):.0f}',
            f"    line [{', '.join(f'{each:.0f}' for each in columns)}]",
            "```",
        ]
    )


def _thinned(values: Sequence[float], most: int) -> list[float]:
    """Returns at most so many values, each the largest of its part."""
    if len(values) <= most:
        return list(values)
    bounds = [round(place * len(values) / most) for place in range(most + 1)]
    return [max(values[begin:end]) for begin, end in pairwise(bounds)]
