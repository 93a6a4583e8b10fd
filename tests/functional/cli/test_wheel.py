"""The wheel, built from the sdist and installed into a fresh environment, has everything that an operator needs."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from aep_moengage_dev.project import PROJECT, TOOLS

IMPORT_ALL = """
import importlib, pkgutil, aep_moengage, aep_moengage_cli
for package in (aep_moengage, aep_moengage_cli):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if ".console" not in module.name:  # an extra
            importlib.import_module(module.name)
"""
EVENT = PROJECT / "events" / "batch.json"
VERSION = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
_UV = TOOLS / "uv" / "bin" / "uv"


def run(*words: object, cwd: Path, **environment: str) -> str:
    """Returns what a command prints; it has a bare home, and no settings but these."""
    bare = {"HOME": str(cwd), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(  # noqa: S603 # our own commands
        [str(word) for word in words],
        cwd=cwd,
        env=bare | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{words}: {done.stderr}"
    return done.stdout


def uv(*words: object, cwd: Path) -> None:
    """Runs uv with the settings of this machine, as `make setup` does."""
    run(_UV, *words, "--quiet", cwd=cwd, **os.environ | {"UV_SYSTEM_CERTS": "true"})


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of a wheel that was installed with the dependencies that it names, pinned as in the tests."""
    place = tmp_path_factory.mktemp("wheel")
    uv("build", "--no-build-isolation", "--python", sys.executable, "--out-dir", place, PROJECT, cwd=place)
    uv("venv", "--python", sys.executable, place / "venv", cwd=place)
    (wheel,) = place.glob("*.whl")
    python, pins = place / "venv" / "bin" / "python", PROJECT / "requirements" / "dev.txt"
    uv("pip", "install", "--python", python, "--constraint", pins, wheel, cwd=place)
    return place / "venv" / "bin" / "aep-moengage"


@pytest.mark.timeout(180)
def test_installed_wheel_works_without_the_clone(installed: Path, tmp_path: Path) -> None:
    assert run(installed, "--version", cwd=tmp_path) == f"aep-moengage {VERSION}\n"
    run(installed.with_name("python"), "-c", IMPORT_ALL, cwd=tmp_path)  # no dependency is missing
    run(
        installed,
        "init",
        EVENT,
        "--id",
        "acme",
        "--data-center",
        "03",
        "--username",
        "ACME1234",
        "--output",
        "acme.yaml",
        cwd=tmp_path,
    )
    assert "can be used" in run(installed, "check", "acme.yaml", "--events", EVENT, cwd=tmp_path)
    assert '"decision": "deliver"' in run(installed, "preview", "--destination", "acme.yaml", EVENT, cwd=tmp_path)
    run(installed, "deploy", "--write", "project", "--region", "eu-west-1", cwd=tmp_path)
    for name in (
        "template.yaml",
        "functions/ingest/app.py",
        "layers/connector/Makefile",
        "layers/connector/requirements.txt",
    ):
        assert (tmp_path / "project" / name).read_bytes() == (PROJECT / name).read_bytes()
    assert (tmp_path / "project" / "layers" / "connector" / "aep_moengage" / "functions" / "ingest.py").exists()
