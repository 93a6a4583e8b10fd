"""Zip files whose bytes depend on nothing but the names and the content of what is in them. Pure but for the files."""

import zipfile
from pathlib import Path

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first time that a zip can hold
_MODE = 0o644 << 16


def write_zip(directory: Path, target: Path) -> None:
    """Writes all files below a directory to a zip file, in the order of their names and without their times."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in sorted(path for path in directory.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(directory).as_posix(), _EPOCH)
            entry.external_attr = _MODE
            entry.create_system = 3  # Unix, on whatever it is written
            archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=9)
