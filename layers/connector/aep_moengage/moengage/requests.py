"""Requests to MoEngage, as values: what is sent, to which workspace, and the types of those who send it.

URLs and bodies: moengage.com/docs, Data API (Track User, Track Event, Bulk Import, Merge User).
"""

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from aep_moengage.moengage.records import encode
from aep_moengage.moengage.responses import Answer

BULK_HEAD = b'{"type":"transition","elements":['
BULK_TAIL = b"]}"
DEFAULT_ENDPOINT = "https://api-{dc}.moengage.com"

type Send = Callable[[Request, float], Answer]  # answers a request within so many seconds; never raises


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request to MoEngage, as it is sent."""

    url: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Workspace:
    """A MoEngage workspace: which data center, and the credentials for it."""

    region: str
    username: str
    password: str = field(repr=False)
    endpoint: str = DEFAULT_ENDPOINT

    @property
    def id(self) -> str:
        """What tells the workspace from all others: its data center and app id."""
        return f"{self.region}/{self.username}"

    @property
    def fingerprint(self) -> str:
        """What names the workspace in tables. It does not depend on the password, so a new one changes no limit."""
        name = f"{self.endpoint}\0{self.region}\0{self.username}"
        return hashlib.sha256(name.encode()).hexdigest()[:32]

    def customer(self, record: bytes) -> Request:
        """Creates or updates one user; at most 128 KB."""
        return self._request(f"/v1/customer/{self.username}", record)

    def event(self, record: bytes) -> Request:
        """Adds events to one user; at most 128 KB."""
        return self._request(f"/v1/event/{self.username}", record)

    def bulk(self, records: Sequence[bytes]) -> Request:
        """Takes customers and events together; at most 100 KB, and one answer for all."""
        body = BULK_HEAD + b",".join(records) + BULK_TAIL
        return self._request(f"/v1/transition/{self.username}", body)

    def merge(self, retired: str, retained: str) -> Request:
        """Merges the user `retired` into the user `retained`; cannot be undone."""
        body = encode({"merge_data": [{"merged_user": retired, "retained_user": retained}]})
        return self._request(f"/v1/customer/merge?app_id={self.username}", body)

    def _request(self, path: str, body: bytes) -> Request:
        credentials = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"}
        return Request(self.endpoint.replace("{dc}", self.region) + path, body, headers)
