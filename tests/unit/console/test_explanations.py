"""Explanations say where each attribute came from, what was changed, and why."""

from typing import Any

from tests.unit.given import RECEIVED_MS, destination

from aep_moengage.mapping.mapping import CompiledMapping
from aep_moengage_cli.profiles.explanations import ExplainedAttribute, explain

PROFILE = {"identityMap": {"crmid": [{"id": "ada"}]}, "name": " Ada ", "age": "36", "long": "x" * 600, "blank": " "}


def explained(attributes: Any, profile: Any = PROFILE) -> dict[str, ExplainedAttribute]:
    to = destination(attributes=attributes)
    decision = CompiledMapping(to).transform(profile, RECEIVED_MS)
    return {each.name: each for each in explain(to, profile, decision)}


def test_value_that_is_sent_as_it_is_needs_no_reason() -> None:
    found = explained({"first": "name"})["first"]
    assert (found.source, found.read, found.sent, found.why, found.changed) == ("name", " Ada ", " Ada ", (), False)


def test_transform_type_and_limit_are_reasons() -> None:
    found = explained(
        {
            "first": {"source": "name", "transform": ["trim", "lowercase"]},
            "age": {"source": "age", "type": "integer"},
            "long": "long",
        }
    )
    assert (found["first"].sent, found["first"].why) == ("ada", ("transform: trim", "transform: lowercase"))
    assert (found["age"].sent, found["age"].why, found["age"].changed) == (36, ("type: integer",), True)
    assert found["long"].why == ("cut to 512 characters",)


def test_absent_and_blank_values_are_explained() -> None:
    found = explained({"none": "none", "tier": {"source": "tier", "default": "basic"}, "blank": "blank"})
    assert (found["none"].sent, found["none"].why) == (None, ("not in the profile: left out",))
    assert (found["tier"].sent, found["tier"].why) == ("basic", ("not in the profile: the default stands in",))
    assert found["blank"].why == ("blank: left out",)


def test_value_that_cannot_be_sent_says_why() -> None:
    found = explained({"age": {"source": "name", "type": "number"}})["age"]
    assert (found.sent, found.why) == (None, ("type: number", "left out: the value is not a number"))


def test_all_attributes_have_their_paths() -> None:
    found = explained("all", PROFILE | {"home": {"city": "London"}})
    assert (found["home_city"].source, found["home_city"].sent) == ("home.city", "London")


def test_profile_that_is_not_sent_has_no_attributes() -> None:
    assert explained({"first": "name"}, {"name": "Ada"}) == {}
    assert explained({"first": "name"}, "no profile") == {}
