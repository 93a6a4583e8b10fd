"""A Chromium for browser tests and pictures: the machine's own, else Playwright's, else Debian's package where root."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from playwright.sync_api import Browser, Playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_INSTALL_SECONDS = 300


class NoChromium(Exception):
    """There is no Chromium, and none can be installed."""


def launched(playwright: Playwright) -> Browser:
    """Returns a running browser; raises `NoChromium` where none can be had."""
    executable = _installed() or _own(playwright) or _of_playwright(playwright) or _of_debian()
    if executable is None:
        raise NoChromium("no Chromium: none on PATH, and neither Playwright's nor Debian's can be installed")
    # as root Chromium has no sandbox of its own; it loads the console only
    return playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"] if os.geteuid() == 0 else [])


def _installed() -> str | None:
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


def _own(playwright: Playwright) -> str | None:
    path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _of_playwright(playwright: Playwright) -> str | None:
    return _own(playwright) if _ran((sys.executable, "-m", "playwright", "install", "chromium")) else None


def _of_debian() -> str | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    _ran(("apt-get", "update", "--quiet"))
    _ran(("apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "chromium"))
    return _installed()


@cache
def _ran(command: tuple[str, ...]) -> bool:
    """Whether a command succeeds; run once."""
    try:
        done = subprocess.run(  # noqa: S603 # the commands above
            command, capture_output=True, timeout=_INSTALL_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
