"""The editor of a destination file: edits, problems at their places, preview, difference, saving."""

import re
from pathlib import Path

import pytest
from tests.unit.console.browser import Browser, offline, state, text

from aep_moengage_dev.project import PROJECT

FILE = """\
# kept: a comment
id: acme
name: Acme
region: "03"
username: ACME1234
audiences:
  - {id: gold, name: Gold}  # kept beside
identities:
  user_id: crmid
attributes:
  First: person.name.firstName  # kept, too
  Points: {source: _tenant.points, type: integer, unit: seconds}
"""
SAMPLE = '{"identityMap": {"crmid": [{"id": "ada"}]}, "person": {"name": {"firstName": " Ada "}}, "city": "London"}'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "destination.yaml"
    path.write_text(FILE.replace(", unit: seconds", ""))
    return path


@pytest.fixture
def browser(file: Path) -> Browser:
    return offline(file)


def edited(browser: Browser, file: Path, edit: str = "", **fields: str) -> str:
    """Posts an edit of the file's text; returns the answer."""
    answer = browser.post("/destinations/file/draft", yaml=file.read_text(), edit=edit, **fields)
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def test_page_shows_form_and_yaml(browser: Browser) -> None:
    page = browser.get("/destinations").text
    assert 'value="person.name.firstName"' in page
    assert "# kept: a comment" in page
    assert "aep-moengage preview --destination" in text(page)


def test_overview_leads_to_the_file(browser: Browser) -> None:
    assert browser.client.get("/", follow_redirects=False).headers["location"] == "/destinations"


def test_other_pages_are_not_available_offline(browser: Browser) -> None:
    answer = browser.get("/overview")
    assert answer.status_code == 409
    assert "--offline" in answer.text


def test_source_is_edited_in_its_line(browser: Browser, file: Path) -> None:
    page = edited(browser, file, "set", before="First", name="First", source="city")
    assert "  First: city  # kept, too\n" in state(page)["yaml"]
    assert "# kept: a comment" in state(page)["yaml"]
    assert 'id="attribute-rows"' not in page  # the operator is typing there


def test_options_become_an_object(browser: Browser, file: Path) -> None:
    fields = {"before": "First", "name": "First", "source": "city", "transform": "trim, sha256", "default": "none"}
    page = edited(browser, file, "set", **fields)
    assert "First: {source: city, transform: [trim, sha256], default: none}" in state(page)["yaml"]


def test_options_without_a_field_stay(browser: Browser, file: Path) -> None:
    file.write_text(FILE)
    page = edited(browser, file, "set", before="Points", name="Points", source="city", type="datetime")
    assert "Points: {source: city, type: datetime, unit: seconds}" in state(page)["yaml"]


def test_attribute_is_renamed_in_its_place(browser: Browser, file: Path) -> None:
    page = edited(browser, file, "rename", before="First", name="Given", source="person.name.firstName")
    assert state(page)["yaml"].index("Given:") < state(page)["yaml"].index("Points:")
    assert "First:" not in state(page)["yaml"]


def test_attribute_does_not_take_anothers_name(browser: Browser, file: Path) -> None:
    page = edited(browser, file, "rename", before="First", name="Points", source="person.name.firstName")
    assert "The attribute Points exists already." in text(page)
    assert state(page)["yaml"] == file.read_text()


def test_attribute_is_added_and_removed(browser: Browser, file: Path) -> None:
    added = state(edited(browser, file, "add", name="City", source="city"))["yaml"]
    assert added.endswith("  City: city\n")
    removed = state(edited(browser, file, "remove", before="Points"))["yaml"]
    assert "Points" not in removed


def test_audiences_are_edited_as_activate_does(browser: Browser, file: Path) -> None:
    page = edited(browser, file, "activate", audience="new", title="New", namespace="")
    assert "  - {id: new, name: New}\n" in state(page)["yaml"]
    page = edited(browser, file, "rename-audience", audience="gold", title="Golden", namespace="")
    assert "  - {id: gold, name: Golden}  # kept beside\n" in state(page)["yaml"]
    page = edited(browser, file, "deactivate", audience="gold", namespace="")
    assert "gold" not in state(page)["yaml"]


def test_error_is_shown_where_it_is(browser: Browser, file: Path) -> None:
    file.write_text(file.read_text().replace("integer", "whole"))
    found = state(edited(browser, file))
    (problem,) = found["problems"]
    assert (problem["kind"], problem["path"], problem["place"][0]) == ("error", "attributes.Points.type", 11)
    assert not found["usable"]


def test_text_that_is_not_yaml_is_marked_where_it_ends(browser: Browser, file: Path) -> None:
    (problem,) = state(browser.post("/destinations/file/draft", yaml="id: acme\nname: a: b\n").text)["problems"]
    assert problem["place"][:2] == [1, 7]


def test_caution_is_shown_where_it_is(browser: Browser, file: Path) -> None:
    found = state(edited(browser, file, sample=SAMPLE))
    cautions = {problem["path"]: problem["place"][0] for problem in found["problems"]}
    assert cautions["attributes.Points.source"] == 11


def test_preview_explains_each_attribute(browser: Browser, file: Path) -> None:
    file.write_text(file.read_text() + "  Tier: {source: tier, default: none}\n")
    fields = {"before": "First", "name": "First", "source": "person.name.firstName", "transform": "trim"}
    page = text(edited(browser, file, "set", **fields, sample=SAMPLE))
    assert 'First person.name.firstName " Ada " "Ada" transform: trim' in page
    assert 'Tier tier "none" not in the profile: the default stands in' in page
    assert "Points _tenant.points not sent not in the profile: left out" in page
    assert "POST https://api-03.moengage.com/v1/customer/ACME1234" in page
    assert "as the user ada" in page


def test_sample_completes_sources(browser: Browser, file: Path) -> None:
    page = edited(browser, file, sample=SAMPLE)
    assert {"person.name.firstName", "city"} <= set(re.findall(r'<option value="([^"]*)">', page))


def test_form_stays_as_it_is_while_somebody_types_in_it(browser: Browser, file: Path) -> None:
    typed = edited(browser, file, "set", before="First", name="First", source="city", sample=SAMPLE)
    assert "attribute-rows" not in typed
    assert "attribute-rows" in edited(browser, file, sample=SAMPLE)


def test_sample_that_is_no_profile_is_reported(browser: Browser, file: Path) -> None:
    assert "The sample:" in text(edited(browser, file, sample="[[["))


@pytest.mark.parametrize("broken", ["", "attributes: [", "- a", "a: !x b", "\x00"])
def test_any_text_can_be_in_the_editor(browser: Browser, broken: str) -> None:
    answer = browser.post("/destinations/file/draft", yaml=broken, sample=SAMPLE)
    assert answer.status_code == 200
    assert not state(answer.text)["usable"]


def test_script_cannot_be_planted(browser: Browser, file: Path) -> None:
    planted = "</script><script>alert(1)</script>"
    page = edited(browser, file, sample=SAMPLE.replace("London", planted), wanted=planted)
    file.write_text(file.read_text().replace("Acme", planted))
    assert "<script>alert" not in page + edited(browser, file)


def test_file_is_saved_unless_it_has_changed(browser: Browser, file: Path) -> None:
    found = state(browser.get("/destinations").text)
    changed = found["yaml"].replace("Acme", "Acme 2")
    fields = {"yaml": changed, "base": found["base"], "why": "save"}
    assert browser.post("/destinations/file/save", **fields).headers["hx-redirect"] == "/destinations?saved=1"
    assert file.read_text() == changed
    answer = browser.post("/destinations/file/save", **fields)
    assert answer.status_code == 409
    assert "has changed since" in answer.text


def test_file_with_errors_is_not_saved(browser: Browser, file: Path) -> None:
    before = file.read_text()
    base = state(browser.get("/destinations").text)["base"]
    answer = browser.post("/destinations/file/save", yaml="id: acme", base=base, why="x")
    assert answer.status_code == 409
    assert file.read_text() == before


def test_500_attributes_are_shown_in_parts(browser: Browser, file: Path) -> None:
    file.write_text(file.read_text() + "".join(f"  a{number}: field{number}\n" for number in range(500)))
    page = edited(browser, file, wanted="")
    assert "502 attributes; 1 to 50 are shown" in text(page)
    assert "11 of 502 attributes" in text(edited(browser, file, wanted="field49"))
    sample = '{"identityMap": {"crmid": [{"id": "ada"}]}}'
    assert "50 of 502 attributes are shown" in text(edited(browser, file, sample=sample))
    assert "a499 field499 not sent" in text(edited(browser, file, sample=sample, wanted="a499"))
    assert "51 to 100 are shown" in text(edited(browser, file, page="1"))


def test_schema_is_served(browser: Browser) -> None:
    assert browser.get("/destination.schema.json").json()["title"].startswith("A destination")


def test_example_file_can_be_opened() -> None:
    assert offline(PROJECT / "events" / "destination.yaml").get("/destinations").status_code == 200
