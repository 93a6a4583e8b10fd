"""The Data APIs themselves: from an exchange to its answer."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from aep_moengage_dev.simulator import contract
from aep_moengage_dev.simulator.access import Access
from aep_moengage_dev.simulator.contract import RefusalError
from aep_moengage_dev.simulator.exchange import Exchange, SimulatedAnswer
from aep_moengage_dev.simulator.quota import Quota
from aep_moengage_dev.simulator.workspace import Record, SimulatedWorkspace

# What MoEngage does with a bulk that holds a bad element is not documented; each of these is possible.
#   batch    400, nothing takes effect
#   element  400, but the good elements take effect
#   silent   200, the good elements take effect
type BulkRejects = Literal["batch", "element", "silent"]


@dataclass(slots=True)
class DataApi:
    """MoEngage as its clients see it."""

    access: Access
    workspace: SimulatedWorkspace = field(default_factory=SimulatedWorkspace)
    quota: Quota = field(default_factory=Quota)
    bulk_rejects: BulkRejects = "batch"
    refused: frozenset[str] = frozenset()  # customer_ids whose customer records get a 400
    refuse_merges: bool = False  # every merge gets a 400, as in a workspace with Identity Resolution

    def answer(self, exchange: Exchange) -> SimulatedAnswer:
        """Let a request take effect; its answer."""
        try:
            answer = self._handle(exchange)
        except RefusalError as refusal:
            answer = refusal.answer()
        if exchange.api is None or exchange.api == "authentication":
            return answer
        return replace(answer, headers=answer.headers | self.quota.headers(exchange.api))

    def _handle(self, exchange: Exchange) -> SimulatedAnswer:
        if exchange.api is None:
            raise RefusalError(404, "Not Found", "The requested URL was not found on the server.")
        if exchange.method != "POST":
            raise RefusalError(405, "Method Not Allowed", "The method is not allowed for the requested URL.")
        if exchange.api == "authentication":
            contract.check_transport(exchange)
            self.access.check_connection(exchange)
            return SimulatedAnswer(200, {"status": "success", "app_name": self.access.name})
        self.access.check(exchange)
        contract.check_transport(exchange)
        return _APIS[exchange.api](self, exchange)

    def _record(self, exchange: Exchange) -> SimulatedAnswer:
        kind = self._check(exchange.body, frozenset({str(exchange.api)}))
        self.quota.spend(str(exchange.api), 1)
        self.workspace.apply(exchange, [(kind, exchange.body)])
        return contract.accepted()

    def _bulk(self, exchange: Exchange) -> SimulatedAnswer:
        good, refusal = self._sift(contract.check_elements(exchange.body))
        if refusal and self.bulk_rejects == "batch":
            raise refusal
        self.quota.spend("transition", len(good))
        self.workspace.apply(exchange, good)
        if refusal and self.bulk_rejects == "element":
            raise refusal
        return contract.accepted()

    def _sift(self, elements: list[Any]) -> tuple[list[Record], RefusalError | None]:
        """The good elements of a bulk, and the refusal of its first bad one."""
        known = frozenset(contract.RECORDS)
        good: list[Record] = []
        first: RefusalError | None = None
        for element in elements:
            try:
                good.append((self._check(element, known), element))
            except RefusalError as refusal:
                first = first or refusal
        return good, first

    def _check(self, record: Any, expected: frozenset[str]) -> str:
        kind = contract.check_record(record, expected)
        self._refuse_undocumented(kind, record)
        if kind == "customer" and record["customer_id"] in self.refused:
            raise RefusalError(400, "TypeError", "expected string", "attributes")
        return kind

    def _refuse_undocumented(self, kind: str, record: dict[str, Any]) -> None:
        chosen = self.workspace.undocumented
        if kind == "customer" and "unset_attributes" in record and chosen.unset == "refuse":
            raise RefusalError(400, "InvalidRequest", "unset_attributes is not enabled", "unset_attributes")
        if kind != "event":
            return
        if chosen.real_time_action == "refuse" and any("real_time_action" in each for each in record["actions"]):
            raise RefusalError(400, "InvalidParams", "real_time_action is unknown", "real_time_action")
        if chosen.existing_only_events == "refuse" and "update_existing_only" in record:
            raise RefusalError(400, "InvalidParams", "update_existing_only is unknown", "update_existing_only")

    def _merge(self, exchange: Exchange) -> SimulatedAnswer:
        merges = contract.check_merges(exchange.body)
        if self.refuse_merges:
            raise RefusalError(400, "InvalidRequest", "Merge is not supported with Identity Resolution", "merge_data")
        self.quota.spend("merge", len(merges))
        self.workspace.merge(exchange, merges)
        return contract.accepted()

    def _export(self, exchange: Exchange) -> SimulatedAnswer:
        if not self.workspace.undocumented.get_user:
            raise RefusalError(403, "BlockedClient", "Get User is not enabled for this workspace")
        identifiers = contract.check_export(exchange.body)
        self.quota.spend("export", len(identifiers))
        named = [identifier for kind, identifier in identifiers if kind == "customer_id"]
        other = [pair for pair in identifiers if pair[0] != "customer_id"]
        users, missing = self.workspace.export(named, exchange.body["data"].get("user_fields_to_export"))
        unknown = [{"identifier_type": "customer_id", "identifier": each} for each in missing]
        unknown += [{"identifier_type": kind, "identifier": each} for kind, each in other]
        data: dict[str, Any] = {
            "users": [{"user_attributes": user} for user in users],
            "users_not_found": unknown,
        }
        return SimulatedAnswer(200, {"status": "success", "type": "export_users", "data": data})

    def _delete(self, exchange: Exchange) -> SimulatedAnswer:
        customer_id = contract.check_delete(exchange.body)
        self.quota.spend("delete", 1)
        self.workspace.delete(exchange, customer_id)
        return contract.accepted()


_APIS = {
    "customer": DataApi._record,
    "event": DataApi._record,
    "transition": DataApi._bulk,
    "merge": DataApi._merge,
    "export": DataApi._export,
    "delete": DataApi._delete,
}
