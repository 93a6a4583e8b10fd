"""Pages: Jinja2 templates, and what a request asks for."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse

from aep_moengage_cli.console.safety import KEPT
from aep_moengage_cli.console.subject import Subject
from aep_moengage_cli.timestamps import ago, iso

_RUNBOOK = re.compile(r"Runbook: \S*#([\w-]+)")
HERE = Path(__file__).parent
FILES = HERE / "assets"
MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


class Asked:
    """A request to a page: its path's parts, its form's fields, and the subject of the console."""

    def __init__(self, request: Request, subject: Subject, form: FormData | None = None) -> None:
        self._request = request
        self.subject = subject
        self._form = form if form is not None else FormData()

    @property
    def in_page(self) -> bool:
        """Whether a page asks for a part of itself."""
        return self._request.headers.get("hx-request") == "true"

    def path(self, name: str) -> str:
        """Returns a part of the path."""
        return str(self._request.path_params[name])

    def query(self, name: str, default: str = "") -> str:
        """Returns a parameter of the address. Addresses never hold personal data."""
        return self._request.query_params.get(name, default)

    def field(self, name: str, default: str = "") -> str:
        """Returns a field of the form."""
        return str(self._form.get(name, default))

    def given(self, name: str) -> str | None:
        """Returns a field of the form without spaces around it; None if it is empty."""
        return self.field(name).strip() or None

    def page(self, template: str, status: int = 200, **content: Any) -> HTMLResponse:
        """Returns a page, or a part of one."""
        state = self._request.state
        here = self._request.url.path
        shared = {"subject": self.subject, "nonce": state.nonce, "csrf": state.csrf, "here": here, "assets": ASSETS}
        return HTMLResponse(_templates().get_template(template).render(**shared, **content), status_code=status)


class _Templates:
    @cached_property
    def environment(self) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters |= {
            "ago": lambda epoch_ms: ago(epoch_ms, datetime.now(UTC)),
            "iso": iso,
            "json": lambda value: json.dumps(value, ensure_ascii=False, indent=2),
            "marked": lambda text: Markup(MARKDOWN.renderInline(_RUNBOOK.sub(r"[Runbook](/runbook/\1)", text))),  # noqa: S704 # HTML in it is escaped
            "compact": lambda value: json.dumps(value, ensure_ascii=False),
            "count": lambda number: f"{number:,}",
        }
        return environment


_LOADED = _Templates()


def _templates() -> Environment:
    return _LOADED.environment


def _version_of(directory: Path) -> str:
    """Returns what identifies the files of a directory as they are now."""
    files = sorted((str(each), each.stat().st_size, each.stat().st_mtime_ns) for each in directory.rglob("*.*"))
    return hashlib.sha256(repr(files).encode()).hexdigest()[:12]


# Files of another version have another address, so that the browser can keep those that it has loaded.
ASSETS = f"{KEPT}{_version_of(FILES)}"


def vendored(package: str, file: str) -> str:
    """Returns the address of a vendored file."""
    return f"{ASSETS}/vendor/{package}/{file}"


IMPORT_MAP: Mapping[str, Mapping[str, str]] = {
    "imports": {
        "@codemirror/autocomplete": vendored("codemirror-autocomplete", "index.js"),
        "@codemirror/commands": vendored("codemirror-commands", "index.js"),
        "@codemirror/lang-yaml": vendored("codemirror-lang-yaml", "index.js"),
        "@codemirror/language": vendored("codemirror-language", "index.js"),
        "@codemirror/lint": vendored("codemirror-lint", "index.js"),
        "@codemirror/state": vendored("codemirror-state", "index.js"),
        "@codemirror/streamparser": vendored("codemirror-streamparser", "index.js"),
        "@codemirror/view": vendored("codemirror-view", "index.js"),
        "@lezer/common": vendored("lezer-common", "index.js"),
        "@lezer/highlight": vendored("lezer-highlight", "index.js"),
        "@lezer/lr": vendored("lezer-lr", "index.js"),
        "@lezer/yaml": vendored("lezer-yaml", "index.js"),
        "@marijn/find-cluster-break": vendored("marijn-find-cluster-break", "index.js"),
        "crelt": vendored("crelt", "index.js"),
        "style-mod": vendored("style-mod", "style-mod.js"),
        "w3c-keyname": vendored("w3c-keyname", "index.js"),
    }
}
