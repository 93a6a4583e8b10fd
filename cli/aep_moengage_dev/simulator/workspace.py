"""The workspace: users, their events, and the campaigns that these trigger, changed one request at a time."""

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from typing import Any

from aep_moengage_dev.simulator import violations
from aep_moengage_dev.simulator.contract import ADD, CREATE_ONLY_NAMES, REMOVE, RefusalError
from aep_moengage_dev.simulator.exchange import Exchange
from aep_moengage_dev.simulator.undocumented import Undocumented

type Record = tuple[str, dict[str, Any]]  # its type, and itself

# An action with this member counts for event-triggered campaigns; MoEngage's help shows the text, and no boolean.
_TRIGGERS_CAMPAIGNS = ("real_time_action", "true")


@dataclass(slots=True)
class User:
    """Attributes as sent, how many updates were applied, and the number of the last one's request."""

    attributes: dict[str, Any] = field(default_factory=dict)
    applied: int = 0
    last_request: int | None = None


class SimulatedWorkspace:
    """Users, events and campaigns by customer_id, merged users (old id -> retained id), violations.

    A violation: {"rule", "customer_id", "attribute", "request"}. A campaign: {"event", "request"}, for each action
    that triggers one. Requests take effect one after the other.

    `add_creates_attribute`: whether adding to an array that a user does not have creates it, which MoEngage does not
    document; otherwise such a change is dropped. `undocumented` are other such answers.
    """

    def __init__(self) -> None:
        self.add_creates_attribute = True
        self.undocumented = Undocumented()
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        with self._lock:
            self.users: dict[str, User] = {}
            self.events: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
            self.campaigns: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
            self.merged: dict[str, str] = {}
            self.violations: list[dict[str, Any]] = []
            self._custom_names: set[str] = set()
            self._applied = 0
            self._shown: dict[str, User] = {}  # by Get User, while it is behind
            self._behind = 0

    def apply(self, exchange: Exchange, records: Sequence[Record]) -> None:
        """Let the records of a request take effect, in their order."""
        found = [(record, violations.of_record(kind, record)) for kind, record in records]
        with self._lock:
            self._fall_behind()
            self._mark(exchange)
            for record, broken in found:
                for rule, attribute in broken:
                    self._violation(exchange, rule, record.get("customer_id"), attribute)
            for kind, record in records:
                if kind in _CHANGES:
                    _CHANGES[kind](self, exchange, record)

    def merge(self, exchange: Exchange, merges: Sequence[tuple[str, str]]) -> None:
        """Retire users into others, whose own values win. Raises RefusalError for an unknown user."""
        with self._lock:
            retired: set[str] = set()
            for old, retained in merges:
                if old == retained or any(name not in self.users or name in retired for name in (old, retained)):
                    raise RefusalError(400, "Not Found", "merged_user or retained_user is not found", "merge_data")
                retired.add(old)
            self._mark(exchange)
            for old, retained in merges:
                self._retire(old, retained)

    def export(self, customer_ids: Sequence[str], fields: Sequence[str] | None) -> tuple[list[Any], list[str]]:
        """The asked attributes of the users that exist, and the ids of those that do not."""
        with self._lock:
            users = self._shown if self._behind else self.users
            self._behind = max(0, self._behind - 1)
            known = {name: users[name].attributes for name in customer_ids if name in users}
            missing = [name for name in customer_ids if name not in known]
            full = [{"customer_id": name, **attributes} for name, attributes in known.items()]
        return [{k: v for k, v in each.items() if fields is None or k in fields} for each in full], missing

    def delete(self, exchange: Exchange, customer_id: str) -> None:
        """Forgets a user, with its events. Raises RefusalError for an unknown user."""
        with self._lock:
            if customer_id not in self.users:
                raise RefusalError(400, "Not Found", "user is not found", "identity_value")
            self._mark(exchange)
            for forgotten in (self.users, self.events, self.campaigns):
                forgotten.pop(customer_id, None)

    def snapshot(self) -> dict[str, Any]:
        """Users, events, campaigns, merges and violations as JSON can hold them."""
        with self._lock:
            return {
                "users": {name: asdict(user) for name, user in self.users.items()},
                "events": {name: list(events) for name, events in self.events.items()},
                "campaigns": {name: list(campaigns) for name, campaigns in self.campaigns.items()},
                "merged": dict(self.merged),
                "violations": list(self.violations),
            }

    def counts(self) -> dict[str, int]:
        """The numbers of users, events, campaigns, merges, violations and applied requests."""
        with self._lock:
            return {
                "users": len(self.users),
                "events": sum(map(len, self.events.values())),
                "campaigns": sum(map(len, self.campaigns.values())),
                "merged": len(self.merged),
                "violations": len(self.violations),
                "applied": self._applied,
            }

    def _fall_behind(self) -> None:
        if self.undocumented.shown_after and not self._behind:
            self._shown = deepcopy(self.users)
        self._behind = self.undocumented.shown_after

    def _mark(self, exchange: Exchange) -> None:
        self._applied += 1
        exchange.applied, exchange.order = True, self._applied

    def _violation(self, exchange: Exchange, rule: str, customer_id: Any, attribute: str) -> None:
        broken = {
            "rule": rule,
            "customer_id": customer_id,
            "attribute": attribute,
            "request": exchange.number,
        }
        self.violations.append(broken)

    def _change_customer(self, exchange: Exchange, record: dict[str, Any]) -> None:
        customer_id = record["customer_id"]
        if record.get("update_existing_only") and customer_id not in self.users:
            return
        exists = customer_id in self.users
        user = self.users.setdefault(customer_id, User())
        attributes = dict(record.get("attributes") or {})
        deltas = {operation: dict(attributes.pop(operation, {})) for operation in (ADD, REMOVE)}
        for name in self._blocked(exchange, customer_id, attributes.keys() | deltas[ADD].keys()):
            attributes.pop(name, None)
            deltas[ADD].pop(name, None)
        for name, value in attributes.items():
            if exists and name in CREATE_ONLY_NAMES:
                if user.attributes.get(name) != value:
                    self._violation(exchange, "create_only", customer_id, name)
            else:
                self.undocumented.merged(user.attributes, name, value, violations.ARRAY_ELEMENTS)
        self._change_arrays(exchange, customer_id, deltas)
        for unset in (record.get("unset_attributes") or []) if self.undocumented.unset == "apply" else []:
            _unset(user.attributes, unset)
        user.applied += 1
        user.last_request = exchange.number

    def _change_arrays(self, exchange: Exchange, customer_id: str, deltas: dict[str, dict[str, Any]]) -> None:
        attributes = self.users[customer_id].attributes
        for operation, delta in deltas.items():
            for name, values in delta.items():
                present = attributes.get(name, [] if operation == REMOVE or self.add_creates_attribute else None)
                if not isinstance(present, list):
                    self._violation(exchange, "array_change_of_no_array", customer_id, name)
                elif operation == ADD:
                    attributes[name] = present + [each for each in values if each not in present]
                    if len(attributes[name]) > violations.ARRAY_ELEMENTS:
                        self._violation(exchange, "array_too_long", customer_id, name)
                elif name in attributes:
                    attributes[name] = [each for each in present if each not in values]

    def _blocked(self, exchange: Exchange, customer_id: str, names: set[str]) -> list[str]:
        """Registers the names that are new to the workspace; those for which it has no room are blocked."""
        new = sorted(names - self._custom_names - violations.STANDARD_NAMES)
        room = violations.CUSTOM_ATTRIBUTES - len(self._custom_names)
        self._custom_names.update(new[:room])
        for name in new[room:]:
            self._violation(exchange, "too_many_attributes", customer_id, name)
        return new[room:]

    def _change_events(self, exchange: Exchange, record: dict[str, Any]) -> None:
        customer_id = record["customer_id"]
        existing_only = record.get("update_existing_only") and self.undocumented.existing_only_events != "ignore"
        if existing_only and customer_id not in self.users:
            return
        self.users.setdefault(customer_id, User())
        for action in record["actions"]:
            if not violations.is_future(action):
                self._take_event(exchange, customer_id, action)

    def _take_event(self, exchange: Exchange, customer_id: str, action: dict[str, Any]) -> None:
        self.events[customer_id].append({**action, "request": exchange.number})
        if _TRIGGERS_CAMPAIGNS in action.items():
            self.campaigns[customer_id].append({"event": action["action"], "request": exchange.number})

    def _retire(self, old: str, retained: str) -> None:
        merged, kept = self.users.pop(old), self.users[retained]
        kept.attributes = merged.attributes | kept.attributes
        for happened in (self.events, self.campaigns):
            if old in happened:
                happened[retained] += happened.pop(old)
        self.merged[old] = retained


_CHANGES: dict[str, Callable[[SimulatedWorkspace, Exchange, dict[str, Any]], None]] = {
    "customer": SimulatedWorkspace._change_customer,
    "event": SimulatedWorkspace._change_events,
}

_MATCHES: dict[str, Callable[[str, str], bool]] = {
    "equals": str.__eq__,
    "prefix": str.startswith,
    "suffix": str.endswith,
    "contains": str.__contains__,
}


def _unset(attributes: dict[str, Any], unset: dict[str, Any]) -> None:
    fold: Callable[[str], str] = str if unset.get("case_sensitive", True) else str.casefold
    matches = _MATCHES[unset["type"]]
    for name in [name for name in attributes if matches(fold(name), fold(unset["attr"]))]:
        del attributes[name]
