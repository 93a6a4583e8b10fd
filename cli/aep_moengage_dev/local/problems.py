"""The error of the local stack, and the end of a log for its message."""

from pathlib import Path

_TAIL_LINES = 15


class LocalStackError(Exception):
    """The local stack cannot be started or used; the message says what to do."""


def tail(log: Path, lines: int = _TAIL_LINES) -> str:
    """Returns the last lines of a log, indented, after the log's name."""
    text = log.read_text(errors="replace") if log.exists() else ""
    last = "\n".join(f"  {line}" for line in text.splitlines()[-lines:])
    return f"The end of {log}:\n{last or '  (empty)'}"
