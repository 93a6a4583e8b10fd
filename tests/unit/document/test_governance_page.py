"""The page about governance and consent says what the code does."""

import re

import pytest
import yaml

from aep_moengage.document.consent import ConsentValue
from aep_moengage.document.faults import DestinationFaults
from aep_moengage.document.parsing import parse_destination
from aep_moengage_dev.project import PROJECT

PAGE = (PROJECT / "docs" / "governance.md").read_text()
BLOCKS = dict(re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL))


def test_the_example_is_refused_as_the_page_shows() -> None:
    document = yaml.safe_load(BLOCKS["yaml"])
    with pytest.raises(DestinationFaults) as caught:
        parse_destination(document)
    assert str(caught.value) == BLOCKS["text"].strip()

    document["governance"]["policies"][0]["status"] = "DISABLED"
    parse_destination(document)


def test_the_table_of_consent_is_the_code_s() -> None:
    for value in ConsentValue:
        fate = "delivered" if value.default else "skipped"
        assert f"| `{value}` | {value.meaning} | {fate} | {value.why} |\n" in PAGE
    assert PAGE.count("| `") == len(ConsentValue)
