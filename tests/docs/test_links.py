"""Links within the pages lead somewhere: to a file that there is, and to a heading of it."""

import re
from pathlib import Path

import pytest

from aep_moengage_dev.project import PROJECT

PAGES = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").glob("*.md"), *(PROJECT / "events").glob("*.md")])
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_DECISIONS = re.compile(r"Decisions: docs/decisions\.md#([\w-]+)$", re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)\s#]*)(?:#([^)\s]+))?\)")


def anchors(page: Path) -> set[str]:
    """Returns the anchors that a forge makes of a page's headings."""
    titles = re.findall(r"^#+ (.+)$", _FENCED.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_links_lead_to_what_there_is(page: Path) -> None:
    astray = []
    for path, anchor in _LINK.findall(_FENCED.sub("", page.read_text("utf-8"))):
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            astray.append(f"{path}#{anchor}")
    assert not astray


def test_every_package_links_to_its_decisions() -> None:
    layer, cli = PROJECT / "layers/connector/aep_moengage", PROJECT / "cli"
    modules = [layer / "__init__.py", *layer.glob("*/__init__.py"), *cli.glob("*/__init__.py")]
    linked = {str(each): _DECISIONS.findall(each.read_text("utf-8")) for each in modules}
    assert all(len(found) == 1 for found in linked.values()), linked
    assert {found[0] for found in linked.values()} < anchors(PROJECT / "docs" / "decisions.md")


def test_pages_are_looked_at() -> None:
    assert {"README.md", "runbook.md", "operate.md"} <= {page.name for page in PAGES}
