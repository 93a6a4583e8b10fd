"""What MoEngage limits of a record as a whole: names, ids, sizes."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from tests.moengage_facts import BLOCKED_NAMES, FORBIDDEN_CUSTOMER_IDS, RESERVED_NAMES
from tests.unit.given import decide, profile

from aep_moengage.mapping.mapping import Action
from aep_moengage.moengage.records import (
    attribute_name_fault,
    customer_id_fault,
    encode,
    name_fault,
    stamp,
)
from aep_moengage.outcomes import RejectReason, WarningCode


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        *((name, WarningCode.NAME_BLOCKED) for name in BLOCKED_NAMES),
        *((name, WarningCode.NAME_RESERVED) for name in RESERVED_NAMES),
        *((name, WarningCode.NAME_READ_ONLY) for name in ("t_rev", "t_trans", "u_s_c", "installed", "geo")),
        ("uninstall_time", WarningCode.NAME_READ_ONLY),
        ("locale_language_display", WarningCode.NAME_READ_ONLY),
        ("locale_country_display", WarningCode.NAME_READ_ONLY),
        ("moe_ip_city", WarningCode.NAME_PREFIX),
        ("addValueToArrayField", WarningCode.NAME_RESERVED),
        ("removeValueFromArrayField", WarningCode.NAME_RESERVED),
        ("moe_mine", WarningCode.NAME_PREFIX),
        ("MOE_mine", WarningCode.NAME_PREFIX),
        ("a.b", WarningCode.NAME_ALTERED),
        ("n" * 201, WarningCode.NAME_TOO_LONG),
        ("n" * 200, None),
        ("moe_email_optin_status", None),
        ("moe_gaid", None),
        ("moe_mweb", None),
        ("city", None),
        ("Geo", None),
        ("u_em", None),
        ("email", None),
        ("Last Name", None),
        ("Status", None),
        ("moe", None),
    ],
)
def test_names_that_moengage_would_not_take_as_they_are(name: str, fault: WarningCode | None) -> None:
    assert name_fault(name) == fault
    said = attribute_name_fault(name)
    assert (said is None) if fault is None else (bool(said) and "left out" not in str(said))


@pytest.mark.parametrize("customer_id", FORBIDDEN_CUSTOMER_IDS)
def test_forbidden_customer_ids_are_never_sent(customer_id: str) -> None:
    decision = decide(profile(identityMap={"crmid": [{"id": customer_id}]}))
    assert (decision.action, decision.customer_id) == (Action.SKIP, None)


@pytest.mark.parametrize("customer_id", ["a\x00b", "a\nb", "a\x7fb", "a\x85b", "a\ud800b", "n" * 1025])
def test_customer_ids_that_would_not_arrive(customer_id: str) -> None:
    assert customer_id_fault(customer_id) is RejectReason.INVALID_CUSTOMER_ID


@pytest.mark.parametrize("customer_id", ["10", "ab", "user-0", "null1", "a b", "ä\u00a0ö", "\U0001faea!", "n" * 1024])
def test_customer_ids_that_are_fine(customer_id: str) -> None:
    assert customer_id_fault(customer_id) is None


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ({"a": [1, 2.5, True, "x"]}, b'{"a":[1,2.5,true,"x"]}'),
        ({"a": "é€😀"}, '{"a":"é€😀"}'.encode()),
        ({"a": "\ud83d\ude00"}, '{"a":"😀"}'.encode()),
        ({"a": "x\ud800y"}, '{"a":"x\ufffdy"}'.encode()),
        ({"a\udfff": 1}, '{"a\ufffd":1}'.encode()),
    ],
)
def test_records_are_sent_as_compact_utf8_whatever_is_in_them(value: Any, sent: bytes) -> None:
    assert encode(value) == sent


@pytest.mark.parametrize(
    ("moment", "sent"),
    [
        (datetime(2024, 3, 2, 11, 22, 33, 999999, tzinfo=UTC), "2024-03-02T11:22:33Z"),
        (datetime(2024, 3, 2, 1, 0, tzinfo=timezone(timedelta(hours=5, minutes=30))), "2024-03-01T19:30:00Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00Z"),
    ],
)
def test_a_time_is_sent_in_utc_to_the_second(moment: datetime, sent: str) -> None:
    assert stamp(moment) == sent
