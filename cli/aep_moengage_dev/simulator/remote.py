"""A simulator in another process, reached by its control calls (control.py): for the demo and the end-to-end tests."""

from typing import Any

import requests

from aep_moengage_dev.simulator.control import PREFIX

_SECONDS = 30.0


class RemoteSimulator:
    """What MoEngage holds, what it was asked, and its faults. Every method raises `requests.RequestException`."""

    def __init__(self, url: str) -> None:
        self.url = url

    def users(self) -> dict[str, dict[str, Any]]:
        """Returns users by customer_id, each with its `attributes`, and how many updates were `applied`."""
        return dict(self._call("GET", "users"))

    def attributes(self, customer_id: str) -> dict[str, Any] | None:
        """Returns a user's attributes; None if there is no such user."""
        user = self.users().get(customer_id)
        return user["attributes"] if user else None

    def events(self) -> dict[str, list[dict[str, Any]]]:
        """Returns events by customer_id."""
        return dict(self._call("GET", "events"))

    def campaigns(self) -> dict[str, list[dict[str, Any]]]:
        """Returns by customer_id the campaigns that events triggered, each with the `event`'s name."""
        return dict(self._call("GET", "campaigns"))

    def merged(self) -> dict[str, str]:
        """Returns the users that were merged into others: old customer_id -> retained one."""
        return dict(self._call("GET", "merged"))

    def violations(self) -> list[dict[str, Any]]:
        """Returns what MoEngage would have altered or dropped without an error."""
        return list(self._call("GET", "violations"))

    def requests(self, after: int = 0, *, bodies: bool = True) -> list[dict[str, Any]]:
        """Returns the requests with a higher number than `after`, in the order of their arrival."""
        return list(self._call("GET", f"requests?after={after}&bodies={str(bodies).lower()}"))

    def state(self) -> dict[str, Any]:
        """Returns counts, the requests that are held, and the faults that are on."""
        return dict(self._call("GET", "state"))

    def fault(self, kind: str, **options: Any) -> int:
        """Switches a fault on (faults.py says which there are); returns its id."""
        return int(self._call("POST", "faults", {"kind": kind, **options})[0]["id"])

    def heal(self, fault: int | None = None) -> None:
        """Switches off a fault, or all of them, and releases every request that hangs."""
        self._call("DELETE", "faults" if fault is None else f"faults/{fault}")
        self._call("POST", "release", {})

    def set(self, **settings: Any) -> None:
        """Changes settings; `control` names them."""
        self._call("POST", "settings", settings)

    def change_password(self, password: str) -> None:
        """Makes this the only password that is accepted."""
        self._call("POST", "credentials", {"password": password})

    def _call(self, method: str, call: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self.url}{PREFIX}{call}", json=body, timeout=_SECONDS)
        answer.raise_for_status()
        return answer.json()
