"""Importing a function has no effect, and imports no more than the function needs."""

import json
import subprocess
import sys
from functools import cache
from typing import Any

import pytest

from aep_moengage_dev.project import PROJECT

FUNCTIONS = [f"functions.{path.parent.name}.app" for path in sorted(PROJECT.glob("functions/*/app.py"))]
TOOLS_OF_OTHERS = {
    "aep_moengage_cli",
    "aep_moengage_dev",
    "aws_xray_sdk",
    "click",
    "httpx",
    "moto",
    "rich",
    "starlette",
    "typer",
    "uvicorn",
    "yaml",
}
WATCHED = """
import json, sys, threading
effects = []
def watch(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.putenv", "os.mkdir"}:
        effects.append(event)
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        effects.append(f"open {arguments[0]} to write")
sys.dont_write_bytecode = True
sys.addaudithook(watch)
import importlib
importlib.import_module(sys.argv[1])
boto3 = sys.modules.get("boto3")
print(json.dumps({
    "modules": sorted({name.partition(".")[0] for name in sys.modules}),
    "effects": effects,
    "threads": threading.active_count(),
    "session": boto3 is not None and boto3.DEFAULT_SESSION is not None,
}))
"""


@cache
def imported(module: str) -> dict[str, Any]:
    """What an import did, in an interpreter of its own whose environment is empty."""
    command = [sys.executable, "-c", WATCHED, module]
    found = subprocess.run(command, cwd=PROJECT, env={}, capture_output=True, text=True, check=False)  # noqa: S603 # ours
    assert found.returncode == 0, found.stderr
    return dict(json.loads(found.stdout))


def test_the_functions_are_found() -> None:
    assert {"functions.drain.app", "functions.ingest.app", "functions.truststore.app"} <= set(FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_imports_no_tool_of_operators_or_tests(function: str) -> None:
    assert TOOLS_OF_OTHERS & set(imported(function)["modules"]) == set()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_importing_a_function_has_no_effect_and_needs_no_environment(function: str) -> None:
    found = imported(function)
    assert (found["effects"], found["threads"], found["session"]) == ([], 1, False)
