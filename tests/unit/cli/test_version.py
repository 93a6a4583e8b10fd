"""The versions of the command and of the stack fit each other unless more than fixes differ."""

import pytest

from aep_moengage_cli import version


@pytest.mark.parametrize(
    ("deployed", "fits"), [(None, True), ("1.4.2", True), ("1.4.9", True), ("1.5.0", False), ("2.4.2", False)]
)
def test_only_fixes_may_differ(monkeypatch: pytest.MonkeyPatch, deployed: str | None, fits: bool) -> None:
    monkeypatch.setattr(version, "VERSION", "1.4.2")
    told = version.other_version("acme", deployed)

    assert (told is None) is fits
    assert fits or f"The stack acme has version {deployed}" in str(told)
