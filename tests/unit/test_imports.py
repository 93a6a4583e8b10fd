"""What importing does: nothing. And what it brings along: no more than the work needs."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[2]
DOORS = [f"functions.{path.parent.name}.app" for path in sorted(PROJECT.glob("functions/*/app.py"))]
PURE = ["reading", "destination", "mapping", "audiences", "records", "values", "outcomes", "responses"]
TOOLS_OF_OTHERS = {"aep_moengage_cli", "aws_xray_sdk", "click", "httpx", "moto", "rich", "typer", "yaml"}
WORLD = {"aws_lambda_powertools", "boto3", "botocore", "requests", "urllib3"}
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


def test_the_doors_are_found() -> None:
    assert {"functions.drain.app", "functions.ingest.app"} <= set(DOORS)


@pytest.mark.parametrize("door", DOORS)
def test_a_door_brings_along_no_tool_of_the_operators_or_of_tests(door: str) -> None:
    assert TOOLS_OF_OTHERS & set(imported(door)["modules"]) == set()


@pytest.mark.parametrize("door", DOORS)
def test_importing_a_door_has_no_effect_and_needs_no_environment(door: str) -> None:
    found = imported(door)
    assert (found["effects"], found["threads"], found["session"]) == ([], 1, False)


@pytest.mark.parametrize("module", PURE)
def test_pure_modules_know_neither_aws_nor_the_network(module: str) -> None:
    found = imported(f"aep_moengage.{module}")
    assert WORLD & set(found["modules"]) == set()
    assert found["effects"] == []
