"""Consent as the field has it: a refusal is never overheard."""

import pytest
from tests.unit.field.given import field_decisions


@pytest.mark.parametrize(
    ("name", "actions"),
    [
        ("54-consent-any-no", ["skip"]),
        ("56-consent-opt-in-out", ["deliver", "skip"]),
        ("57-consent-spellings", ["skip"] * 5),
        # `any` unset, then the channel unset: the rule for `any` refuses the first, and `any` stands in for the second
        ("92-consent-any-unset", ["skip", "deliver"]),
        ("93-consent-workaround", ["skip", "deliver", "deliver"]),
    ],
)
def test_consent_is_decided_as_xdm_means_it(name: str, actions: list[str]) -> None:
    decisions = field_decisions(name)

    assert [decision.action for decision in decisions] == actions
    assert {decision.reason for decision in decisions if decision.action == "skip"} <= {"consent"}
