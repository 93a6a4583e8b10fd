"""`make walk`: walks from a clone and from the wheel, prints the times, fails where a page or a limit does not hold.

The machine has git, make, curl and Python 3 in /usr/bin and /bin, and what the README asks for: Python 3.13 and uv.
Packages are downloaded, because a bare home has no cache.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from tests.e2e.walk.page_lines import page_lines
from tests.e2e.walk.page_walk import PageWalk
from tests.e2e.walk.walker import Step, Walker, WalkError

from aep_moengage_cli.tables import add_row, column, table
from aep_moengage_dev.project import PROJECT, TOOLS

PAGES = ("README.md", "docs/sampling.md", "docs/tutorial.md")
_COMMANDS = "Install and deploy"  # the README's section that needs no clone
_BETWEEN_PAGES = ("acme.yaml", "sample.json", "samples.json")  # each page has a reader of its own


@dataclass(frozen=True, slots=True)
class Limit:
    """What may take so many seconds at most: the steps from one line to another, both included."""

    what: str
    first: str
    last: str
    seconds: float

    def taken(self, steps: Sequence[Step]) -> float:
        """Returns the seconds of the steps."""
        lines = [step.line for step in steps]
        begin = next(place for place, line in enumerate(lines) if line.startswith(self.first))
        end = next(place for place, line in enumerate(lines) if place >= begin and line.startswith(self.last))
        return sum(step.seconds for step in steps[begin : end + 1])


_OF_THE_CLONE = (
    Limit("the demo, everything installed for it", "make demo", "make demo", 180),
    Limit("the first profile on the local stack", "make up", "aep-moengage send", 300),
)
_OF_THE_WHEEL = (
    Limit("the command, installed from the wheel", "uv tool install", "uv tool install", 60),
    Limit("the preview of a payload after that", "aep-moengage init", "aep-moengage preview", 60),
)


def main() -> int:
    """Walks, prints, and returns the exit code."""
    console = Console(highlight=False)
    with TemporaryDirectory() as scratch:
        base = Path(scratch)
        tools = _tools(base / "tools")
        clone = Walker(_new(base / "home"), base / "clone", tools)
        try:
            with _cloned(clone):
                walk = _walk_clone(clone)
                wheel = _walk_wheel(base, clone)
        except (WalkError, AssertionError) as error:
            console.print(str(error), markup=False)
            return 1
    for name, walked in (("from a clone", walk), ("from the wheel", wheel)):
        _show(console, name, walked)
    kept = [_check(console, limit, clone.steps) for limit in _OF_THE_CLONE]
    kept += [_check(console, limit, wheel.walker.steps) for limit in _OF_THE_WHEEL]
    return 0 if all(kept) else 1


def _tools(directory: Path) -> Path:
    """Makes a directory with the commands that the README asks for."""
    directory.mkdir()
    python = Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}")
    (directory / python.name).symlink_to(python)
    for name in ("uv", "uvx"):
        (directory / name).symlink_to(TOOLS / "uv" / "bin" / name)
    return directory


def _new(directory: Path) -> Path:
    directory.mkdir()
    return directory


@contextmanager
def _cloned(walker: Walker) -> Iterator[None]:
    """Clones what is committed; stops the local stack in the end."""
    subprocess.run(["git", "clone", "--quiet", PROJECT, walker.place], check=True)  # noqa: S603, S607 # ours
    try:
        yield
    finally:
        walker.run("make down", codes=(0, 2))


def _walk_clone(walker: Walker) -> PageWalk:
    walk = PageWalk(walker)
    for page in PAGES:
        if page != "README.md":
            walker.run("make up")
            walk.follow_make_up()
        walk.walk(page_lines(page))
        for name in _BETWEEN_PAGES:
            (walker.place / name).unlink(missing_ok=True)
        if page != "README.md":
            walker.run("make down")
        walker.settings.clear()
    return walk


def _walk_wheel(base: Path, clone: Walker) -> PageWalk:
    """Walks the README's commands without a clone; the stack is that of the clone."""
    clone.run("make up")
    walker = Walker(_new(base / "other-home"), _new(base / "elsewhere"), clone.tools)
    clone.run(f"uv build --quiet --out-dir {walker.place}/dist")
    shutil.copytree(clone.place / ".local", walker.place / ".local", ignore=lambda *_: {"build", "build-cache"})
    walk = PageWalk(walker, clone=False)
    walk.follow_make_up()
    walker.run("uv tool install", instead="uv tool install --quiet dist/*.whl")
    walker.run("aep-moengage --version")
    walk.walk(page_lines("README.md", _COMMANDS))
    return walk


def _show(console: Console, name: str, walk: PageWalk) -> None:
    shown = table(column("seconds", right=True), "line", title=name)
    for step in walk.walker.steps:
        add_row(shown, f"{step.seconds:.1f}", step.line)
    for line, reason in walk.left_out:
        add_row(shown, "", f"{line}  (left out: {reason})")
    console.print(shown)


def _check(console: Console, limit: Limit, steps: Sequence[Step]) -> bool:
    taken = limit.taken(steps)
    kept = taken <= limit.seconds
    console.print(f"{'ok    ' if kept else 'MISSED'} {limit.what}: {taken:.0f} s of {limit.seconds:.0f}")
    return kept


if __name__ == "__main__":
    sys.exit(main())
