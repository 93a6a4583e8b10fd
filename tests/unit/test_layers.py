"""The packages import one way, and pure code stays pure: `pyproject.toml` says how, the linter of imports checks it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from aep_moengage_dev.project import PROJECT

SOURCES = ("layers/connector", "cli")


def lint_imports(project: Path) -> subprocess.CompletedProcess[str]:
    """Runs the linter over the sources below a folder, with the project's own contracts."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(str(project / source) for source in SOURCES)}
    linter = Path(sys.executable).with_name("lint-imports")
    command = [linter, "--no-cache", "--config", PROJECT / "pyproject.toml"]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 # ours


def test_the_contracts_are_kept() -> None:
    found = lint_imports(PROJECT)
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize(
    ("module", "wrong_import"),
    [
        ("layers/connector/aep_moengage/mapping/mapping.py", "aep_moengage.delivery.results"),
        ("layers/connector/aep_moengage/delivery/results.py", "botocore"),
        ("layers/connector/aep_moengage/queues/disposition.py", "aws_lambda_powertools"),
        ("layers/connector/aep_moengage/outcomes.py", "aep_moengage_cli.terminal"),
        ("cli/aep_moengage_cli/terminal.py", "aep_moengage_dev.project"),
    ],
)
def test_a_wrong_import_breaks_a_contract(tmp_path: Path, module: str, wrong_import: str) -> None:
    for source in SOURCES:
        shutil.copytree(PROJECT / source, tmp_path / source)
    file = tmp_path / module
    file.write_text(f"import {wrong_import}\n{file.read_text()}")

    found = lint_imports(tmp_path)
    assert found.returncode == 1, found.stdout + found.stderr
    assert "BROKEN" in found.stdout
