"""The page about governance and consent says what the code does."""

import re

import pytest
import yaml
from tests.unit.given import decide, profile

from aep_moengage.document.consent import ConsentValue
from aep_moengage.document.faults import DestinationFaults
from aep_moengage.document.policies import publishable
from aep_moengage_dev.project import PROJECT

PAGE = (PROJECT / "docs" / "governance.md").read_text()
YAML, RULE = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
(TEXT,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)


def test_the_example_is_refused_as_the_page_shows() -> None:
    document = yaml.safe_load(YAML)
    with pytest.raises(DestinationFaults) as caught:
        publishable(document)
    assert str(caught.value) == TEXT.strip()

    document["governance"]["policies"][0]["status"] = "DISABLED"
    publishable(document)


@pytest.mark.parametrize(
    ("channels", "action"),
    [
        ({"any": "y", "email": "u"}, "deliver"),
        ({"any": "n", "email": "u"}, "skip"),
        ({"any": "n", "email": "y"}, "skip"),
        ({"any": "y", "email": "n"}, "skip"),
        ({"any": "y", "email": "p"}, "skip"),
        ({"email": "u"}, "skip"),
        ({"email": "y"}, "deliver"),
    ],
)
def test_the_exception_does_what_the_page_says(channels: dict[str, str], action: str) -> None:
    marketing = {channel: {"val": value} for channel, value in channels.items()}
    assert decide(profile(consents={"marketing": marketing}), **yaml.safe_load(RULE)).action == action


def test_the_table_of_consent_is_the_code_s() -> None:
    for value in ConsentValue:
        outcome = "delivered" if value.default else "skipped"
        assert f"| `{value}` | {value.meaning} | {outcome} | {value.why} |\n" in PAGE
    assert PAGE.count("| `") == len(ConsentValue)
