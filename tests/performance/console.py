"""`python -m tests.performance.console`: how long an operator waits for the console's pages, in Chromium.

It starts a local stack and prints medians, and the fastest, which a busy machine disturbs least; nothing fails:

- the command's start, until it prints the address; the first page, from the address to the funnel; that page again;
- from a key in the form to the painted preview: of the sample destination, and of one with 500 attributes;
- 10,000 dead letters: the first progress, the page of issues, a filter, samples.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import batched
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.table import Table

from aep_moengage.outcomes import RejectReason
from aep_moengage.queues.dead_letters import DeadLetter
from aep_moengage_dev.chromium import launched
from aep_moengage_dev.local.connecting import connect_document, read_destination
from aep_moengage_dev.local.console import LocalConsole
from aep_moengage_dev.local.stack import SAMPLE_DESTINATION, LocalStack

_KEYS, _LOADS = 20, 5
_ATTRIBUTES, _DEAD_LETTERS, _CAUSES = 500, 10_000, 12
_DEADLINE = 300_000  # milliseconds
# Notes when a key was pressed, and when the preview that follows it was painted: after the frame that shows it.
_WATCH = """
document.addEventListener("keydown", (event) => { window.pressed = event.timeStamp; }, true);
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "result") return;
  requestAnimationFrame(() => setTimeout(() => { window.painted = performance.now(); }));
});
"""
_WAITED = """() => new Promise((done) => {
  const look = () => (window.painted > window.pressed ? done(window.painted - window.pressed) : setTimeout(look, 5));
  look();
})"""  # the page's policy forbids the expressions of `wait_for_function`

type Figures = dict[str, list[float]]  # seconds of each time


def main() -> None:
    """Measures, and prints a table."""
    found: Figures = {}
    with (
        tempfile.TemporaryDirectory() as work,
        LocalStack(Path(work)) as stack,
        sync_playwright() as playwright,
        Console(stderr=True).status("Measuring"),
    ):
        browser = launched(playwright)
        found |= _pages(browser.new_page, stack, Path(work))
        browser.close()
    table = Table("console, seconds", "median", "fastest", box=None)
    for name, seconds in found.items():
        table.add_row(name, f"{statistics.median(seconds):.3f}", f"{min(seconds):.3f}")
    Console(highlight=False).print(table)


def _pages(new_page: Callable[[], Page], stack: LocalStack, work: Path) -> Figures:
    found: Figures = {}
    sample, large = json.loads(read_destination(SAMPLE_DESTINATION)[1]), f"large-{_ATTRIBUTES}"
    attributes = {f"a{place}": f"field{place}" for place in range(_ATTRIBUTES)}
    document = json.dumps(sample | {"id": large, "attributes": attributes})
    connect_document(stack.deployment, stack.ministack.url, large, document, stack.moengage_password)
    page = new_page()
    page.set_default_timeout(_DEADLINE)
    started = time.monotonic()
    with LocalConsole(work, stack.description()) as console:
        found["start"] = [time.monotonic() - started]
        base = console.address.partition("?")[0]
        found["first page"] = [next(_loads(page, console.address))]
        found["first page, again"] = list(_loads(page, base))
        for name, identity in (("", sample["id"]), (f", {_ATTRIBUTES} attributes", large)):
            found[f"a key to the preview{name}"] = list(_keys(page, f"{base}destinations/{identity}"))
        fill(stack.client("sqs"), stack.deployment.outputs["DeadLetterQueueUrl"], sample["id"])
        found |= failures(page, base)
        page.close()
    return found


def _loads(page: Page, address: str) -> Iterator[float]:
    for _ in range(_LOADS):
        started = time.monotonic()
        page.goto(address)
        page.wait_for_selector("#funnel")
        yield time.monotonic() - started


def _keys(page: Page, address: str) -> Iterator[float]:
    """Types a source into a row of the form, with a sample payload that has every source."""
    page.goto(address)
    page.wait_for_selector(".cm-editor")
    page.evaluate(_WATCH)
    values = {f"field{place}": f"value {place}" for place in range(_ATTRIBUTES)}
    profile = {"identityMap": {"crmid": [{"id": "ada"}]}, "person": {"name": {"lastName": "Lovelace"}}}
    page.locator("#sample").fill(json.dumps(profile | (values if "large" in address else {})))
    page.get_by_text("as the user").wait_for()
    page.locator("#sources option").first.wait_for(state="attached")  # the form has followed: no more is under way
    source = page.locator("input[name=source]").nth(1)
    source.click()
    page.keyboard.press("End")
    for place in range(_KEYS):
        page.keyboard.press("abc"[place % 3])
        yield page.evaluate(_WAITED) / 1000


def fill(sqs: Any, queue: str, destination: str) -> None:
    """Puts dead letters into a queue, of several causes."""
    now = int(time.time() * 1000)
    reasons = [RejectReason.REFUSED, RejectReason.GAVE_UP]

    def letter(place: int) -> str:
        why = f"400: cause {place % _CAUSES}"
        profile = {"identityMap": {"crmid": [{"id": f"user-{place}"}]}, "person": {"name": {"lastName": "Lovelace"}}}
        return DeadLetter(
            destination, f"r{place}", now, place, profile, reasons[place % 2], why, now - place * 1000, now, 1
        ).to_json()

    def send(places: Sequence[int]) -> None:
        sqs.send_message_batch(
            QueueUrl=queue,
            Entries=[{"Id": str(p), "MessageBody": letter(p), "MessageGroupId": destination} for p in places],
        )

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(send, batched(range(_DEAD_LETTERS), 10)))


def failures(page: Page, base: str) -> Figures:
    """Reads the queue, filters, and shows samples."""
    found: Figures = {}
    started = time.monotonic()
    page.goto(f"{base}failures")
    page.locator("#work progress").wait_for()
    found["dead letters: first progress"] = [time.monotonic() - started]
    page.locator(".issue").first.wait_for()
    found["dead letters: all are shown"] = [time.monotonic() - started]
    started = time.monotonic()
    page.get_by_label("Reason").select_option(RejectReason.GAVE_UP.value)
    page.locator("#work .state-refused").first.wait_for(state="detached")
    found["dead letters: a filter"] = [time.monotonic() - started]
    started = time.monotonic()
    page.get_by_role("button", name="Show samples").first.click()
    page.get_by_text("Newest messages").wait_for()
    found["dead letters: samples"] = [time.monotonic() - started]
    return found


if __name__ == "__main__":
    main()
