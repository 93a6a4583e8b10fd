"""Tables at the terminal. No cell is truncated, so that ids can be copied from a narrow terminal too."""

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Column, Table
from rich.text import Text

_LEAST = 8  # characters that a column of text keeps beside unbroken ones
_FRAME = 3  # characters around a cell


def column(title: str, *, whole: bool = False, right: bool = False) -> Column:
    """Returns a column. `whole` keeps ids on one line if the terminal is wide enough; `right` aligns numbers."""
    return Column(title, no_wrap=whole, overflow="fold", justify="right" if right else "left")


def table(*columns: str | Column, title: str | None = None) -> Table:
    """Returns an empty table; a title alone makes a column of text."""
    made = [column(each) if isinstance(each, str) else each for each in columns]
    return _Table(*made, title=title, title_justify="left")


def add_row(rows: Table, *cells: str | Text, style: str = "") -> None:
    """Adds a row; text is shown literally, never as markup."""
    rows.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in cells), style=style)


class _Table(Table):
    """Folds whole columns too if they leave no room for the others; rich would truncate them."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if sum(map(_needed, self.columns)) + 1 > options.max_width:
            for each in self.columns:
                each.no_wrap = False
        yield from super().__rich_console__(console, options)


def _needed(each: Column) -> int:
    width = max(len(str(cell)) for cell in (each.header, *each.cells))
    return (width if each.no_wrap else min(width, _LEAST)) + _FRAME
