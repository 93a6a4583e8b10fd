"""The picture of the architecture: how a profile travels from AEP to MoEngage."""

from collections.abc import Iterator
from dataclasses import dataclass

from aep_moengage_dev.drawing import Point, Scheme, box, line, picture, text

_WIDTH, _HEIGHT = 840, 400
_BOX_WIDTH, _BOX_HEIGHT = 150, 56


@dataclass(frozen=True, slots=True)
class _Part:
    """A box: its corner, its name, and what it is made of."""

    corner: Point
    name: str
    made_of: str


# the rows from top to bottom: what is answered at once, what waits, what is given up
_AEP = _Part((20, 90), "AEP", "and other senders")
_INGEST = _Part((280, 90), "ingest", "HTTP API, Lambda")
_MOENGAGE = _Part((670, 90), "MoEngage", "Data API")
_RETRY = _Part((280, 212), "RetryQueue", "SQS")
_DRAIN = _Part((490, 212), "drain", "Lambda")
_DEAD = _Part((490, 320), "DeadLetterQueue", "SQS, 14 days")
_LEDGER = _Part((490, 90), "ledger", "DynamoDB")
_OUTSIDE = (_AEP, _MOENGAGE)
_PARTS = (*_OUTSIDE, _INGEST, _RETRY, _DRAIN, _DEAD, _LEDGER)

# arrows -> points, the words beside it and where they are
_ARROWS: tuple[tuple[tuple[Point, ...], str, Point], ...] = (
    (((170, 106), (280, 106)), "profiles", (196, 98)),
    (((280, 130), (170, 130)), "200 in 2 s", (180, 148)),
    (((355, 90), (355, 58), (745, 58), (745, 90)), "delivered at once", (490, 50)),
    (((355, 146), (355, 212)), "can't be delivered yet", (364, 184)),
    (((430, 240), (490, 240)), "", (0, 0)),
    (((640, 240), (745, 240), (745, 146)), "in bulk, at its limit", (668, 260)),
    (((565, 268), (565, 320)), "can never be delivered", (394, 298)),
    (((490, 348), (355, 348), (355, 268)), "redrive", (366, 340)),
)
_LOOKS: tuple[tuple[Point, ...], ...] = (((430, 118), (490, 118)), ((565, 212), (565, 146)))


def architecture_picture(scheme: Scheme) -> str:
    """Returns the picture in a scheme, as SVG."""
    title = "AEP posts to ingest, which delivers to MoEngage or queues; drain delivers what waits, or gives it up"
    return picture(_WIDTH, _HEIGHT, scheme, title, _parts(scheme))


def _parts(scheme: Scheme) -> Iterator[str]:
    yield box((255, 20), 405, 370, fill="none", stroke=scheme.line, round_by=10)
    yield text((268, 40), "your AWS account", scheme.faint, size=14)
    for points, words, at in _ARROWS:
        yield line(points, scheme.ink, head=True)
        yield text(at, words, scheme.faint, size=14)
    for points in _LOOKS:
        yield line(points, scheme.faint, dashed=True)
    for part in _PARTS:
        yield from _drawn(part, scheme)


def _drawn(part: _Part, scheme: Scheme) -> Iterator[str]:
    (x, y), outside = part.corner, part in _OUTSIDE
    fill = scheme.paper if outside else scheme.box
    yield box(
        part.corner, _BOX_WIDTH, _BOX_HEIGHT, fill=fill, stroke=scheme.ink if outside else scheme.faint, round_by=6
    )
    middle = x + _BOX_WIDTH / 2
    yield text((middle, y + 25), part.name, scheme.ink, anchor="middle", size=14, bold=True)
    yield text((middle, y + 44), part.made_of, scheme.faint, anchor="middle", size=13)
