"""The short cut of the walk (`make walk`): from the wheel, the README's commands against the stack that is there."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.e2e.walk.page_lines import page_lines
from tests.e2e.walk.page_walk import PageWalk
from tests.e2e.walk.walker import Walker

from aep_moengage_dev.local.stack import LocalStack
from aep_moengage_dev.project import PROJECT, TOOLS

IMPORT_ALL = """
import importlib, pkgutil, aep_moengage, aep_moengage_cli
for package in (aep_moengage, aep_moengage_cli):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if ".console" not in module.name:  # an extra
            importlib.import_module(module.name)
"""
VERSION = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
PROJECT_FILES = ("template.yaml", "functions/ingest/app.py", "layers/connector/Makefile")
COMMANDS = "Install and deploy"  # the README's section


def uv(*words: object, cwd: Path) -> None:
    """Runs uv with the settings of this machine, as `make setup` does."""
    command = [str(TOOLS / "uv" / "bin" / "uv"), *map(str, words), "--quiet"]
    done = subprocess.run(command, cwd=cwd, env=os.environ | {"UV_SYSTEM_CERTS": "true"}, check=False, text=True)  # noqa: S603 # the project's uv
    assert done.returncode == 0


@pytest.fixture(scope="module")
def walker(tmp_path_factory: pytest.TempPathFactory) -> Walker:
    """Somebody who has the wheel's command, with the dependencies that it names, pinned as in the tests."""
    place = tmp_path_factory.mktemp("walk")
    uv("build", "--no-build-isolation", "--python", sys.executable, "--out-dir", place / "dist", PROJECT, cwd=place)
    uv("venv", "--python", sys.executable, place / "venv", cwd=place)
    (wheel,) = (place / "dist").glob("*.whl")
    pins = PROJECT / "requirements" / "dev.txt"
    uv("pip", "install", "--python", place / "venv" / "bin" / "python", "--constraint", pins, wheel, cwd=place)
    home, where = place / "home", place / "work"
    home.mkdir()
    where.mkdir()
    return Walker(home, where, tools=place / "venv" / "bin")


@pytest.mark.timeout(180)
def test_installed_wheel_has_everything(walker: Walker) -> None:
    assert walker.run("aep-moengage --version").output == f"aep-moengage {VERSION}\n"
    (walker.place / "all.py").write_text(IMPORT_ALL)
    walker.run("python all.py")  # no dependency is missing
    walker.run("aep-moengage deploy --write project --region eu-west-1")
    for name in PROJECT_FILES:
        assert (walker.place / "project" / name).read_bytes() == (PROJECT / name).read_bytes()
    assert (walker.place / "project/layers/connector/aep_moengage/functions/ingest.py").exists()


@pytest.mark.timeout(180)
def test_readme_leads_to_a_profile(walker: Walker, stack: LocalStack) -> None:
    (walker.place / ".local").mkdir()
    stack.write_description(walker.place / ".local" / "stack.json")
    walker.settings["AEP_MOENGAGE_LOCAL"] = "1"
    walk = PageWalk(walker, key=stack.moengage_password, clone=False)
    walk.walk(page_lines("README.md", COMMANDS))

    walked = [step.line.split()[1] for step in walker.steps if step.line.startswith("aep-moengage")]
    assert [name for name in walked if name not in {"--version", "deploy"}] == [
        "init",
        "check",
        "preview",
        "connect",
        "send",
        "status",
        "trace",
        "failures",
    ]
    assert {line.split()[1] for line, _ in walk.left_out} == {"tool", "deploy", "console"}
