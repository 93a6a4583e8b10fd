"""Consent: every value of XDM has a decision, and nothing else is consent."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.given import decide, destination, profile

from aep_moengage.document.consent import BY_DEFAULT, ConsentValue, compile_consent
from aep_moengage.document.faults import DestinationFaults
from aep_moengage.mapping.mapping import Action

XDM = ["y", "n", "p", "u", "dy", "dn", "LI", "CT", "CP", "VI", "PI"]


def consenting(value: Any) -> dict[str, Any]:
    return profile(consents={"marketing": {"email": {"val": value}}})


def test_the_values_are_those_of_xdm_each_with_a_reason() -> None:
    assert list(ConsentValue) == XDM
    assert all(value.meaning and value.why for value in ConsentValue)
    assert BY_DEFAULT == ("y",)


@pytest.mark.parametrize("value", XDM)
def test_a_value_counts_if_it_is_the_default_or_listed(value: str) -> None:
    by_default = decide(consenting(value), consent=["consents.marketing.email"])
    listed = decide(consenting(value), consent=[{"path": "consents.marketing.email", "values": [value]}])

    assert by_default.action == (Action.DELIVER if value == "y" else Action.SKIP)
    assert listed.action == Action.DELIVER


@given(st.text(max_size=3) | st.none() | st.booleans() | st.integers() | st.lists(st.just("y")))
def test_what_is_not_spelled_as_in_xdm_is_no_consent(value: Any) -> None:
    agrees = compile_consent("consent", ConsentValue)

    assert agrees({"consent": {"val": value}}) == agrees({"consent": value}) == (value in XDM)


@pytest.mark.parametrize("value", ["vi", "Y", "yes", "", True, None])
def test_an_unknown_value_in_a_rule_is_a_fault(value: Any) -> None:
    with pytest.raises(DestinationFaults) as caught:
        destination(consent=[{"path": "consents.marketing.email", "values": ["y", value]}])

    (fault,) = caught.value.faults
    assert (fault.path, fault.code) == ("consent[0].values[1]", "not_allowed")
    assert "y, n, p, u, dy, dn, LI, CT, CP, VI, PI" in fault.allowed
