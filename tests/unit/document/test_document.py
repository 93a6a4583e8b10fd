"""The destination document: what it can hold, and how its errors are reported."""

import json
from collections.abc import Iterator
from typing import Any, TypeAliasType, get_args

import pytest
import yaml
from pydantic import BaseModel

from aep_moengage.aep.texts import Transform
from aep_moengage.aep.timestamps import EpochUnit
from aep_moengage.document import model
from aep_moengage.document.destination import (
    AttributeSource,
    Audience,
    ConsentRule,
    Destination,
    Identities,
    IdentitySource,
    Pacing,
    ValueType,
)
from aep_moengage.document.faults import DestinationFaults, Fault
from aep_moengage.document.parsing import PARTS, parse_destination
from aep_moengage_dev.project import PROJECT

EVENTS = PROJECT / "events"
CANARY = "canary-7f3a"
MINIMAL: dict[str, Any] = {
    "id": "acme",
    "name": "Acme",
    "region": "03",
    "username": "ABCD1234",
    "audiences": "all",
    "identities": {"user_id": "crmid"},
}


def faults(**fields: Any) -> list[Fault]:
    with pytest.raises(DestinationFaults) as raised:
        parse_destination(MINIMAL | fields)
    assert str(raised.value) == "\n".join(map(str, raised.value.faults))
    return list(raised.value.faults)


def fault(**fields: Any) -> Fault:
    (only,) = faults(**fields)
    return only


def test_a_minimal_document_gets_the_defaults() -> None:
    destination = parse_destination(MINIMAL)

    assert destination == Destination(
        id="acme",
        name="Acme",
        description="",
        region="03",
        username="ABCD1234",
        audiences="all",
        identities=Identities(user_id=(IdentitySource(namespace="crmid"),), anonymous_id=(), ignore=()),
        attributes={},
        audience_attribute="AEP Segment",
        audience_events=False,
        triggers_campaigns=True,
        existing_audiences="set",
        anonymous_profiles="deliver",
        merge_anonymous=True,
        consent=(),
        update_existing_only=False,
        pacing=Pacing(users_per_minute=None, events_per_minute=None),
    )


def test_a_document_may_be_json_text() -> None:
    assert parse_destination(json.dumps(MINIMAL)) == parse_destination(MINIMAL)


def test_short_and_long_forms_mean_the_same() -> None:
    short = parse_destination(
        MINIMAL
        | {
            "audiences": [{"id": "gold"}],
            "identities": {"user_id": "crmid", "anonymous_id": {"attribute": "_tenant.device"}},
            "attributes": {"city": "homeAddress.city", "hash": {"source": "email", "transform": "sha256"}},
            "consent": ["consents.marketing.email"],
        }
    )

    assert short.audiences == (Audience(id="gold", name=None, namespace="ups"),)
    assert short.identities.anonymous_id == (IdentitySource(attribute="_tenant.device"),)
    assert short.attributes == {
        "city": AttributeSource(source="homeAddress.city", type=None, transform=(), default=None),
        "hash": AttributeSource(source="email", transform=(Transform.SHA256,)),
    }
    assert short.consent == (ConsentRule(path="consents.marketing.email"),)


@pytest.mark.parametrize("spelled", ["03", "3", 3, "DC-03", "DC_03", "dc-03", "DC03", "dc 3", " 03 "])
def test_spellings_of_a_data_center(spelled: object) -> None:
    assert parse_destination(MINIMAL | {"region": spelled}).region == "03"


@pytest.mark.parametrize("region", ["01", "02", "03", "04", "05", "06", "101"])
def test_every_data_center(region: str) -> None:
    assert parse_destination(MINIMAL | {"region": region}).region == region


@pytest.mark.parametrize("region", ["07", "00", "", "US", "0003", "dc", 7, 3.0, True, None, [], {}])
def test_an_unknown_data_center_is_an_error_and_never_a_fallback(region: object) -> None:
    found = fault(region=region)

    assert (found.code, found.path, found.allowed) == ("unknown_region", "region", "01, 02, 03, 04, 05, 06, 101")
    assert found.value == json.dumps(region)


def test_all_errors_are_reported_at_once_with_path_value_and_allowed_values() -> None:
    found = faults(
        id="Not An Id",
        region="09",
        username="has spaces",
        audiences=[{"id": "gold"}, {"id": "gold"}, {"name": "no id"}, {"id": 5}],
        identities={"user": "crmid"},
        attributes={
            "moe_x": "a.b",
            "broken": "person..name",
            "typed": {"source": "a", "type": "text"},
            "hashed": {"source": "a", "transform": ["trim", "md5"]},
        },
        audience_events="yes",
        anonymous_profiles="drop",
        consent=[{"path": "a.b", "values": []}],
        update_existing_only=1,
        pacing={"users_per_minute": 0, "events_per_minute": "many"},
        color="red",
    )

    assert {(each.path, each.code, each.value) for each in found} == {
        ("id", "invalid_format", '"Not An Id"'),
        ("region", "unknown_region", '"09"'),
        ("username", "invalid_format", '"has spaces"'),
        ("audiences[1].id", "duplicate_audience", '"gold"'),
        ("audiences[2].id", "missing", ""),
        ("audiences[3].id", "wrong_type", "5"),
        ("identities.user", "unknown_field", '"crmid"'),
        ("identities", "no_identity", '{"user": "crmid"}'),
        ("attributes.moe_x", "invalid_attribute_name", '"moe_x"'),
        ("attributes.broken.source", "invalid_source", '"person..name"'),
        ("attributes.typed.type", "not_allowed", '"text"'),
        ("attributes.hashed.transform[1]", "not_allowed", '"md5"'),
        ("audience_events", "wrong_type", '"yes"'),
        ("anonymous_profiles", "not_allowed", '"drop"'),
        ("consent[0].values", "empty", "[]"),
        ("update_existing_only", "wrong_type", "1"),
        ("pacing.users_per_minute", "too_small", "0"),
        ("pacing.events_per_minute", "wrong_type", '"many"'),
        ("color", "unknown_field", '"red"'),
    }
    assert all(each.allowed for each in found)


def test_missing_fields_are_reported_with_their_allowed_values() -> None:
    with pytest.raises(DestinationFaults) as raised:
        parse_destination({})

    assert {each.path: each.code for each in raised.value.faults} == dict.fromkeys(
        ["id", "name", "region", "username", "audiences", "identities"], "missing"
    )
    assert all(each.allowed and not each.value for each in raised.value.faults)


@pytest.mark.parametrize(
    ("fields", "path", "hint", "allowed"),
    [
        ({"nmae": 1}, "nmae", "did you mean name?", "id, name, description"),
        ({"Region": 1}, "Region", "did you mean region?", "region"),
        ({"audiences": [{"id": "a", "nme": 1}]}, "audiences[0].nme", "did you mean name?", "id, name, namespace"),
        ({"identities": {"userid": "a", "user_id": "b"}}, "identities.userid", "did you mean user_id?", "anonymous_id"),
        (
            {"identities": {"user_id": {"attribute": "a", "attr": 1}}},
            "identities.user_id[0].attr",
            "did you mean attribute?",
            "attribute",
        ),
        (
            {"attributes": {"a": {"source": "a", "typ": 1}}},
            "attributes.a.typ",
            "did you mean type?",
            "source, identity, type",
        ),
        ({"consent": [{"path": "a", "value": 1}]}, "consent[0].value", "did you mean values?", "path, values"),
        ({"pacing": {"user_per_minute": 1}}, "pacing.user_per_minute", "did you mean users_per_minute?", "events_per"),
        ({"zzz": 1}, "zzz", "is not a field of the destination document", "id, name, description"),
    ],
)
def test_an_unknown_field_comes_with_a_hint(fields: dict[str, Any], path: str, hint: str, allowed: str) -> None:
    found = fault(**fields)

    assert (found.code, found.path) == ("unknown_field", path)
    assert hint in found.message
    assert allowed in found.allowed


@pytest.mark.parametrize(
    "fields",
    [
        {"password": CANARY},
        {"Password": CANARY},
        {"pasword": CANARY},
        {"data_app_key": CANARY},
        {"api_token": {"value": CANARY}},
        {"secret": [CANARY]},
        {"moengage": {"password": CANARY}},
        {"username": f"ABCD1234:{CANARY}"},
        {"audiences": {"id": "gold", "password": CANARY}},
        {"audiences": [{"id": "gold", "token": CANARY}]},
        {"identities": {"user_id": {"attribute": "a", "password": CANARY}}},
        {"attributes": {"a": {"source": "a", "secret": CANARY}}},
        {"attributes": [{"password": CANARY}]},
    ],
)
def test_secrets_are_never_shown(fields: dict[str, Any]) -> None:
    found = faults(**fields)

    assert CANARY not in "\n".join(map(str, found))
    assert CANARY not in repr(found)


def test_a_password_in_the_document_is_an_error_with_advice() -> None:
    assert "`connect` asks for the password" in fault(password=CANARY).message


@pytest.mark.parametrize("document", ["", "{", "[]", "null", "3", '"text"', f'{{"password": "{CANARY}"', "[" * 2000])
def test_text_that_is_not_a_document_is_an_error(document: str) -> None:
    with pytest.raises(DestinationFaults) as raised:
        parse_destination(document)

    (only,) = raised.value.faults
    assert only.code in {"malformed", "wrong_type"}
    assert str(only).startswith("document: ")
    assert CANARY not in str(only)


@pytest.mark.parametrize(
    "identities",
    [{}, {"user_id": []}, {"user_id": [], "anonymous_id": []}, {"ignore": ["test"]}],
)
def test_a_destination_without_an_identity_is_an_error(identities: dict[str, Any]) -> None:
    assert (fault(identities=identities).code, fault(identities=identities).path) == ("no_identity", "identities")


@pytest.mark.parametrize(
    "source", [{"transform": "trim"}, {"namespace": "crmid", "attribute": "_tenant.customerNumber"}]
)
def test_an_identity_source_is_either_a_namespace_or_an_attribute(source: dict[str, Any]) -> None:
    found = fault(identities={"user_id": source})

    assert (found.code, found.path) == ("invalid_identity", "identities.user_id[0]")
    assert found.message == "needs either a namespace or an attribute"


def test_an_identity_source_has_a_short_form_and_a_list() -> None:
    sources = ["crmid", {"namespace": "Email", "transform": "lowercase"}, {"attribute": "_tenant.id"}]
    found = parse_destination(MINIMAL | {"identities": {"user_id": sources, "ignore": ["test"]}}).identities

    assert found.user_id == (
        IdentitySource(namespace="crmid"),
        IdentitySource(namespace="Email", transform=(Transform.LOWERCASE,)),
        IdentitySource(attribute="_tenant.id"),
    )
    assert found.ignore == ("test",)


def test_an_audience_that_is_listed_twice_in_a_namespace_is_an_error() -> None:
    found = faults(audiences=[{"id": "a"}, {"id": "a", "namespace": "UPS"}, {"id": "b"}, {"id": "b"}])
    assert [(each.code, each.path) for each in found] == [
        ("duplicate_audience", "audiences[1].id"),
        ("duplicate_audience", "audiences[3].id"),
    ]

    allowed = [{"id": "a"}, {"id": "a", "namespace": "other"}]
    assert len(parse_destination(MINIMAL | {"audiences": allowed}).audiences) == 2


@pytest.mark.parametrize("name", ["id", "_id", "user_id", "moe_x", "MOE_TIME_FORMAT", "a.b", "x" * 201, ""])
def test_a_name_that_moengage_does_not_take_is_an_error(name: str) -> None:
    assert fault(attributes={name: "a"}).code == "invalid_attribute_name"
    assert fault(audience_attribute=name).code == "invalid_attribute_name"


@pytest.mark.parametrize("name", ["email", "u_em", "birthday", "moe_unsubscribe", "city"])
def test_the_audience_attribute_is_none_of_moengages_own(name: str) -> None:
    assert fault(audience_attribute=name).code == "invalid_attribute_name"
    assert parse_destination(MINIMAL | {"attributes": {name: "a"}})


@pytest.mark.parametrize("name", ["geo", "uninstall_time", "locale_language_display", "t_rev", "moe_ip_city"])
def test_an_attribute_that_only_moengage_sets_is_refused(name: str) -> None:
    assert fault(attributes={name: "a"}).code == "invalid_attribute_name"


@pytest.mark.parametrize("options", [{}, {"type": "string"}, {"source": "a", "identity": "Email"}])
def test_an_attribute_is_read_from_one_source_or_identity(options: dict[str, Any]) -> None:
    found = fault(attributes={"a": options})
    assert (found.code, found.path) == ("source_or_identity", "attributes.a")
    assert "identity namespace" in found.allowed


def test_an_attribute_may_be_read_from_an_identity() -> None:
    destination = parse_destination(MINIMAL | {"attributes": {"email": {"identity": "Email"}}})
    assert destination.attributes == {"email": AttributeSource(identity="Email")}


@pytest.mark.parametrize("options", [{}, {"type": "string"}, {"type": "integer"}])
def test_a_unit_belongs_to_a_date_or_a_time(options: dict[str, Any]) -> None:
    found = fault(attributes={"a": {"source": "a", "unit": "epoch_ms"} | options})
    assert (found.code, found.path) == ("unit_without_time", "attributes.a.unit")
    assert "datetime" in found.allowed


@pytest.mark.parametrize("kind", ["date", "datetime"])
@pytest.mark.parametrize("unit", list(EpochUnit))
def test_a_date_and_a_time_may_have_a_unit(kind: str, unit: EpochUnit) -> None:
    assert parse_destination(MINIMAL | {"attributes": {"a": {"source": "a", "type": kind, "unit": unit}}})


def test_an_invalid_type_hides_no_fault_and_makes_none() -> None:
    found = faults(attributes={"a": {"source": "a", "type": "time", "unit": "hours"}})
    assert [each.path for each in found] == ["attributes.a.type", "attributes.a.unit"]
    assert fault(attributes={"a": {"source": "a", "type": "time", "unit": "epoch_s"}}).path == "attributes.a.type"


def test_unusual_names_stay_readable_in_a_path() -> None:
    assert fault(attributes={"a.b": "x"}).path == 'attributes["a.b"]'
    assert fault(attributes={"Last Order": {"source": "a["}}).path == "attributes.Last Order.source"


def test_a_long_value_is_cut_short() -> None:
    assert len(fault(id="x" * 5000).value) == 80


@pytest.mark.parametrize("default", [None, "none", 0, 1.5, False, [], ["a"], {"a": 1}])
def test_a_default_may_be_any_json_value(default: object) -> None:
    destination = parse_destination(MINIMAL | {"attributes": {"a": {"source": "a", "default": default}}})
    assert isinstance(destination.attributes, dict)
    assert destination.attributes["a"].default == default


@pytest.mark.parametrize("default", [float("nan"), float("inf"), [float("nan")]])
def test_a_default_that_json_cannot_hold_is_an_error(default: object) -> None:
    assert fault(attributes={"a": {"source": "a", "default": default}}).code == "not_finite"


def test_a_destination_is_immutable() -> None:
    with pytest.raises(AttributeError, match="immutable"):
        parse_destination(MINIMAL).name = "other"  # type: ignore[misc] # what is to be refused


def test_every_field_has_a_description() -> None:
    for part in PARTS.values():
        for name, field in part.model_fields.items():
            assert field.description, f"{part.__name__}.{name}"


def test_the_minimal_example_has_only_required_fields() -> None:
    document = yaml.safe_load((EVENTS / "destination.yaml").read_text())

    parse_destination(document)
    required = {name for name, field in model.Destination.model_fields.items() if field.is_required()}
    assert set(document) == required


def parts_of(kind: Any) -> Iterator[type[BaseModel]]:
    """Yields the models of an annotation, nested ones included."""
    if isinstance(kind, TypeAliasType):
        yield from parts_of(kind.__value__)
    elif isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
        for field in kind.model_fields.values():
            if kind not in get_args(field.annotation):  # an expression is made of expressions
                yield from parts_of(field.annotation)
    for inner in get_args(kind):
        yield from parts_of(inner)


def given(part: BaseModel) -> Iterator[str]:
    """Yields the fields with another value than their default, part by part."""
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if value != field.get_default(call_default_factory=True):
            yield f"{type(part).__name__}.{name}"
        parts = list(value.values()) if isinstance(value, dict) else value
        for inner in parts if isinstance(parts, list | tuple) else [parts]:
            if isinstance(inner, BaseModel):
                yield from given(inner)


def test_error_messages_cover_every_part_of_the_document() -> None:
    assert set(parts_of(model.Destination)) == set(PARTS.values())


def test_the_full_example_gives_every_field_another_value_than_its_default() -> None:
    text = (EVENTS / "destination-full.yaml").read_text()
    destination = model.Destination.model_validate_json(json.dumps(yaml.safe_load(text)))

    every = {f"{part.__name__}.{name}" for part in parts_of(model.Destination) for name in part.model_fields}
    assert every - set(given(destination)) == set()
    for word in [*ValueType, *EpochUnit, *Transform]:
        assert word in text
