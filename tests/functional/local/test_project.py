"""The environment of the tools."""

import os
import platform

import pytest

from aep_moengage_dev.local import deployment
from aep_moengage_dev.local.problems import LocalStackError
from aep_moengage_dev.project import VENV, aws_environment, tool_environment


def test_tool_environment_leaves_misleading_variables_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "SAM_CLI_CONFIG", "PYTHONPATH", "VIRTUAL_ENV", "POWERTOOLS_DEV"):
        monkeypatch.setenv(name, "elsewhere")
    assert "elsewhere" not in tool_environment().values()


def test_tools_of_the_project_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin")
    path = tool_environment()["PATH"].split(os.pathsep)
    assert path[0] == str(VENV / "bin")
    assert path[-1] == "/usr/bin"


def test_deployments_go_to_the_emulator_only() -> None:
    environment = aws_environment("http://127.0.0.1:1")
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert environment["AWS_CONFIG_FILE"] == environment["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull


@pytest.mark.parametrize(("machine", "architecture"), [("AMD64", "x86_64"), ("aarch64", "arm64")])
def test_functions_are_built_for_this_machine(monkeypatch: pytest.MonkeyPatch, machine: str, architecture: str) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert deployment.host_architecture() == architecture


def test_unknown_processor_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(LocalStackError, match="riscv64; Lambda's functions run on arm64, x86_64"):
        deployment.host_architecture()
