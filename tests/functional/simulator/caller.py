"""A client of the simulator over real HTTP, which sends whatever it is told to."""

import json
from types import TracebackType
from typing import Any, Self

import requests

USERNAME, PASSWORD = "ACME1234", "the-key"


class Caller:
    """Calls the Data APIs with the right credentials unless told otherwise, and the control calls."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()

    def post(
        self,
        path: str,
        body: Any,
        *,
        auth: tuple[str, str] | None = (USERNAME, PASSWORD),
        content_type: str | None = "application/json",
        headers: dict[str, str] | None = None,
        timeout: float = 5,
    ) -> requests.Response:
        """Posts a body: bytes as they are, anything else as JSON."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = (headers or {}) | ({"Content-Type": content_type} if content_type else {})
        return self._session.post(self.url + path, data=data, auth=auth, headers=sent, timeout=timeout)

    def get(self, path: str) -> requests.Response:
        """A GET, which no Data API takes."""
        return self._session.get(self.url + path, auth=(USERNAME, PASSWORD), timeout=5)

    def customer(self, customer_id: Any = "ada", **fields: Any) -> requests.Response:
        """Track User."""
        return self.post(f"/v1/customer/{USERNAME}", customer(customer_id, **fields))

    def event(self, *actions: Any, customer_id: str = "ada", **fields: Any) -> requests.Response:
        """Track Event."""
        return self.post(f"/v1/event/{USERNAME}", event(*actions, customer_id=customer_id, **fields))

    def bulk(self, *elements: Any) -> requests.Response:
        """Bulk Import."""
        return self.post(f"/v1/transition/{USERNAME}", {"type": "transition", "elements": list(elements)})

    def merge(self, *pairs: tuple[str, str]) -> requests.Response:
        """Merge User: pairs of the retired and the retained."""
        data = [{"merged_user": old, "retained_user": new} for old, new in pairs]
        return self.post(f"/v1/customer/merge?app_id={USERNAME}", {"merge_data": data})

    def export(self, *customer_ids: str, fields: list[str] | None = None) -> requests.Response:
        """Get User."""
        identifiers = [{"identifier_type": "customer_id", "identifier": each} for each in customer_ids]
        data = {"identifiers": identifiers} | ({"user_fields_to_export": fields} if fields else {})
        return self.post(f"/v1/customers/export?app_id={USERNAME}", {"data": data})

    def control(self, method: str, name: str, body: Any = None) -> requests.Response:
        """A control call."""
        return self._session.request(method, f"{self.url}/_control/{name}", json=body, timeout=10)


def customer(customer_id: Any = "ada", **fields: Any) -> dict[str, Any]:
    """A customer record."""
    return {"type": "customer", "customer_id": customer_id} | fields


def event(*actions: Any, customer_id: str = "ada", **fields: Any) -> dict[str, Any]:
    """An event record."""
    return {"type": "event", "customer_id": customer_id, "actions": list(actions)} | fields


def fault_of(answer: requests.Response) -> str:
    """The type of MoEngage's error, whose envelope must be the documented one."""
    content = answer.json()
    assert content["status"] == "fail"
    assert content["error"].keys() >= {"type", "message", "request_id"}
    return str(content["error"]["type"])
