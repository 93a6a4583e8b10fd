"""A release is the same bytes whenever it is built, and its template finds its code."""

import os
import zipfile
from pathlib import Path

import pytest

from aep_moengage_dev.release.archives import write_zip
from aep_moengage_dev.release.packaging import package, packaged

BUILT = """Parameters:
  Architecture:
    Type: String
    Default: arm64
Resources:
  ConnectorLayer:
    Properties:
      ContentUri: ConnectorLayer
  IngestFunction:
    Properties:
      CodeUri: IngestFunction
"""


def written(directory: Path, *names: str, time: int) -> Path:
    for name in names:
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
        os.utime(file, (time, time))
    return directory


def test_a_zip_depends_on_names_and_content_only(tmp_path: Path) -> None:
    one = written(tmp_path / "one", "a/x.py", "b.py", time=1_000_000_000)
    other = written(tmp_path / "other", "b.py", "a/x.py", time=1_700_000_000)
    (other / "b.py").chmod(0o755)
    for directory in (one, other):
        write_zip(directory, tmp_path / f"{directory.name}.zip")

    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "other.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.namelist() == ["a/x.py", "b.py"]


def test_template_reads_zips_and_is_for_its_processor(tmp_path: Path) -> None:
    build = written(tmp_path / "build", "ConnectorLayer/python/x.py", "IngestFunction/app.py", time=0)
    (build / "template.yaml").write_text(BUILT)
    (tmp_path / "samconfig.toml").touch()
    (tmp_path / "packed").mkdir()
    package(build, tmp_path / "samconfig.toml", "x86_64", tmp_path / "packed")

    lines = {line.strip() for line in (tmp_path / "packed" / "template.yaml").read_text().splitlines()}
    assert {"Default: x86_64", "ContentUri: ConnectorLayer.zip", "CodeUri: IngestFunction.zip"} <= lines
    assert {file.name for file in (tmp_path / "packed").iterdir()} == {
        "ConnectorLayer.zip",
        "IngestFunction.zip",
        "samconfig.toml",
        "template.yaml",
    }


NO_CODE, NO_PARAMETER = BUILT.split("Resources", maxsplit=1)[0], BUILT.replace("Architecture", "Other")


@pytest.mark.parametrize("template", ["", NO_CODE, NO_PARAMETER])
def test_what_is_no_built_template_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match="no code"):
        packaged(template, "arm64")
