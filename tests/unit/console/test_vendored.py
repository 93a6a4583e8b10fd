"""The vendored files are those that the lists name, each package with its licence and a checksum; all are found."""

import json
import re
from pathlib import Path

import pytest

from aep_moengage_cli.console.pages import ASSETS, FILES, HERE, IMPORT_MAP
from aep_moengage_dev.vendored import DIRECTORIES, LIST, directory_of, packages

CONSOLE = DIRECTORIES[0]


@pytest.mark.parametrize("directory", DIRECTORIES, ids=lambda each: each.parent.name)
def test_files_are_those_of_the_list(directory: Path) -> None:
    listed = {
        f"{directory_of(name)}/{Path(file).name}"
        for name, package in packages(directory).items()
        for file in package["files"]
    }
    present = {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}
    assert present == listed | {LIST}


@pytest.mark.parametrize("directory", DIRECTORIES, ids=lambda each: each.parent.name)
def test_every_package_has_its_licence_version_and_checksum(directory: Path) -> None:
    for name, package in packages(directory).items():
        assert "LICENSE" in package["files"], name
        assert package["license"]
        assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
        assert package["integrity"].startswith("sha512-")


def test_every_imported_module_is_vendored() -> None:
    own = list(FILES.glob("*.js"))
    imported = {
        name
        for script in [*own, *CONSOLE.rglob("*.js")]
        for name in re.findall(r'^(?:import|\}).* from ["\']([^."\'][^"\']*)["\'];', script.read_text(), re.MULTILINE)
    }
    assert imported
    assert imported <= set(IMPORT_MAP["imports"])
    assert all((FILES / address.removeprefix(f"{ASSETS}/")).exists() for address in IMPORT_MAP["imports"].values())


def test_vendored_files_are_small() -> None:
    assert sum(path.stat().st_size for path in CONSOLE.rglob("*")) < 2_000_000


def test_pages_name_no_other_host() -> None:
    for page in [*HERE.rglob("*.html"), *FILES.glob("*.*")]:
        found = re.findall(r"(?:src|href|url\(|fetch\(|import)[=(\s]*[\"'`]?(?:https?:)?//[^\s\"']+", page.read_text())
        assert not found, page


def test_lists_are_sorted() -> None:
    for directory in DIRECTORIES:
        assert list(packages(directory)) == sorted(packages(directory)), json.dumps(sorted(packages(directory)))
