"""The contest: contenders take turns, A B C … C B A, each turn a new process that pyperf runs."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pyperf
from tests.performance.fakes import Fakes

from aep_moengage_dev.project import PROJECT

VALUES = 3  # of a turn
_SETTINGS = {
    "DESTINATIONS_TABLE": "destinations",
    "LEDGER_TABLE": "ledger",
    "SAMPLES_TABLE": "samples",
    "PARAMETER_PATH": "/bench",
    "STACK_NAME": "bench",
    "POWERTOOLS_SERVICE_NAME": "bench",
    "POWERTOOLS_METRICS_NAMESPACE": "AepMoEngage",  # of older checkouts
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "QUEUE_FIRST_REQUESTS": "1000000000",  # what is measured is delivery
}


def measure(
    groups: Mapping[str, int], contenders: Mapping[str, Path], fakes: Fakes, directory: Path
) -> dict[str, pyperf.BenchmarkSuite]:
    """Returns what was measured of each contender: name -> its checkout; `groups` has the turns of each."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    names = list(contenders)
    unable: set[tuple[str, str]] = set()
    for group, turns in groups.items():
        for turn in range(turns):
            for name in names if turn % 2 == 0 else reversed(names):
                if (name, group) not in unable and (why := _turn(group, contenders[name], fakes, directory, name)):
                    unable.add((name, group))
                    print(f"{name}: not all of {group} was measured: {why}")  # noqa: T201 # the tool's output
    found = {name: directory / f"{name}.json" for name in names}
    return {name: pyperf.BenchmarkSuite.load(str(file)) for name, file in found.items() if file.exists()}


def _turn(group: str, checkout: Path, fakes: Fakes, directory: Path, name: str) -> str | None:
    """Measures a group once; returns why a part of it could not be, such as a module that an older checkout lacks."""
    file = str(directory / f"{name}.json")
    command = [sys.executable, "-m", "tests.performance.contender", group, "--append", file, "--copy-env"]
    options = ["--processes=1", "--warmups=1", f"--values={VALUES}", "--loops=1", "--quiet"]
    environment = environment_of(group, checkout, fakes)
    done = subprocess.run([*command, *options], env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    return next(iter(re.findall(r"^\w+: .*", done.stderr, re.MULTILINE)), "it failed") if done.returncode else None


def environment_of(group: str, checkout: Path, fakes: Fakes) -> dict[str, str]:
    """Returns the environment in which a checkout's functions run; cold starts use TLS, as on AWS."""
    connector = checkout / "layers" / "connector"
    paths = {name: f"{connector}:{checkout / 'functions' / name}" for name in ("ingest", "drain")}
    url = fakes.https if group == "cold" else fakes.http
    return _SETTINGS | {
        "PATH": os.defpath,
        "PYTHONPATH": f"{PROJECT}:{paths['drain' if group == 'drain' else 'ingest']}",
        "PATH_OF_INGEST": f"{paths['ingest']}:{PROJECT}" if group == "cold" else paths["ingest"],
        "PATH_OF_DRAIN": paths["drain"],
        "AWS_ENDPOINT_URL": url,
        "AWS_CA_BUNDLE": fakes.bundle,
        "REQUESTS_CA_BUNDLE": fakes.bundle,
        "MOENGAGE_ENDPOINT": url,
        "RETRY_QUEUE_URL": f"{url}/1/retry",
        "DEAD_LETTER_QUEUE_URL": f"{url}/1/dead",
    }
