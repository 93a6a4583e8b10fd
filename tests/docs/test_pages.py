"""How pages are run."""

import os
from pathlib import Path

import pytest
from tests.docs.pages import PageError, Shell, form, placed, rendered

PAGE = """# A page

<!-- $ word=hidden -->
```console
$ echo "$word" \\
    again
what it printed before
$ false  # exits 1
```

```sh
sam deploy
```
"""


def run(page: str, tmp_path: Path) -> str:
    with Shell(tmp_path, os.environ) as shell:
        return rendered(page, shell)


def test_output_is_replaced_by_the_current_one(tmp_path: Path) -> None:
    assert run(PAGE, tmp_path) == PAGE.replace("what it printed before", "hidden again")


def test_current_page_stays_unchanged(tmp_path: Path) -> None:
    current = run(PAGE, tmp_path)
    assert run(current, tmp_path) == current


@pytest.mark.parametrize("command", ["false", "true  # exits 1", "exit 3"])
def test_unexpected_exit_code_is_an_error(command: str, tmp_path: Path) -> None:
    with pytest.raises(PageError):
        run(f"```console\n$ {command}\n```\n", tmp_path)


def test_variable_output_becomes_placeholders() -> None:
    token = "acme-production." + "x" * 43
    assert (
        placed(f'"{token}" at 2026-01-02T03:04:05+00:00  \n') == '"acme-production.Zk3…" at 2026-11-24T09:30:00+00:00\n'
    )


def test_widths_of_tables_are_ignored() -> None:
    assert form("┏━━━┓\n│ a │") == form("┏━━━━━┓\n│ a   │") != form("┏━━━┓\n│ b │")
