"""The pages show the current output of their commands."""

import pytest
from tests.docs.pages import form
from tests.docs.stage import PAGES, render

from aep_moengage_dev.project import PROJECT


@pytest.mark.timeout(600)  # it deploys a stack, and runs the commands of all pages on it
def test_pages_show_the_current_output() -> None:
    pages = {name: form((PROJECT / name).read_text()) for name in PAGES}
    assert {name: form(page) for name, page in render().items()} == pages, "run `make docs`"
