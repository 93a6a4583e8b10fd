"""Chromium for tests of the console's pages: what it asked for, what its pages report, and what axe-core finds."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from aep_moengage_cli.console.application import application
from aep_moengage_cli.console.safety import LOOPBACK, Session
from aep_moengage_cli.console.subject import Subject
from aep_moengage_dev.chromium import NoChromium, launched

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 800}
_AXE = (Path(__file__).parent / "e2e" / "vendor" / "axe-core" / "axe.min.js").read_text()
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_WIDE = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() =>
  done(document.documentElement.scrollWidth > innerWidth))))"""  # a chart is drawn anew before the second frame
_REFUSALS = "Failed to load resource: the server responded with a status of 4"  # an error of the browser's console
_MILLISECONDS = 30_000  # on a busy machine

expect.set_options(timeout=_MILLISECONDS)


@dataclass
class Operator:
    """A browser in which an operator has opened the console at `address`.

    `requests` are the addresses that it asked for, `errors` what its pages reported: a violation of the content
    security policy, too.
    """

    context: BrowserContext
    address: str
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(_MILLISECONDS)
        self.context.on("request", lambda request: self.requests.append(request.url))
        self.context.on("weberror", lambda error: self.errors.append(str(error.error)))
        self.context.on(
            "console", lambda message: self.errors.append(message.text) if message.type == "error" else None
        )

    def check(self) -> None:
        """Fails if a page reported an error, or asked anybody but the console."""
        assert [each for each in self.errors if not each.startswith(_REFUSALS)] == []
        asked = {(each.scheme, each.hostname) for each in map(urlsplit, self.requests)}
        assert asked <= {("http", LOOPBACK), ("data", None)}


@contextmanager
def operator(first_address: str) -> Iterator[Operator]:
    """Opens the console's first address in a new browser. Without a Chromium the test is skipped, but never in CI."""
    with sync_playwright() as playwright:
        try:
            browser = launched(playwright)
        except NoChromium as error:
            pytest.fail(str(error)) if os.environ.get("CI") else pytest.skip(str(error))
        address = first_address.partition("?")[0]
        opened = Operator(browser.new_context(base_url=address, viewport=DESKTOP), address)  # type: ignore[arg-type] # a TypedDict
        first = opened.context.new_page()
        first.goto(first_address)
        first.close()
        try:
            yield opened
        finally:
            browser.close()


@contextmanager
def served(subject: Subject) -> Iterator[str]:
    """Serves the console of a subject; yields its first address."""
    listening = socket.create_server((LOOPBACK, 0))
    session = Session(listening.getsockname()[1])
    server = uvicorn.Server(uvicorn.Config(application(subject, session), log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        yield session.address
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def violations(page: Page) -> list[tuple[str, str]]:
    """Returns what axe-core finds on a page in light colours, and of the dark ones their contrast: rule and element."""
    page.evaluate(_AXE)
    found = _found(page, _RULES)
    page.emulate_media(color_scheme="dark")
    found += _found(page, ["color-contrast"])
    page.emulate_media(color_scheme="light")
    return found


def _found(page: Page, rules: list[str]) -> list[tuple[str, str]]:
    options = {"runOnly": rules, "resultTypes": ["violations"], "preload": False}
    found: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    return [(each["id"], each["nodes"][0]["html"][:200]) for each in found["violations"]]


def too_wide(page: Page) -> bool:
    """Returns whether a page has to be scrolled sideways on a phone."""
    page.set_viewport_size(PHONE)  # type: ignore[arg-type] # a TypedDict
    wide = bool(page.evaluate(_WIDE))
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type] # as above
    return wide
