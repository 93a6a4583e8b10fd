"""A browser for tests: it opens the console's first address, and asks as the pages do."""

import html
import json
import re
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from aep_moengage_cli.console.application import application
from aep_moengage_cli.console.safety import Session
from aep_moengage_cli.console.subject import Subject

PORT = 49_152


class Browser:
    """A browser that has opened the console of a subject."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.session = Session(PORT)
        self.client = TestClient(application(subject, self.session), base_url=f"http://{self.session.host}")
        assert self.client.get(self.session.address, follow_redirects=False).status_code == 303

    def get(self, path: str) -> Any:
        """Loads a page."""
        return self.client.get(path)

    def part(self, path: str) -> Any:
        """Loads a part of a page."""
        return self.client.get(path, headers={"HX-Request": "true"})

    def post(self, path: str, **fields: Any) -> Any:
        """Changes something, as a page does."""
        headers = {"X-CSRF-Token": self.session.csrf, "Origin": f"http://{self.session.host}", "HX-Request": "true"}
        return self.client.post(path, data=fields, headers=headers)

    def finished(self, answer: Any, **fields: Any) -> Any:
        """Returns the result of work that a page has started, as the page shows it, whose form has these fields."""
        while found := re.search(r'hx-(get|post)="(/\w+/jobs/(\w+))"', answer.text):
            self.subject.jobs.find(found[3]).wait(30)
            answer = self.part(found[2]) if found[1] == "get" else self.post(found[2], **fields)
        return answer


def offline(file: Path) -> Browser:
    """Returns a browser that has opened the console of a file."""
    return Browser(Subject.of_file(file))


def state(page: str) -> dict[str, Any]:
    """Returns what the editor's page says for its script."""
    found = re.search(r'<script type="application/json" id="state">(.*?)</script>', page, re.DOTALL)
    assert found, page
    return dict(json.loads(found[1]))


def text(page: str) -> str:
    """Returns a page's text without its tags, in one line."""
    without = re.sub(r"<script.*?</script>|<[^>]*>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(without).split())
