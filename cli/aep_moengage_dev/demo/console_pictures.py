"""Pictures of the console's pages, taken in the course of the demo, while there are dead letters."""

import io
import json
from pathlib import Path

from PIL import Image
from playwright.sync_api import Locator, Page, sync_playwright

from aep_moengage_dev.chromium import launched
from aep_moengage_dev.demo.acts import Demo
from aep_moengage_dev.local.console import LocalConsole
from aep_moengage_dev.project import PROJECT

DOCS = PROJECT / "docs"
_WIDTH, _HEIGHT = 1280, 1000
_COLOURS = 128  # a page has few; this halves the files


class PicturedDemo(Demo):
    """The demo, which takes pictures of the console before it redrives the dead letters."""

    def _dead_letters(self) -> int:
        self._stage.act("Pictures of the console")
        with LocalConsole(self._stack.work, self._stack.description()) as console, sync_playwright() as playwright:
            browser = launched(playwright)
            page = browser.new_page(viewport={"width": _WIDTH, "height": _HEIGHT}, bypass_csp=True)  # to hide the caret
            page.goto(console.address)
            self._take(page, console.address.partition("?")[0])
            browser.close()
        return super()._dead_letters()

    def _take(self, page: Page, console: str) -> None:
        page.wait_for_selector("#totals tr")
        _keep(page, "overview")
        page.goto(f"{console}destinations/{self._stack.destination_id}")
        page.wait_for_selector(".cm-editor")
        customer = self._customers[0]
        page.fill("#sample", json.dumps(customer.profile(), indent=2))
        page.get_by_label("Attribute First_Name", exact=True).get_by_label("Transform").fill("uppercase")
        page.wait_for_selector(".diff .added")
        _keep(page, "destination")
        _keep(page.locator("#preview"), "preview")
        page.goto(f"{console}failures")
        page.locator(".issue").first.get_by_role("button", name="Show samples").click()
        page.wait_for_selector("details")
        _keep(page, "failures")
        page.goto(f"{console}trace")
        page.fill("input[name=user]", self._traced())
        page.get_by_role("button", name="Trace").click()
        page.wait_for_selector(".timeline")
        _keep(page, "trace")

    def _traced(self) -> str:
        """A customer whom MoEngage refused."""
        return self._refused[0].id


def _keep(shown: Page | Locator, name: str) -> None:
    """Writes a picture of a page or a part of it, in fewer colours."""
    shot = Image.open(io.BytesIO(shown.screenshot()))
    shot.convert("RGB").quantize(_COLOURS).save(_file(name), optimize=True)


def _file(name: str) -> Path:
    return DOCS / f"console-{name}.png"
