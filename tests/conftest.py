"""What holds for all tests."""

from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

# The same examples at every run, so that a change is judged by what it changes; `--hypothesis-profile=explore`
# looks elsewhere each time.
settings.register_profile("steady", derandomize=True)
settings.register_profile("explore", settings.get_profile("default"))
settings.load_profile("steady")


class OneStack(LoadScopeScheduling):
    """Shares the tests out by file; those that need the deployed stack go to one process, so that it starts once."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "tests/e2e" if file.startswith("tests/e2e/") else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Returns what shares the tests out; groups of pytest-xdist 3.8 do nothing with pytest 9.2."""
    return OneStack(config, log)
