"""Attributes: limits, declared types, transforms, defaults, and `all`."""

import hashlib
from typing import Any

import pytest
from tests.unit.given import attributes_of, codes, decide, profile, sent

ABSENT = object()
URL = "https://example.com/" + "x" * 493
TRUNCATED = ["string_truncated"]
DEEP = {"c": {"z": [1, None], "d": "é"}}
FAMILY, FLAG = "\U0001f469\u200d\U0001f467", "\U0001f1e9\U0001f1ea"


def outcome(value: Any, **options: Any) -> tuple[Any, list[str]]:
    """What is sent of a value with these options, and the warnings."""
    attribute = {"source": "value"} | options
    decision = decide(profile(value=value), attributes={"Value": attribute})
    assert all(warning.field == "Value" for warning in decision.warnings)
    return attributes_of(decision).get("Value", ABSENT), codes(decision)


@pytest.mark.parametrize(
    ("value", "sent", "warned"),
    [
        ("text", "text", []),
        ("", ABSENT, []),
        (" \t\n", ABSENT, []),
        ("\u00a0\u3000", ABSENT, []),
        (" x ", " x ", []),
        ("x" * 512, "x" * 512, []),
        ("x" * 513, "x" * 512, ["string_truncated"]),
        (URL[:512], URL[:512], []),
        (URL, ABSENT, ["url_too_long"]),
        (URL.replace("https", "myapp"), ABSENT, ["url_too_long"]),
        (URL.replace("https:", "") + "x" * 6, ABSENT, ["url_too_long"]),
        ("WWW.example.com/" + "x" * 500, ABSENT, ["url_too_long"]),
        ("data:image/png;base64," + "A" * 500, ABSENT, ["url_too_long"]),
        ("Data: what follows, is prose " + "x" * 500, ("Data: what follows, is prose " + "x" * 500)[:512], TRUNCATED),
        ("x" * 511 + FAMILY, "x" * 511, TRUNCATED),
        ("x" * 511 + FLAG, "x" * 511, TRUNCATED),
        (7, 7, []),
        (7.5, 7.5, []),
        (True, True, []),
        (None, ABSENT, []),
        (2**63 - 1, 2**63 - 1, []),
        (2**63, ABSENT, ["number_out_of_range"]),
        (-(2**64), ABSENT, ["number_out_of_range"]),
        (float("nan"), ABSENT, ["number_out_of_range"]),
        (float("inf"), ABSENT, ["number_out_of_range"]),
        (["a", "b"], ["a", "b"], []),
        ([1, 2.5], [1, 2.5], []),
        ([], [], []),
        (["a", None], ["a"], []),
        ([None], ABSENT, []),
        (["a", "", " ", "b"], ["a", "b"], []),
        (["", " "], ABSENT, []),
        (["", 1, None], [1], []),
        (["", *["x"] * 50], ["x"] * 50, []),
        (["a", 1], ABSENT, ["array_mixed"]),
        ([True, False], ABSENT, ["array_mixed"]),
        ([1, True], ABSENT, ["array_mixed"]),
        ([["a"]], ABSENT, ["array_mixed"]),
        (["a", {"b": 1}], ABSENT, ["array_mixed"]),
        (["x"] * 50, ["x"] * 50, []),
        (["x"] * 51, ["x"] * 50, ["array_truncated"]),
        ([1] * 51, [1] * 50, ["array_truncated"]),
        (["x" * 513] * 2, ["x" * 512] * 2, ["string_truncated"]),
        (["a", URL], ["a"], ["url_too_long"]),
        ([1, 2**64], [1], ["number_out_of_range"]),
        ({"a": 1}, ABSENT, ["object_undeclared"]),
        ([{"a": 1}], ABSENT, ["object_undeclared"]),
        ("2022-01-11T21:24:39Z", "2022-01-11T21:24:39Z", []),
        ("2022-01-11T21:24:39+0000", "2022-01-11T21:24:39Z", []),
        ("2022-01-11T21:24:39.123+05:30", "2022-01-11T15:54:39Z", []),
        ("2022-01-11T21:24:39.591378Z", "2022-01-11T21:24:39Z", []),
        ("2022-01-11t21:24:39z", "2022-01-11T21:24:39Z", []),
        ("2022-01-11T24:00:00Z", "2022-01-12T00:00:00Z", []),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z", []),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59Z", []),
        ("2022-02-30T21:24:39.591378Z", "2022-02-30T21:24:39.591378Z", []),
        ("2022-01-11", "2022-01-11", []),
        ("YYYY-MM-DD", "YYYY-MM-DD", []),
        ("1234-67-9 To be or not to be", "1234-67-9 To be or not to be", []),
    ],
)
def test_a_value_of_no_declared_type(value: Any, sent: Any, warned: list[str]) -> None:
    assert outcome(value) == (sent, warned)


@pytest.mark.parametrize(
    ("kind", "value", "sent", "warned"),
    [
        ("string", "text", "text", []),
        ("string", 7, "7", []),
        ("string", 7.5, "7.5", []),
        ("string", 12.0, "12", []),
        ("string", -0.0, "0", []),
        ("string", 1e22, "1e+22", []),
        ("string", float("inf"), ABSENT, ["not_a_string"]),
        ("string", True, "true", []),
        ("string", "2022-01-11T21:24:39+0000", "2022-01-11T21:24:39+0000", []),
        ("string", "x" * 513, "x" * 512, ["string_truncated"]),
        ("string", ["a"], ABSENT, ["not_a_string"]),
        ("string", {"a": 1}, ABSENT, ["not_a_string"]),
        ("string", 10**200, ABSENT, ["not_a_string"]),
        ("number", 7, 7, []),
        ("number", "7", 7, []),
        ("number", " -7.5 ", -7.5, []),
        ("number", "1e3", 1000.0, []),
        ("number", "1e999", ABSENT, ["number_out_of_range"]),
        ("number", "9" * 5000, ABSENT, ["number_out_of_range"]),
        ("number", "nan", ABSENT, ["not_a_number"]),
        ("number", "Infinity", ABSENT, ["not_a_number"]),
        ("number", "1_000", ABSENT, ["not_a_number"]),
        ("number", "1,000", ABSENT, ["not_a_number"]),
        ("number", "", ABSENT, []),
        ("number", "\u0667", ABSENT, ["not_a_number"]),
        ("number", True, ABSENT, ["not_a_number"]),
        ("number", [7], ABSENT, ["not_a_number"]),
        ("integer", 7, 7, []),
        ("integer", 7.0, 7, []),
        ("integer", "7", 7, []),
        ("integer", "7.0", 7, []),
        ("integer", 7.5, ABSENT, ["not_an_integer"]),
        ("integer", "seven", ABSENT, ["not_an_integer"]),
        ("integer", float("inf"), ABSENT, ["not_an_integer"]),
        ("integer", 2**63, ABSENT, ["number_out_of_range"]),
        ("boolean", True, True, []),
        ("boolean", "Yes", True, []),
        ("boolean", "0", False, []),
        ("boolean", 1, True, []),
        ("boolean", 1.0, True, []),
        ("boolean", 0.0, False, []),
        ("boolean", 2, ABSENT, ["not_a_boolean"]),
        ("boolean", 0.5, ABSENT, ["not_a_boolean"]),
        ("boolean", "maybe", ABSENT, ["not_a_boolean"]),
        ("boolean", [], ABSENT, ["not_a_boolean"]),
        ("datetime", "2022-01-11T21:24:39Z", "2022-01-11T21:24:39Z", []),
        ("datetime", "2019-04-15T02:41:50.000+0000", "2019-04-15T02:41:50Z", []),
        ("datetime", "2019-04-15T08:11:50+05:30", "2019-04-15T02:41:50Z", []),
        ("datetime", 1648553325000, "2022-03-29T11:28:45Z", []),
        ("datetime", "1990-05-17", "1990-05-17", []),
        ("datetime", 19900517, "1990-05-17", []),
        ("datetime", "1990-05-17T00:00:00+02:00", "1990-05-16T22:00:00Z", []),
        ("datetime", "20240302112233", "2024-03-02T11:22:33Z", []),
        ("datetime", 0, ABSENT, ["invalid_datetime"]),
        ("datetime", "9999-12-31", ABSENT, ["invalid_datetime"]),
        ("date", "1990-05-17", "1990-05-17", []),
        ("date", "19900517", "1990-05-17", []),
        ("date", "1990-05-17T00:00:00.000+02:00", "1990-05-17", []),
        ("date", 1648553325000, "2022-03-29", []),
        ("date", "2023-02-29", ABSENT, ["invalid_datetime"]),
        ("date", 1990, ABSENT, ["invalid_datetime"]),
        ("datetime", "YYYY-MM-DD", ABSENT, ["invalid_datetime"]),
        ("datetime", "2023-02-29", ABSENT, ["invalid_datetime"]),
        ("datetime", True, ABSENT, ["invalid_datetime"]),
        ("datetime", {}, ABSENT, ["invalid_datetime"]),
        ("array", ["a"], ["a"], []),
        ("array", "a", ["a"], []),
        ("array", 7, [7], []),
        ("array", [{"a": 1}], [{"a": 1}], []),
        ("array", [None, {"a": 1}], [{"a": 1}], []),
        ("array", [None], ABSENT, []),
        ("array", ["a", 1], ABSENT, ["array_mixed"]),
        ("array", True, ABSENT, ["array_mixed"]),
        ("object", {"a": {"b": 1}}, {"a": {"b": 1}}, []),
        ("object", [{"a": 1}, {"b": 2}], [{"a": 1}, {"b": 2}], []),
        ("object", [{"a": 1}, None, {"b": 2}], [{"a": 1}, {"b": 2}], []),
        ("object", [None], ABSENT, []),
        ("object", [], [], []),
        ("object", "a", ABSENT, ["not_an_object"]),
        ("object", ["a"], ABSENT, ["not_an_object"]),
    ],
)
def test_a_value_of_a_declared_type(kind: str, value: Any, sent: Any, warned: list[str]) -> None:
    found = outcome(value, type=kind)
    assert found == (sent, warned)
    assert type(found[0]) is type(sent)


@pytest.mark.parametrize(
    ("value", "sent", "warned"),
    [
        ({"a": None, "b": 1}, {"b": 1}, []),
        ({"a": "", "b": {"c": " ", "d": 1}}, {"b": {"d": 1}}, []),
        ({"a.b": None, "b": 1}, {"b": 1}, []),
        ({"a": ["x", "y"], "b": [{"c": 1}]}, {"a": ["x", "y"], "b": [{"c": 1}]}, []),
        ({"a": "x" * 513}, {"a": "x" * 512}, ["string_truncated"]),
        ({"a": float("inf"), "b": 1}, {"b": 1}, ["number_out_of_range"]),
        ({"a": {"b": DEEP, "e": 1}}, {"a": {"b": '{"c":{"d":"é","z":[1,null]}}', "e": 1}}, ["object_too_deep"]),
        ({"a": {"b": [{"c": 1}]}}, {"a": {"b": '[{"c":1}]'}}, ["object_too_deep"]),
        ({"a": {"b": [None, {"c": 1}]}}, {"a": {"b": '[null,{"c":1}]'}}, ["object_too_deep"]),
        ({"a": {"b": {"c": "x" * 513}, "d": 1}}, {"a": {"d": 1}}, ["object_too_deep"]),
        ({"a": {"b": {"c": float("nan")}, "d": 1}}, {"a": {"d": 1}}, ["object_too_deep"]),
        ({"a": [{}] * 101}, {"a": [{}] * 100}, ["array_truncated"]),
        ({"a.b": 1}, ABSENT, ["object_key"]),
        ({"a": {"$b": 1}}, ABSENT, ["object_key"]),
        ({"": 1}, ABSENT, ["object_key"]),
        ({"k" * 201: 1}, ABSENT, ["object_key"]),
        ({f"k{n}": n for n in range(100)}, {f"k{n}": n for n in range(100)}, []),
        ({f"k{n}": n for n in range(101)}, ABSENT, ["object_too_large"]),
        ({"a": {f"k{n}": n for n in range(100)}}, ABSENT, ["object_too_large"]),
        ({f"k{n}": ["x" * 500] for n in range(60)}, ABSENT, ["object_too_large"]),
        ([{"a": 1}] * 101, [{"a": 1}] * 100, ["array_truncated"]),
        ([{"a": "x" * 500}] * 60, ABSENT, ["object_too_large"]),
    ],
)
def test_the_limits_of_declared_objects(value: Any, sent: Any, warned: list[str]) -> None:
    assert outcome(value, type="object") == (sent, warned)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("transform", "value", "sent", "warned"),
    [
        ("lowercase", "Ada", "ada", []),
        ("uppercase", "Ada", "ADA", []),
        ("trim", "  Ada ", "Ada", []),
        (["trim", "lowercase", "sha256"], " Ada@X.com ", sha256("ada@x.com"), []),
        ("sha256", " Ada@X.com ", sha256("ada@x.com"), []),
        ("sha256", "Ada@X.com", sha256("ada@x.com"), []),
        (["uppercase", "sha256"], "Ada@X.com", sha256("ada@x.com"), []),
        (["sha256", "sha256"], "Ada@X.com", sha256("ada@x.com"), []),
        (["sha256", "uppercase"], "Ada@X.com", sha256("ada@x.com").upper(), []),
        ("sha256", sha256("ada"), sha256("ada"), []),
        ("sha256", sha256("ada").upper(), sha256("ada"), []),
        ("sha256", f" {sha256('ada')} ", sha256("ada"), []),
        ("sha256", sha256("ada")[:-1], sha256(sha256("ada")[:-1]), []),
        ("sha256", " ", ABSENT, []),
        ("sha256", ["a", " ", ""], [sha256("a")], []),
        ("sha256", 919876510000.0, sha256("919876510000"), []),
        ("sha256", "\tCAFÉ\n", sha256("café"), []),
        ("sha256", "x" * 600, sha256("x" * 600), []),
        ("sha256", 919876510000, sha256("919876510000"), []),
        ("sha256", ["a", "b", None], [sha256("a"), sha256("b")], []),
        ("sha256", "\ud800", hashlib.sha256(b"\xed\xa0\x80").hexdigest(), []),
        ("sha256", {"a": 1}, ABSENT, ["not_a_string"]),
        ("sha256", ["a", {"b": 1}], ABSENT, ["not_a_string"]),
        ("lowercase", [None], ABSENT, []),
        ("lowercase", [], [], []),
        ("lowercase", None, ABSENT, []),
    ],
)
def test_transforms(transform: Any, value: Any, sent: Any, warned: list[str]) -> None:
    assert outcome(value, transform=transform) == (sent, warned)


@pytest.mark.parametrize(
    ("address", "hashed"),
    [
        # the example of NIST's FIPS 180-2, and an address as coreutils' sha256sum hashes it
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (" ABC ", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("John.Doe@Acme.com", "36d6de708b54f80f4e673d0a09bc1e21c8fb52b267b9afbe812f8000b1ab9590"),
    ],
)
def test_hashes_are_those_that_others_make(address: str, hashed: str) -> None:
    assert outcome(address, transform="sha256") == (hashed, [])


def test_a_transform_comes_before_the_conversion() -> None:
    assert outcome(" TRUE ", transform=["trim", "lowercase"], type="boolean") == (True, [])


@pytest.mark.parametrize(
    ("options", "value", "sent", "warned"),
    [
        ({"default": "none"}, None, "none", []),
        ({"default": "none"}, "gold", "gold", []),
        ({"default": 0, "type": "number"}, None, 0, []),
        ({"default": "0", "type": "number"}, None, 0, []),
        ({"default": False}, None, False, []),
        ({"default": 0, "type": "number"}, "x", ABSENT, ["not_a_number"]),
        ({"default": "x", "type": "number"}, None, ABSENT, ["not_a_number"]),
        ({"default": "x" * 513}, None, "x" * 512, ["string_truncated"]),
        ({"default": "None", "transform": "lowercase"}, None, "None", []),
        ({"default": "none"}, "", "none", []),
        ({"default": "none"}, "  ", "none", []),
        ({"default": "none", "transform": "trim"}, "  ", "none", []),
        ({"default": 0, "type": "number"}, " ", 0, []),
        ({"default": ""}, None, "", []),
        ({"default": "none", "keep_blank": True}, " ", " ", []),
        ({"default": "none", "keep_blank": True}, None, "none", []),
    ],
)
def test_a_default_stands_in_for_what_is_absent_only(options: Any, value: Any, sent: Any, warned: list[str]) -> None:
    assert outcome(value, **options) == (sent, warned)


@pytest.mark.parametrize(
    ("options", "value", "sent", "warned"),
    [
        ({}, "", "", []),
        ({}, "  ", "  ", []),
        ({"transform": "trim"}, "  ", "", []),
        ({"transform": "sha256"}, "  ", "", []),
        ({"type": "number"}, "", ABSENT, ["not_a_number"]),
    ],
)
def test_blank_text_is_kept_where_the_attribute_says_so(options: Any, value: Any, sent: Any, warned: list[str]) -> None:
    assert outcome(value, keep_blank=True, **options) == (sent, warned)


@pytest.mark.parametrize(
    ("kind", "unit", "value", "sent"),
    [
        ("datetime", "epoch_ms", -86400000, "1969-12-31T00:00:00Z"),
        ("datetime", "epoch_s", "-86400", "1969-12-31T00:00:00Z"),
        ("datetime", "epoch_s", 19900517, "1970-08-19T07:55:17Z"),
        ("datetime", "epoch_ms", "1990-05-17", "1990-05-17"),
        ("date", "epoch_ms", 0, "1970-01-01"),
        ("date", "epoch_ms", "1990-05-17T00:00:00+02:00", "1990-05-17"),
    ],
)
def test_a_declared_unit_is_that_of_numbers(kind: str, unit: str, value: Any, sent: str) -> None:
    assert outcome(value, type=kind, unit=unit) == (sent, [])


def test_an_attribute_may_be_an_identity_whatever_the_case_of_its_namespace() -> None:
    email, device = {"identity": "Email", "transform": "lowercase"}, {"identity": "ECID", "default": "-"}
    for namespace in ("Email", "email", "EMAIL"):
        person = {"identityMap": {"crmid": [{"id": "user-1"}], namespace: [{"id": "Ada@x.com"}]}}
        decision = decide(person, attributes={"email": email, "device": device})
        assert attributes_of(decision) == {"email": "ada@x.com", "device": "-"}


def test_what_loses_an_attribute_leaves_the_others() -> None:
    decision = decide(profile(a={"b": 1}, c="kept"), attributes={"A": "a", "C": "c", "E": "absent", "X": "a.b.c"})
    assert attributes_of(decision) == {"C": "kept"}


def test_attributes_are_in_the_order_of_the_destination_file() -> None:
    decision = decide(profile(a=1, b=2, c=3), attributes={"Z": "c", "Y": "a", "X": "b"})
    assert list(attributes_of(decision)) == ["Z", "Y", "X"]


@pytest.mark.parametrize("attributes", ["all", {f"a{n:03}": f"a{n:03}" for n in range(300)}])
@pytest.mark.parametrize(
    ("given", "warned"), [(255, []), (256, ["attributes_truncated"]), (300, ["attributes_truncated"])]
)
def test_the_first_255_attributes_are_kept_because_the_audiences_are_one_of_moengages_256(
    attributes: Any, given: int, warned: list[str]
) -> None:
    decision = decide(profile(**{f"a{n:03}": n for n in range(given)}), attributes=attributes)
    assert list(attributes_of(decision)) == [f"a{n:03}" for n in range(255)]
    assert codes(decision) == warned


@pytest.mark.parametrize("audience_attribute", ["AEP Segment", "AEPSegments"])
def test_the_audience_attribute_wins_over_a_mapped_one_of_its_name(audience_attribute: str) -> None:
    raw = profile(tier="gold", segmentMembership={"ups": {"seg": {}}})
    changes: dict[str, Any] = {"audience_attribute": audience_attribute}
    changes["attributes"] = {"Tier": "tier", audience_attribute: "tier"}

    assert codes(decide(raw, **changes)) == ["audience_attribute_taken"]
    (record,) = sent(raw, **changes)
    assert record["attributes"] == {"Tier": "gold", audience_attribute: ["seg"]}


def test_all_takes_every_leaf_under_its_own_name() -> None:
    decision = decide(
        profile(
            person={"name": {"firstName": "Ada", "middleName": None}, "birthDate": "1990-05-17"},
            _tenant={"points": 7, "tags": ["a"], "empty": {}, "cart": [{"sku": 1}]},
            segmentMembership={"ups": {}},
            consents={"marketing": {"email": {"val": "y"}}},
            _id="x",
            _repo={"createDate": "2020-01-01T00:00:00Z"},
        ),
        attributes="all",
    )
    assert attributes_of(decision) == {
        "_tenant_points": 7,
        "_tenant_tags": ["a"],
        "person_birthDate": "1990-05-17",
        "person_name_firstName": "Ada",
    }
    assert [(w.code, w.field) for w in decision.warnings] == [("object_undeclared", "_tenant_cart")]


@pytest.mark.parametrize(
    ("fields", "sent", "warned"),
    [
        ({"a": {"b": 1}, "a_b": 2}, {"a_b": 1}, [("name_collision", "a_b")]),
        ({"a_b": 2, "a": {"b": 1}}, {"a_b": 1}, [("name_collision", "a_b")]),
        ({"a": {"b": 1}, "a_b": 1}, {"a_b": 1}, []),
        ({"a.b": 1}, {"a_b": 1}, []),
        ({"id": 1, "ok": 2}, {"ok": 2}, [("name_blocked", "id")]),
        ({"source": 1}, {}, [("name_reserved", "source")]),
        ({"geo": "48.4 9.98"}, {}, [("name_read_only", "geo")]),
        ({"email": " ", "mobile": 4915550001234}, {"mobile": "4915550001234"}, []),
        ({"push": {"preference": "maybe"}}, {}, [("not_a_boolean", "push_preference")]),
        ({"moe": {"x": 1}}, {}, [("name_prefix", "moe_x")]),
        ({"AEP Segment": "x"}, {}, [("audience_attribute_taken", "AEP Segment")]),
        ({"n" * 201: 1}, {}, [("name_too_long", "n" * 200)]),
        ({"": 1}, {}, [("name_blocked", "")]),
        ({"attributes": {"person.name": {"value": "L"}}}, {"person_name": "L"}, []),
    ],
)
def test_all_keeps_to_the_rules_for_names(fields: Any, sent: Any, warned: list[tuple[str, str]]) -> None:
    decision = decide(profile(**fields), attributes="all")
    assert attributes_of(decision) == sent
    assert [(warning.code, warning.field) for warning in decision.warnings] == warned


def test_all_does_not_drown_in_depth() -> None:
    deep: Any = 1
    for _ in range(5000):
        deep = {"a": deep}
    decision = decide(profile(deep=deep, ok=1), attributes="all")
    assert attributes_of(decision) == {"ok": 1}
    assert codes(decision) == ["name_too_long"]


def test_no_warning_repeats_a_value() -> None:
    canary = "canary" * 100
    values = {"a": canary, "b": {canary: canary}, "c": [canary, 1], "d": canary}
    kinds = {"d": "number"}
    attributes = {name: {"source": name} | ({"type": kinds[name]} if name in kinds else {}) for name in values}
    decision = decide(profile(**values), attributes=attributes)
    assert len(decision.warnings) == len(values)
    assert "canary" not in str(decision.warnings)


def test_an_object_gives_the_same_bytes_in_whatever_order_it_was_written() -> None:
    written = {"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"d": 3, "c": 2}, "a": 1}
    first, other = (repr(outcome(value, type="object")) for value in written)
    assert first == other
