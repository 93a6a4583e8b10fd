"""One exchange: a request and its result."""

import base64
import json
import os
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

# Which API a path belongs to. The longest comes first: /v1/customer/merge is no customer update.
APIS = {
    "/v1/customer/merge": "merge",
    "/v1/customer/delete": "delete",
    "/v1/customers/export": "export",
    "/v1/integrations/authentication": "authentication",
    "/v1/customer": "customer",
    "/v1/event": "event",
    "/v1/transition": "transition",
}


@dataclass(frozen=True, slots=True)
class SimulatedAnswer:
    """The answer to the client. `body`: a string is sent as it is, anything else as JSON."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def payload(self) -> bytes:
        text = self.body if isinstance(self.body, str) else json.dumps(self.body, separators=(",", ":"))
        return text.encode()


def new_request_id() -> str:
    """Eight characters, as MoEngage's look."""
    return base64.urlsafe_b64encode(os.urandom(6)).decode()


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


@dataclass(slots=True, kw_only=True)
class Exchange:
    """A request (number and `at`, monotonic seconds, as of its arrival) and its result.

    `status`: of the answer, None without one. `applied`: whether the request took effect; `order`: its place among
    those that did. `answered`: whether the whole answer was sent while the client was still there.
    """

    number: int
    method: str
    target: str
    headers: Any = field(repr=False)
    raw: bytes = field(repr=False)
    at: float = field(default_factory=time.monotonic)
    path: str = ""
    query: dict[str, str] = field(default_factory=dict)
    api: str | None = None
    app_id: str | None = None
    body: Any = None
    malformed: bool = False
    customer_ids: frozenset[str] = frozenset()
    fault: str | None = None
    status: int | None = None
    applied: bool = False
    order: int | None = None
    answered: bool = False

    def __post_init__(self) -> None:
        parts = urlsplit(self.target)
        self.path = parts.path.rstrip("/") or "/"
        self.query = dict(parse_qsl(parts.query))
        self.api, self.app_id = route(self.path, self.query)
        try:
            self.body = _DECODER.decode(self.raw.decode()) if self.raw.strip() else None
        except (ValueError, RecursionError):
            self.malformed = True
        self.customer_ids = frozenset(_customer_ids(self.body))

    def report(self, *, body: bool = True) -> dict[str, Any]:
        """The exchange as JSON can hold it."""
        names = ("number", "at", "method", "path", "api", "fault", "status", "applied", "order", "answered")
        shown = {name: getattr(self, name) for name in names}
        shown |= {"size": len(self.raw), "customer_ids": sorted(self.customer_ids)}
        return shown | {"body": self.body} if body else shown

    def forget_headers(self) -> None:
        """Drop the headers, which hold the password; the journal keeps the rest."""
        self.headers = None


def route(path: str, query: dict[str, str]) -> tuple[str | None, str | None]:
    """The API a path belongs to, and the app id it names: the path's last part, or the query's `app_id`."""
    for prefix, api in APIS.items():
        if path == prefix:
            return api, query.get("app_id")
        head, _, last = path.rpartition("/")
        if head == prefix and api in {"customer", "event", "transition"}:
            return api, last
    return None, None


def _customer_ids(body: Any) -> list[str]:
    """Every customer a body names, however malformed the rest of it is."""
    if not isinstance(body, dict):
        return []
    data = body["data"] if isinstance(body.get("data"), dict) else {}
    found = [body.get("customer_id")]
    for key in ("elements", "merge_data"):
        for part in body[key] if isinstance(body.get(key), list) else []:
            if isinstance(part, dict):
                found += [part.get("customer_id"), part.get("merged_user"), part.get("retained_user")]
    for part in data["identifiers"] if isinstance(data.get("identifiers"), list) else []:
        found.append(part.get("identifier") if isinstance(part, dict) else None)
    found.append(body.get("identity_value"))
    return [customer_id for customer_id in found if isinstance(customer_id, str)]
