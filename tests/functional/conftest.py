"""What the functional tests share: one emulated AWS."""

from collections.abc import Iterator

import pytest

from aep_moengage_dev.local.ministack import MiniStack


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MiniStack]:
    """An emulated AWS in a process of its own. It allows its owner everything, and others what their policies say."""
    with MiniStack(tmp_path_factory.mktemp("ministack"), authorizes=True) as running:
        yield running
