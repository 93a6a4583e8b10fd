"""The packaged template: what `sam build` made, as zip files that `sam deploy` uploads as they are."""

import re
import shutil
from pathlib import Path

from aep_moengage_dev.release.archives import write_zip

_CODE = re.compile(r"^(?P<setting> +(?:CodeUri|ContentUri): )(?P<name>\w+)$", re.MULTILINE)
_ARCHITECTURE = re.compile(r"(?P<before>^  Architecture:\n(?:    .*\n)*?    Default: )\w+$", re.MULTILINE)


def packaged(template: str, architecture: str) -> str:
    """Returns a built template that reads the code from zip files, and is for this processor.

    Raises:
        ValueError: if it has no code or no parameter `Architecture`.
    """
    with_zips, codes = _CODE.subn(r"\g<setting>\g<name>.zip", template)
    for_processor, parameters = _ARCHITECTURE.subn(rf"\g<before>{architecture}", with_zips)
    if not codes or parameters != 1:
        raise ValueError("the built template has no code, or no parameter Architecture")
    return for_processor


def code_directories(template: str) -> list[str]:
    """Returns the directories with code that a built template names."""
    return sorted({found["name"] for found in _CODE.finditer(template)})


def package(build: Path, samconfig: Path, architecture: str, target: Path) -> None:
    """Writes the packaged template of a build, its zip files, and SAM's configuration into an empty directory."""
    template = (build / "template.yaml").read_text()
    for name in code_directories(template):
        write_zip(build / name, target / f"{name}.zip")
    (target / "template.yaml").write_text(packaged(template, architecture))
    shutil.copyfile(samconfig, target / "samconfig.toml")
