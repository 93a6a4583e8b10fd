"""What a destination's rules make of an event."""

import json
from typing import Any

import pytest
from tests.unit.given import RECEIVED_MS, destination, payload

from aep_moengage.aep.texts import sha256
from aep_moengage.mapping.events import MOST_ITEMS, CompiledEvents, EventDecision
from aep_moengage.mapping.mapping import Action
from aep_moengage.outcomes import RejectReason, SkipReason

PURCHASE = {
    "_id": "e1",
    "eventType": "commerce.purchases",
    "timestamp": "2025-12-31T10:00:00Z",
    "identityMap": {"crmid": [{"id": "ada"}]},
    **payload("experience_event_commerce"),
}
RECEIPT = "2026-01-01T00:00:00Z"


def decide(event: Any, rules: Any = "all", **changes: Any) -> EventDecision:
    return CompiledEvents(destination(events=rules, **changes)).transform(event, RECEIVED_MS)


def actions(event: Any, rules: Any = "all", **changes: Any) -> list[dict[str, Any]]:
    return [action for each in decide(event, rules, **changes).occurrences for action in each.actions]


def action(event: Any, rules: Any = "all", **changes: Any) -> dict[str, Any]:
    (only,) = actions(event, rules, **changes)
    return only


def codes(decision: EventDecision) -> list[str]:
    return [warning.code for warning in decision.warnings]


def test_a_purchase_arrives_with_order_value_currency_and_products_without_any_mapping() -> None:
    assert action(PURCHASE) == {
        "action": "commerce_purchases",
        "attributes": {
            "order_id": "a8g784hjq1mnp3",
            "order_number": "123456",
            "value": 159.0,
            "currency": "USD",
            "product_ids": ["1002352692"],
            "product_names": ["24-Watt 8-Light Chrome Integrated LED Bath Light"],
            "product_count": 1,
        },
        "current_time": "2025-12-31T10:00:00Z",
        "real_time_action": "true",
    }


@pytest.mark.parametrize("shape", [{"xdm": PURCHASE}, {"event": {"xdm": PURCHASE}}, {"body": {"xdmEntity": PURCHASE}}])
def test_every_shape_is_the_same_event(shape: dict[str, Any]) -> None:
    assert decide(shape).occurrences == decide(PURCHASE).occurrences


def test_a_page_view_and_an_app_launch_have_default_attributes() -> None:
    web = {"web": {"webPageDetails": {"name": "Home", "URL": "https://x/"}, "webReferrer": {"URL": "https://y/"}}}
    viewed = PURCHASE | {"eventType": "web.webpagedetails.pageViews", "commerce": None, "productListItems": []} | web
    launched = {
        "eventType": "application.launch",
        "identityMap": PURCHASE["identityMap"],
        "application": {"name": "Shop", "version": "7.1"},
        "environment": {"type": "application", "operatingSystem": "Android"},
    }

    assert action(viewed)["attributes"] == {
        "page_name": "Home",
        "page_url": "https://x/",
        "referrer_url": "https://y/",
    }
    assert action(launched) == {
        "action": "application_launch",
        "attributes": {"app_name": "Shop"},
        "platform": "ANDROID",
        "app_version": "7.1",
        "current_time": RECEIPT,
        "real_time_action": "true",
    }


def test_what_no_rule_selects_is_skipped() -> None:
    rules = [
        "web.webpagedetails.pageViews",
        {"only": "commerce.order.priceTotal > `500`"},
    ]

    assert decide(PURCHASE, rules)[:2] == (Action.SKIP, SkipReason.EVENT_NOT_MAPPED)
    assert decide(PURCHASE, [])[:2] == (Action.SKIP, SkipReason.EVENT_NOT_MAPPED)
    assert decide({"identityMap": PURCHASE["identityMap"]})[:2] == (Action.SKIP, SkipReason.EVENT_NOT_MAPPED)


def test_each_rule_that_matches_makes_an_event_of_its_own() -> None:
    each = {"type": "commerce.purchases", "action": "Item bought", "for_each": "productListItems"}

    assert [found["action"] for found in actions(PURCHASE, ["commerce.purchases", each])] == [
        "commerce_purchases",
        "Item bought",
    ]
    assert len(decide(PURCHASE, ["commerce.purchases", each]).occurrences) == 1


def test_one_event_per_item_with_the_values_of_the_order() -> None:
    event = PURCHASE | {"productListItems": [{"SKU": "a", "quantity": 2}, {"SKU": "b", "priceTotal": 9.5}]}
    rule = {"type": "commerce.purchases", "action": "Item", "for_each": "productListItems"}
    mapped = rule | {"attributes": {"sku": "item.SKU", "order": "commerce.order.purchaseID"}}
    order = {"order_id": "a8g784hjq1mnp3", "order_number": "123456", "value": 159.0, "currency": "USD"}

    assert [found["attributes"] for found in actions(event, [rule])] == [
        order | {"product_id": "a", "quantity": 2},
        order | {"product_id": "b", "price": 9.5},
    ]
    assert [found["attributes"] for found in actions(event, [mapped])] == [
        {"sku": "a", "order": "a8g784hjq1mnp3"},
        {"sku": "b", "order": "a8g784hjq1mnp3"},
    ]


@pytest.mark.parametrize("items", [None, [], "text", {"a": 1}])
def test_an_event_without_items_is_skipped_where_there_is_one_for_each(items: Any) -> None:
    rule = {"type": "commerce.purchases", "for_each": "productListItems"}

    assert decide(PURCHASE | {"productListItems": items}, [rule]).reason is SkipReason.EVENT_NOT_MAPPED


def test_items_beyond_the_limit_are_left_out_with_a_warning() -> None:
    event = PURCHASE | {"productListItems": [{"SKU": str(number)} for number in range(MOST_ITEMS + 5)]}
    rule = {"type": "commerce.purchases", "for_each": "productListItems"}

    assert len(actions(event, [rule])) == MOST_ITEMS
    assert codes(decide(event, [rule])) == ["event_items_truncated"]


def test_attributes_have_the_options_of_profiles() -> None:
    attributes = {
        "mail": {"source": "m", "transform": ["trim", "lowercase", "sha256"]},
        "points": {"source": "p", "type": "integer"},
        "when": {"source": "w", "type": "datetime", "unit": "epoch_s"},
        "tier": {"source": "absent", "default": "none"},
        "blank": {"source": "b", "keep_blank": True},
        "gone": "b",
        "device": {"identity": "ECID"},
        "name": "n",
        "created": "flag",
    }
    event = PURCHASE | {"m": " Ada@X.com", "p": "7", "w": 1_700_000_000, "b": " ", "n": 5, "flag": True}
    event |= {"identityMap": {"crmid": [{"id": "ada"}], "ECID": [{"id": "device-1"}]}}

    found = action(event, [{"type": "commerce.purchases", "attributes": attributes}])["attributes"]

    assert found == {
        "mail": sha256("ada@x.com"),
        "points": 7,
        "when": "2023-11-14T22:13:20Z",
        "tier": "none",
        "blank": " ",
        "device": "device-1",
        "name": 5,
        "created": True,
    }


def test_all_attributes_of_an_event_under_their_own_names() -> None:
    event = {
        "eventType": "x",
        "_id": "e1",
        "timestamp": "2025-12-31T10:00:00Z",
        "identityMap": PURCHASE["identityMap"],
        "a": {"b.c": 1},
        "moe_x": 1,
        "list": [{"a": 1}],
    }

    decision = decide(event, [{"attributes": "all"}])

    assert decision.occurrences[0].actions[0]["attributes"] == {"a_b_c": 1}
    assert sorted(codes(decision)) == ["name_prefix", "object_undeclared"]


def test_at_most_100_attributes_are_sent() -> None:
    event = PURCHASE | {f"f{number}": number for number in range(150)}

    decision = decide(event, [{"attributes": "all"}])

    assert len(decision.occurrences[0].actions[0]["attributes"]) == 100
    assert "event_attributes_truncated" in codes(decision)


@pytest.mark.parametrize(
    ("event_type", "name"),
    [
        ("commerce.purchases", "commerce_purchases"),
        ("moe_x", "aep_moe_x"),
        ("id", "aep_id"),
        ("a\nb", "a b"),
        ("x" * 300, "x" * 196),
        (" ", None),
        (7, None),
    ],
)
def test_the_name_is_the_type_made_legal(event_type: Any, name: str | None) -> None:
    found = actions(PURCHASE | {"eventType": event_type})

    assert [each["action"] for each in found] == ([] if name is None else [name])


def test_a_name_that_the_event_itself_has() -> None:
    body = {"event": {"name": "Order.placed", "id": 7}, "profile": {"crm": "ada"}}
    rule = {
        "action": {"source": "event.name"},
        "identities": {"user_id": {"attribute": "profile.crm"}},
        "once_by": "event.id",
        "attributes": {"order": "event.id"},
    }

    (occurrence,) = decide(body, [rule]).occurrences

    assert occurrence.customer_id == "ada"
    assert occurrence.identity == "once_by:7"
    assert occurrence.actions[0]["action"] == "Order_placed"
    assert occurrence.actions[0]["attributes"] == {"order": 7}


@pytest.mark.parametrize(
    ("given", "sent", "warned"),
    [
        ("2025-12-31T10:00:00+02:00", "2025-12-31T08:00:00Z", []),
        (1_767_000_000_000, "2025-12-29T09:20:00Z", []),
        (None, RECEIPT, []),
        ("2026-01-01T00:00:01Z", RECEIPT, ["event_time_future"]),
        ("tomorrow", RECEIPT, ["event_time_unusable"]),
        ([1], RECEIPT, ["event_time_unusable"]),
    ],
)
def test_the_time_is_utc_and_never_in_the_future(given: Any, sent: str, warned: list[str]) -> None:
    decision = decide(PURCHASE | {"timestamp": given})

    assert decision.occurrences[0].actions[0]["current_time"] == sent
    assert codes(decision) == warned


@pytest.mark.parametrize(
    ("fields", "offset"),
    [
        ({"placeContext": {"localTime": "2025-12-31T10:00:00-07:00"}}, -25_200),
        ({"placeContext": {"ianaTimezone": "Asia/Kolkata"}}, 19_800),
        ({"timeZone": "Europe/Berlin"}, 3_600),
        ({"placeContext": {"localTime": "2025-12-31T10:00:00Z"}}, None),
        ({"placeContext": {"localTime": "2025-12-31T10:00:00+23:00"}}, None),
        ({"placeContext": {"ianaTimezone": "../etc/passwd"}}, None),
        ({"timeZone": 7}, None),
        ({}, None),
    ],
)
def test_the_users_offset_from_utc_where_the_event_says_it(fields: dict[str, Any], offset: int | None) -> None:
    assert action(PURCHASE | fields).get("user_timezone_offset") == offset


@pytest.mark.parametrize(
    ("environment", "platform"),
    [
        ({"type": "browser", "operatingSystem": "iOS"}, "web"),
        ({"type": "application", "operatingSystem": "iOS"}, "iOS"),
        ({"operatingSystem": "android"}, "ANDROID"),
        ({"operatingSystem": "BeOS"}, None),
        ("text", None),
    ],
)
def test_the_platform(environment: Any, platform: str | None) -> None:
    assert action(PURCHASE | {"environment": environment}).get("platform") == platform


def test_the_user_is_that_of_profiles() -> None:
    def of(identity_map: Any, **changes: Any) -> tuple[Any, ...]:
        decision = decide(PURCHASE | {"identityMap": identity_map}, **changes)
        return decision.action, decision.reason, *(each.customer_id for each in decision.occurrences)

    ecid = {"ECID": [{"id": "device-1"}]}
    assert of({"CRMID": [{"id": " ada\n"}]} | ecid) == (Action.DELIVER, None, "ada")
    assert of(ecid) == (Action.DELIVER, None, "device-1")
    assert of(ecid, anonymous_profiles="skip") == (Action.SKIP, SkipReason.ANONYMOUS)
    assert of({"crmid": [{"id": "undefined"}]}) == (Action.SKIP, SkipReason.NO_IDENTITY)
    assert of({}) == (Action.SKIP, SkipReason.NO_IDENTITY)
    assert of({"crmid": [{"id": 1.5}]}) == (Action.REJECT, RejectReason.INVALID_CUSTOMER_ID)
    assert of({"crmid": [{"id": "x" * 2000}]}) == (Action.REJECT, RejectReason.INVALID_CUSTOMER_ID)


def test_consent_is_that_of_profiles_unless_the_rule_has_its_own() -> None:
    consent = ["consents.marketing.email"]
    agreed = PURCHASE | {"consents": {"marketing": {"email": {"val": "y"}}}}

    assert decide(PURCHASE, consent=consent).reason is SkipReason.CONSENT
    assert decide(agreed, consent=consent).action is Action.DELIVER
    assert decide(PURCHASE, [{"type": "commerce.purchases", "consent": []}], consent=consent).action is Action.DELIVER


def test_an_event_is_told_from_others_by_what_the_file_names_else_its_id_else_all_of_it() -> None:
    def identity(event: dict[str, Any], **rule: Any) -> str:
        return decide(event, [{"type": "commerce.purchases"} | rule]).occurrences[0].identity

    unnamed = {name: value for name, value in PURCHASE.items() if name != "_id"}
    assert identity(PURCHASE, once_by="commerce.order.purchaseID") == 'once_by:"a8g784hjq1mnp3"'
    assert identity(PURCHASE, once_by="absent") == identity(PURCHASE) == 'id:"e1"'
    assert identity(unnamed).startswith("digest:")
    assert identity(unnamed) == identity(dict(reversed(unnamed.items())))
    assert identity(unnamed) != identity(unnamed | {"other": 1})


def test_rules_may_be_about_different_users() -> None:
    buyer = {"type": "commerce.purchases", "action": "Bought"}
    seller = {
        "type": "commerce.purchases",
        "action": "Sold",
        "identities": {"user_id": {"attribute": "seller"}},
    }

    found = decide(PURCHASE | {"seller": "bob"}, [buyer, seller]).occurrences

    assert [(each.customer_id, [a["action"] for a in each.actions]) for each in found] == [
        ("ada", ["Bought"]),
        ("bob", ["Sold"]),
    ]


def test_campaigns_are_triggered_unless_the_file_says_otherwise() -> None:
    silent = [{"type": "commerce.purchases", "triggers_campaigns": False}]

    assert action(PURCHASE)["real_time_action"] == "true"
    assert "real_time_action" not in action(PURCHASE, triggers_campaigns=False)
    assert "real_time_action" not in action(PURCHASE, silent)


@pytest.mark.parametrize("raw", [None, 7, "text", [PURCHASE]])
def test_what_is_no_object_is_rejected(raw: Any) -> None:
    assert decide(raw)[:2] == (Action.REJECT, RejectReason.NOT_AN_EVENT)


def test_warnings_hold_no_values() -> None:
    event = PURCHASE | {"timestamp": "canary", "secret": {"canary": "canary"}}
    rule = {"type": "commerce.purchases", "attributes": {"a": "secret", "n": {"source": "timestamp", "type": "number"}}}

    assert "canary" not in json.dumps([[w.code, w.field, w.message] for w in decide(event, [rule]).warnings])
