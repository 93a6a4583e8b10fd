"""The site builds without a warning, and loads nothing from elsewhere."""

import re
import subprocess
from pathlib import Path

import pytest

from aep_moengage_dev.project import PROJECT

BUILD = PROJECT / ".tools" / "site" / "bin" / "sphinx-build"
PAGES = sorted([*(PROJECT / "docs").glob("*.md"), *PROJECT.glob("C*.md"), *PROJECT.glob("S*.md")])
_LOADED = re.compile(r"<(?:script|link|img|iframe)\b[^>]*?\b(?:src|href)=\"((?:https?:)?//[^\"]+)\"")
_LOADED_BY_A_STYLE = re.compile(r"(?:@import |url\()['\"]?(?:https?:)?//")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make site` does."""
    site = tmp_path_factory.mktemp("site")
    options = ("--quiet", "--fail-on-warning", "--keep-going", "--conf-dir", "docs")
    done = subprocess.run(  # noqa: S603 # the project's own tool
        [BUILD, *options, PROJECT, site], cwd=PROJECT, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    return site


def test_every_page_is_in_the_site(site: Path) -> None:
    made = {str(page.relative_to(site).with_suffix(".md")) for page in site.rglob("*.html")}
    assert {str(page.relative_to(PROJECT)) for page in PAGES} <= made


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    loaded = {address for page in site.rglob("*.html") for address in _LOADED.findall(page.read_text("utf-8"))}
    styles = {
        file.name for file in site.rglob("*.css") if re.search(r"url\(['\"]?(https?:)?//", file.read_text("utf-8"))
    }
    assert not loaded
    assert not styles


def test_capacity_charts_are_drawn(site: Path) -> None:
    page, text = (
        (site / "docs" / "capacity.html").read_text("utf-8"),
        (PROJECT / "docs" / "capacity.md").read_text("utf-8"),
    )
    assert page.count('<svg class="chart"') == text.count("```mermaid") > 0
