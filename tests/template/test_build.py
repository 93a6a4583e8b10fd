"""`sam build` works after `make setup` alone: with neither uv nor the runtime's Python on PATH, for both processors."""

import os
import subprocess
from pathlib import Path

import pytest

from aep_moengage_dev.project import PROJECT, TOOLS

SYSTEM_ONLY = "/usr/bin:/bin"  # has make, and on most machines no python3.13
ELF_MACHINES = {"arm64": 183, "x86_64": 62}


def built(target: Path, **environment: str) -> Path:
    """Builds into a directory as a reader does who has only run `make setup`."""
    command = [str(TOOLS / "sam" / "bin" / "sam"), "build", "--build-dir", str(target)]
    kept = {"HOME": os.environ["HOME"], "PATH": SYSTEM_ONLY, "SAM_CLI_TELEMETRY": "0"}
    done = subprocess.run(command, cwd=PROJECT, env=kept | environment, capture_output=True, text=True, check=False)  # noqa: S603 # the project's SAM
    assert done.returncode == 0, done.stderr
    return target


def machine(library: Path) -> int:
    """Returns the processor that an ELF file is for."""
    return int.from_bytes(library.read_bytes()[18:20], "little")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("architecture", ELF_MACHINES)
def test_sam_build_needs_only_what_make_setup_installed(tmp_path: Path, architecture: str) -> None:
    build = built(tmp_path, ARCHITECTURE=architecture)

    layer = build / "ConnectorLayer" / "python"
    libraries = list(layer.rglob("*.so"))
    assert {machine(library) for library in libraries} == {ELF_MACHINES[architecture]}
    assert (layer / "aep_moengage" / "__pycache__" / "settings.cpython-313.pyc").exists(), "bytecode is shipped"
    for function in ("IngestFunction", "DrainFunction", "StreamFunction", "TruststoreFunction"):
        assert [file.name for file in (build / function).iterdir()] == ["app.py"]


def test_a_layer_for_an_unknown_processor_is_not_built(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="expected arm64 or x86_64"):
        built(tmp_path, ARCHITECTURE="riscv")
