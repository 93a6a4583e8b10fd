"""New files: a command writes one, and overwrites an existing file only with --force."""

import os
from pathlib import Path

from aep_moengage_cli.errors import CommandError


def write_new(file: Path, text: str, *, force: bool = False, private: bool = False) -> None:
    """Writes a file; `private` lets only its owner read it.

    Raises:
        CommandError: if it exists and `force` is not given, or if it can't be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL)
    try:
        with os.fdopen(os.open(file, flags, 0o600 if private else 0o666), "w", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError:
        raise CommandError(f"{file} exists: choose another name, or overwrite it with --force.") from None
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror or 'cannot be written'}.") from None
