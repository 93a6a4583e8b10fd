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


def test_output_is_what_the_command_prints_now(tmp_path: Path) -> None:
    assert run(PAGE, tmp_path) == PAGE.replace("what it printed before", "hidden again")


def test_a_page_that_is_current_stays_as_it_is(tmp_path: Path) -> None:
    current = run(PAGE, tmp_path)
    assert run(current, tmp_path) == current


@pytest.mark.parametrize("command", ["false", "true  # exits 1", "exit 3"])
def test_a_command_that_exits_otherwise_than_said_is_told(command: str, tmp_path: Path) -> None:
    with pytest.raises(PageError):
        run(f"```console\n$ {command}\n```\n", tmp_path)


def test_what_differs_from_run_to_run_has_a_placeholder() -> None:
    token = "acme-production." + "x" * 43
    assert (
        placed(f'"{token}" at 2026-01-02T03:04:05+00:00  \n') == '"acme-production.Zk3…" at 2026-11-24T09:30:00+00:00\n'
    )


def test_the_width_of_a_table_is_not_its_form() -> None:
    assert form("┏━━━┓\n│ a │") == form("┏━━━━━┓\n│ a   │") != form("┏━━━┓\n│ b │")
