"""How `activate` and `map` change a document's audiences, attributes and identities."""

from typing import Any

import pytest

from aep_moengage_cli.destinations.activation import activate
from aep_moengage_cli.destinations.mappings import map_attributes, map_identities
from aep_moengage_cli.errors import CommandError

GOLD, SILVER, UPLOADED = (
    {"id": "seg1", "name": "Gold"},
    {"id": "seg2", "name": "Silver"},
    {"id": "seg1", "name": "Uploaded", "namespace": "CustomerUpload"},
)
ATTRIBUTES = {"city": "homeAddress.city", "tier": {"source": "tier", "default": "none"}}


@pytest.mark.parametrize(
    ("audiences", "add", "remove", "expected"),
    [
        ([], ["seg1"], [], [{"id": "seg1"}]),
        ([], ["seg1=Gold"], [], [GOLD]),
        ([], ["seg1=Gold=er"], [], [{"id": "seg1", "name": "Gold=er"}]),
        ([], ["seg1@CustomerUpload"], [], [{"id": "seg1", "namespace": "CustomerUpload"}]),
        ([], ["seg1=Uploaded@CustomerUpload"], [], [UPLOADED]),
        ([], ["seg1=me@home@ups"], [], [{"id": "seg1", "name": "me@home"}]),
        ([GOLD], ["seg1=Golden"], [], [{"id": "seg1", "name": "Golden"}]),
        ([GOLD], ["seg1"], [], [GOLD]),
        ([GOLD], ["seg1=Uploaded@CustomerUpload"], [], [GOLD, UPLOADED]),
        ([UPLOADED], ["seg1@customerupload"], [], [UPLOADED | {"namespace": "customerupload"}]),
        ([GOLD, SILVER], [], ["Gold"], [SILVER]),
        ([GOLD, SILVER], [], ["seg1", "Silver"], []),
        ([GOLD, UPLOADED], [], ["seg1@ups"], [UPLOADED]),
        ([GOLD, SILVER], ["seg3"], ["all"], [{"id": "seg3"}]),
        ([GOLD], ["all"], [], "all"),
        ("all", ["all"], [], "all"),
        ("all", ["seg1=Gold"], ["all"], [GOLD]),
        ("all", [], ["all"], []),
    ],
)
def test_audiences_are_added_and_removed(audiences: Any, add: list[str], remove: list[str], expected: Any) -> None:
    assert activate(audiences, add=add, remove=remove) == expected


@pytest.mark.parametrize(
    ("audiences", "add", "remove", "says"),
    [
        ([GOLD, UPLOADED], [], ["seg1"], "use one of seg1@ups, seg1@CustomerUpload"),
        ([GOLD, SILVER], [], ["Bronze"], "Activated audiences: Gold, Silver"),
        ([], [], ["Gold"], "Activated audiences: none"),
        ("all", ["seg1"], [], "--remove all"),
        ("all", [], ["seg1"], "--remove all"),
        ([], ["=Gold"], [], "write an audience as ID"),
        ([], ["seg1@"], [], "write an audience as ID"),
    ],
)
def test_invalid_audience_is_an_error(audiences: Any, add: list[str], remove: list[str], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        activate(audiences, add=add, remove=remove)


@pytest.mark.parametrize(
    ("rename", "expected"),
    [
        (["seg2=Platinum"], [GOLD, SILVER | {"name": "Platinum"}]),
        (["Gold=Golden"], [GOLD | {"name": "Golden"}, SILVER]),
        (["seg1@ups= Golden "], [GOLD | {"name": "Golden"}, SILVER]),
        (["Gold=Golden", "Golden=Oldest"], [GOLD | {"name": "Oldest"}, SILVER]),
    ],
)
def test_audiences_are_renamed_in_their_place(rename: list[str], expected: Any) -> None:
    assert activate([GOLD, SILVER], add=[], remove=[], rename=rename) == expected


@pytest.mark.parametrize(
    ("rename", "says"),
    [("Bronze=B", "Activated audiences: Gold"), ("Gold", "OLD NAME=NAME"), ("Gold= ", "OLD NAME"), ("=B", "OLD NAME")],
)
def test_an_audience_that_cannot_be_renamed_is_an_error(rename: str, says: str) -> None:
    with pytest.raises(CommandError, match=says):
        activate([GOLD], add=[], remove=[], rename=[rename])


@pytest.mark.parametrize(
    ("attributes", "add", "remove", "options", "expected"),
    [
        ({}, ["city=homeAddress.city"], [], {}, {"city": "homeAddress.city"}),
        ({}, ["best=offers[?rank=='1'] | [0].name"], [], {}, {"best": "offers[?rank=='1'] | [0].name"}),
        ({}, ["a=b", "c=d"], [], {"type": "number"}, {n: {"source": s, "type": "number"} for n, s in ("ab", "cd")}),
        (ATTRIBUTES, ["tier=other"], [], {}, ATTRIBUTES | {"tier": "other"}),
        (ATTRIBUTES, [], ["tier"], {}, {"city": "homeAddress.city"}),
        (ATTRIBUTES, ["a=b"], ["all"], {}, {"a": "b"}),
        (ATTRIBUTES, ["all"], [], {}, "all"),
        ("all", ["a=b"], ["all"], {}, {"a": "b"}),
    ],
)
def test_attributes_are_added_and_removed(
    attributes: Any, add: list[str], remove: list[str], options: dict[str, Any], expected: Any
) -> None:
    assert map_attributes(attributes, add=add, remove=remove, options=options) == expected


@pytest.mark.parametrize(
    ("attributes", "add", "remove", "says"),
    [
        ("all", ["a=b"], [], "--remove all"),
        ("all", [], ["a"], "--remove all"),
        (ATTRIBUTES, [], ["town"], "Mapped attributes: city, tier"),
        ({}, [], ["town"], "Mapped attributes: none"),
        ({}, ["town"], [], "NAME=SOURCE"),
        ({}, ["=a.b"], [], "NAME=SOURCE"),
    ],
)
def test_invalid_attribute_is_an_error(attributes: Any, add: list[str], remove: list[str], says: str) -> None:
    with pytest.raises(CommandError, match=says):
        map_attributes(attributes, add=add, remove=remove, options={})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["user_id=email"], {"user_id": "email", "anonymous_id": ["ECID", "gaid"]}),
        (["anonymous_id=idfa", "anonymous_id=gaid"], {"user_id": "crmid", "anonymous_id": ["idfa", "gaid"]}),
        (["anonymous_id="], {"user_id": "crmid"}),
        (["user_id=attribute:_tenant.id"], {"user_id": {"attribute": "_tenant.id"}, "anonymous_id": ["ECID", "gaid"]}),
    ],
)
def test_identities_are_replaced(given: list[str], expected: Any) -> None:
    assert map_identities({"user_id": "crmid", "anonymous_id": ["ECID", "gaid"]}, given) == expected
