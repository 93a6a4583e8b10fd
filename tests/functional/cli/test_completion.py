"""Shell completion: what a shell asks, and is told."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("aep-moengage ro", {"rollback", "rotate-token", "rotate-key"}),
        ("aep-moengage destinations d", {"delete"}),
        ("aep-moengage map acme --type n", {"number"}),
    ],
)
def test_the_shell_completes(words: str, expected: set[str]) -> None:
    asked = {"_AEP_MOENGAGE_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    command = [sys.executable, "-c", "from aep_moengage_cli.app import app; app(prog_name='aep-moengage')"]
    done = subprocess.run(command, env=os.environ | asked, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603 # ourselves
    assert set(done.stdout.split()) == expected
