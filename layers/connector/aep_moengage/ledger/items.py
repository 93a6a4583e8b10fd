"""Rows as DynamoDB items, column by column."""

from collections.abc import Mapping, Sequence
from typing import Any

from aep_moengage.ledger.memberships import group_of
from aep_moengage.ledger.packing import pack, unpack
from aep_moengage.ledger.row import Destined, LedgerRow

GROUP_COLUMN = "audience_group"  # the key of the index over the users whom MoEngage may list; absent for all others
_FLAGS = ("in_moengage", "merged", "merging", "merge_refused")


def item_of(row: LedgerRow) -> dict[str, Any]:
    """Returns a row as an item."""
    order = sorted(row.destinations)
    item: dict[str, Any] = {
        "user": {"S": row.user},
        "version": {"N": str(row.version)},
        "destinations": {"L": [_destined_item(name, row.destinations[name]) for name in order]},
        "memberships": {"B": pack(row.memberships, order)},
        "lease": {"N": f"{row.lease:.3f}"},
        "flags": {"L": [{"S": name} for name in _FLAGS if getattr(row, name)]},
        "sealed": {"B": row.sealed} if row.sealed else {"NULL": True},
        "expires": {"N": str(row.expires)},
    }
    groups = sum(1 << group for group in {group_of(key) for key, each in row.memberships.items() if each.listed})
    return item | {GROUP_COLUMN: {"S": f"{groups:02x}"}} if groups else item


def row_of(item: Mapping[str, Any], names: Mapping[bytes, str]) -> LedgerRow:
    """Returns the row that an item holds; raises `UnknownNames` where `names` lacks the texts of ids in it."""
    entries = [each["M"] for each in item["destinations"]["L"]]
    order = [entry["id"]["S"] for entry in entries]
    flags = {each["S"] for each in item["flags"]["L"]}
    return LedgerRow(
        user=item["user"]["S"],
        version=int(item["version"]["N"]),
        destinations={entry["id"]["S"]: _destined(entry) for entry in entries},
        memberships=unpack(bytes(item["memberships"]["B"]), order, names),
        lease=float(item["lease"]["N"]),
        sealed=bytes(item["sealed"].get("B", b"")),
        expires=int(item["expires"]["N"]),
        **{name: name in flags for name in _FLAGS},
    )


def groups_with(group: int, groups: int) -> Sequence[str]:
    """Returns the index's keys of all users who are listed in an audience of a group, among so many groups."""
    return [f"{mask:02x}" for mask in range(1, 1 << groups) if mask >> group & 1]


def _destined_item(name: str, each: Destined) -> dict[str, Any]:
    texts = {"id": name, "sequence": each.sequence, "delivered": each.delivered, "shown": each.shown}
    columns = {column: {"S": text} for column, text in (texts | {"attribute": each.attribute}).items() if text}
    former = {"former": {"L": [{"S": attribute} for attribute in sorted(each.former)]}} if each.former else {}
    return {"M": columns | former | ({"withdrawn": {"BOOL": True}} if each.withdrawn else {})}


def _destined(entry: Mapping[str, Any]) -> Destined:
    texts = {name: entry[name]["S"] for name in ("sequence", "delivered", "shown", "attribute") if name in entry}
    former = frozenset(each["S"] for each in entry["former"]["L"]) if "former" in entry else frozenset()
    return Destined(**texts, withdrawn="withdrawn" in entry, former=former)
