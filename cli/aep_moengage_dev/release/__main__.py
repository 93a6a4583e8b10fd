"""Builds a release into a directory: `python -m aep_moengage_dev.release dist`.

aep_moengage-VERSION.tar.gz, aep_moengage-VERSION-py3-none-any.whl    the operator's command
aep-moengage-VERSION-ARCHITECTURE.zip                                 the packaged template: unzip, `sam deploy`
connector-layer-VERSION-ARCHITECTURE.zip                              the layer alone
aep-moengage-VERSION.cdx.json                                         what is in the layer, in CycloneDX
SHA256SUMS                                                            checksums of all of them
"""

import hashlib
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from aep_moengage_cli.version import VERSION
from aep_moengage_dev.local.children import run
from aep_moengage_dev.project import PROJECT, TOOLS, VENV, tool_environment
from aep_moengage_dev.release.archives import write_zip
from aep_moengage_dev.release.packaging import package

ARCHITECTURES = ("arm64", "x86_64")
_REQUIREMENTS = PROJECT / "layers" / "connector" / "requirements.txt"
_SUMS = "SHA256SUMS"


def release(dist: Path) -> list[Path]:
    """Builds everything into a directory, in place of what it had; returns the files."""
    shutil.rmtree(dist, ignore_errors=True)
    dist.mkdir(parents=True)
    with TemporaryDirectory() as work:
        _python_packages(dist, Path(work))
        for architecture in ARCHITECTURES:
            _stack(dist, Path(work), architecture)
        _bill_of_materials(dist, Path(work))
    return [*sorted(dist.iterdir()), _checksums(dist)]


def _python_packages(dist: Path, work: Path) -> None:
    command = [str(TOOLS / "uv" / "bin" / "uv"), "build", "--no-build-isolation", "--no-create-gitignore"]
    _run([*command, "--python", str(VENV / "bin" / "python"), "--out-dir", str(dist), str(PROJECT)], work, "uv")


def _stack(dist: Path, work: Path, architecture: str) -> None:
    build, packed = work / f"build-{architecture}", work / f"packed-{architecture}"
    packed.mkdir()
    _run(
        [str(TOOLS / "sam" / "bin" / "sam"), "build", "--build-dir", str(build)], work, "sam", ARCHITECTURE=architecture
    )
    package(build, PROJECT / "samconfig.toml", architecture, packed)
    shutil.copyfile(packed / "ConnectorLayer.zip", dist / f"connector-layer-{VERSION}-{architecture}.zip")
    write_zip(packed, dist / f"aep-moengage-{VERSION}-{architecture}.zip")


def _bill_of_materials(dist: Path, work: Path) -> None:
    command = [str(TOOLS / "release" / "bin" / "cyclonedx-py"), "requirements", str(_REQUIREMENTS)]
    command += ["--pyproject", str(PROJECT / "pyproject.toml"), "--output-reproducible", "--of", "JSON"]
    _run([*command, "--output-file", str(dist / f"aep-moengage-{VERSION}.cdx.json")], work, "cyclonedx-py")


def _run(command: list[str], work: Path, tool: str, **environment: str) -> None:
    env = tool_environment(SOURCE_DATE_EPOCH="315532800", UV_SYSTEM_CERTS="true", **environment)
    run(command, log=work / f"{tool}.log", env=env, cwd=PROJECT, failed=f"{tool} failed.")


def _checksums(dist: Path) -> Path:
    sums = dist / _SUMS
    files = sorted(dist.iterdir())
    sums.write_text("".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files))
    return sums


if __name__ == "__main__":
    for written in release(Path(sys.argv[1]).resolve()):
        sys.stdout.write(f"{written.stat().st_size / 1e6:8.2f} MB  {written.name}\n")
