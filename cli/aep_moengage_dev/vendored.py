"""Files vendored from npm: the console's libraries and the tests' accessibility checks. Run `make vendor`.

Each directory has a `packages.json`: the packages with their versions, the files to keep, and npm's checksum of the
package. The files are kept as npm has them, each package in a directory of its own, with its licence.
"""

import base64
import hashlib
import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aep_moengage_dev.project import PROJECT

LIST = "packages.json"
DIRECTORIES = (
    PROJECT / "cli" / "aep_moengage_cli" / "console" / "assets" / "vendor",
    PROJECT / "tests" / "e2e" / "vendor",
)


class VendorError(Exception):
    """A package is not what its checksum says."""


def packages(directory: Path) -> dict[str, Any]:
    """Returns the packages of a directory: `version`, `integrity` and `files` by name."""
    return dict(json.loads((directory / LIST).read_text()))


def fetch(directory: Path) -> None:
    """Fetches the packages of a directory from npm, and writes their files.

    Raises:
        VendorError: if a package is not what its checksum says.
    """
    for name, package in packages(directory).items():
        with TemporaryDirectory() as scratch:
            archive = _packed(f"{name}@{package['version']}", Path(scratch))
            if (found := integrity(archive.read_bytes())) != package["integrity"]:
                raise VendorError(f"{archive.name} is not what {directory / LIST} says: {found}")
            for file, content in _contents(archive, package["files"]):
                target = directory / directory_of(name) / Path(file).name
                target.parent.mkdir(exist_ok=True)
                target.write_bytes(content)


def directory_of(package: str) -> str:
    """Returns the name of a package's directory: `codemirror-view` of `@codemirror/view`."""
    return package.removeprefix("@").replace("/", "-")


def integrity(content: bytes) -> str:
    """Returns npm's checksum of a package."""
    return f"sha512-{base64.b64encode(hashlib.sha512(content).digest()).decode()}"


def _packed(package: str, directory: Path) -> Path:
    command = ["npm", "pack", "--silent", package]
    subprocess.run(command, cwd=directory, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 # names are in our list
    (archive,) = directory.glob("*.tgz")
    return archive


def _contents(archive: Path, files: list[str]) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive) as packed:
        for file in files:
            member = packed.extractfile(f"package/{file}")
            if member is None:
                raise VendorError(f"{archive.name} has no file {file}")
            yield file, member.read()


if __name__ == "__main__":
    for each in DIRECTORIES:
        fetch(each)
        sys.stdout.write(f"Vendored {', '.join(packages(each))} into {each.relative_to(PROJECT)}\n")
