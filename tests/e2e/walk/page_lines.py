"""The lines that a page tells its reader to run."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aep_moengage_dev.project import PROJECT

_BLOCK = re.compile(r"^```sh\n(?P<lines>.*?)^```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_COMMENT = re.compile(r"\s+# .*$|^# .*$")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page: below which heading, and what is run. Comments are left out, continued lines are one."""

    page: str
    heading: str
    text: str


def page_lines(page: str, *headings: str) -> Iterator[Line]:
    """Yields the lines of a page's shell blocks, in their order; with headings, only of these."""
    text = (PROJECT / page).read_text()
    for block in _BLOCK.finditer(text):
        *_, heading = ("", *_HEADING.findall(text[: block.start()]))
        if headings and heading not in headings:
            continue
        for written in block["lines"].replace("\\\n", " ").splitlines():
            if line := " ".join(_COMMENT.sub("", written).split()):
                yield Line(page, heading, line)
