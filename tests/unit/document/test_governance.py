"""Governance: a document whose mapping or activation an enabled policy denies cannot be published."""

import itertools
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.given import DOCUMENT

from aep_moengage.document.exports import Export
from aep_moengage.document.faults import DestinationFaults, Fault
from aep_moengage.document.governance import Deny, Governance
from aep_moengage.document.parsing import parse_destination
from aep_moengage.document.policies import policy_violations, publishable, violations

PROJECT = Path(__file__).parents[3]
# Adobe's core policy, word for word (Policy Service API)
RESTRICT_EMAIL_TARGETING = {
    "name": "Restrict email targeting",
    "status": "ENABLED",
    "marketingActionRefs": [
        "https://platform.adobe.io:443/data/foundation/dulepolicy/marketingActions/core/emailTargeting"
    ],
    "description": "Restrict use of data labeled C4 OR C5 for email targeting.",
    "deny": {"operator": "OR", "operands": [{"label": "C4"}, {"label": "C5"}]},
}
GOLD, NEWS = "gold-id", "news-id"
MAPPED = {
    "audiences": [{"id": GOLD}, {"id": NEWS}],
    "identities": {"user_id": ["crmid", {"attribute": "_tenant.customerNumber"}]},
    "attributes": {"email": "personalEmail.address", "city": "homeAddress.city"},
}


def policy(deny: Any, **changes: Any) -> dict[str, Any]:
    return {"name": "Ours", "status": "ENABLED", "marketingActionRefs": ["emailTargeting"], "deny": deny} | changes


def faults(*policies: Any, mapped: dict[str, Any] = MAPPED, actions: Any = ("emailTargeting",), **labels: Any) -> Any:
    governance = {"marketing_actions": list(actions), "labels": labels, "policies": list(policies)}
    try:
        publishable(DOCUMENT | MAPPED | mapped | {"governance": governance})
    except DestinationFaults as error:
        return list(error.faults)
    return []


def violated(*policies: Any, **arguments: Any) -> list[str]:
    found: list[Fault] = faults(*policies, **arguments)
    assert {fault.code for fault in found} <= {"governance_violation"}, found
    return [fault.path for fault in found]


def test_adobes_core_policy_denies_its_labels_and_the_error_names_them() -> None:
    (fault,) = faults(
        RESTRICT_EMAIL_TARGETING, fields={"personalEmail.address": ["I1", "C4"]}, audiences={NEWS: ["C5"]}
    )

    assert (fault.code, fault.path) == ("governance_violation", "governance.policies[0]")
    assert fault.value == '"Restrict email targeting"'
    assert "emailTargeting with C4 of attributes.email; C5 of audience news-id" in fault.message


@pytest.mark.parametrize(
    "changes",
    [
        {"actions": ["exportToThirdParty"]},
        {"actions": []},
        {"labels": {"fields": {"personalEmail.address": ["I1", "C3"]}}},
        {"labels": {"fields": {"mobilePhone.number": ["C4"], "personalEmail.label": ["C4"]}}},
        {"labels": {"audiences": {"not-activated": ["C4"]}}},
        {"status": "DISABLED"},
        {"status": "DRAFT"},
    ],
)
def test_a_policy_needs_a_labelled_export_the_same_use_and_to_be_enabled(changes: dict[str, Any]) -> None:
    labels = changes.get("labels", {"fields": {"personalEmail.address": ["C4"]}})
    adobes = RESTRICT_EMAIL_TARGETING | {"status": changes.get("status", "ENABLED")}

    assert violated(adobes, actions=changes.get("actions", ["emailTargeting"]), **labels) == []


@pytest.mark.parametrize(
    "reference",
    ["emailTargeting", "https://platform.adobe.io/data/foundation/dulepolicy/marketingActions/custom/emailTargeting/"],
)
def test_an_action_is_known_by_the_id_at_the_end_of_its_url(reference: str) -> None:
    labels = {"fields": {"personalEmail.address": ["C4"]}}

    assert violated(RESTRICT_EMAIL_TARGETING, actions=[reference], **labels)
    assert violated(policy({"label": "C4"}, marketingActionRefs=["x", reference]), **labels)


def test_a_document_that_a_policy_denies_can_still_be_loaded() -> None:
    governance = {
        "marketing_actions": ["emailTargeting"],
        "labels": {"fields": {"personalEmail": ["C4"]}},
        "policies": [RESTRICT_EMAIL_TARGETING],
    }
    destination = parse_destination(DOCUMENT | MAPPED | {"governance": governance})

    assert [fault.code for fault in policy_violations(destination)] == ["governance_violation"]


def test_the_functions_evaluate_no_policies() -> None:
    program = "import sys, functions.ingest.app, functions.drain.app; print(*sys.modules)"
    command = [sys.executable, "-c", program]
    found = subprocess.run(command, cwd=PROJECT, env={}, capture_output=True, text=True, check=True)  # noqa: S603 # ours
    evaluation = {"aep_moengage.document.policies", "aep_moengage.document.exports", "aep_moengage.aep.field_paths"}

    assert "aep_moengage.document.plain" in found.stdout.split()
    assert evaluation.isdisjoint(found.stdout.split())


BOTH = {"operator": "AND", "operands": [{"label": "C2"}, {"label": "I1"}]}


@pytest.mark.parametrize(
    ("labels", "denied"),
    [
        ({"audiences": {GOLD: ["C2", "I1"]}}, True),
        ({"audiences": {GOLD: ["C2"], NEWS: ["I1"]}}, False),
        ({"audiences": {GOLD: ["C2"]}, "fields": {"personalEmail": ["I1"]}}, True),
        ({"fields": {"personalEmail": ["I1"], "homeAddress": ["C2"]}}, True),
        ({"identities": {"CRMID": ["I1"]}, "audiences": {NEWS: ["C2"]}}, True),
        ({"fields": {"personalEmail": ["I1"]}}, False),
    ],
)
def test_labels_of_an_and_policy_have_to_meet_in_one_audience(labels: dict[str, Any], denied: bool) -> None:
    assert bool(violated(policy(BOTH), **labels)) == denied


def test_only_the_audience_where_labels_meet_is_named() -> None:
    (fault,) = faults(policy(BOTH), fields={"personalEmail": ["I1"]}, audiences={GOLD: ["C2"], NEWS: ["C9"]})

    assert "C2 of audience gold-id; I1 of attributes.email" in fault.message
    assert NEWS not in fault.message


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ("a.secret", True),
        ("a.secret.part", True),
        ("a", True),
        ("a.secrets", False),
        ("a.other", False),
        ('a."secret"', True),
        ("a.secret[0].x", True),
        ("a.secret[*].x | [0]", True),
        ("a.*", True),
        ("*.secret", True),
        ("*", True),
        ("b[?other == a.secret].c", False),  # relative to b's elements
        ("a.b[?secret].c", False),
        ("a[?secret == 'x'].name", True),
        ("a[].name", False),
        ("{made: a.secret}.made", True),
        ("[a.secret, b][1]", True),
        ("[b, c][1]", False),
        ("{secret: b}.secret", False),
        ("b || a.secret", True),
        ("b && a.secret", True),
        ("!a.secret", True),
        ("length(a.secret)", True),
        ("join(', ', [b, a.secret])", True),
        ("sort_by(a, &name)[0].name", True),
        ("map(&x, b)", False),
        ("a | secret", True),
        ("a | @.secret", True),
        ("@", True),
        ("to_string(@)", True),
        ("b.{x: c}", False),
        ("`1`", False),
    ],
)
def test_a_label_counts_for_whatever_reads_its_field(source: str, read: bool) -> None:
    labels = {"fields": {"a.secret": ["C4"]}}
    by_attribute = violated(RESTRICT_EMAIL_TARGETING, mapped={"attributes": {"x": source}}, **labels)
    identities = {"user_id": [{"attribute": source}]}
    by_identity = violated(RESTRICT_EMAIL_TARGETING, mapped={"identities": identities}, **labels)

    assert (bool(by_attribute), bool(by_identity)) == (read, read)


@pytest.mark.parametrize(
    ("mapped", "labels"),
    [
        ({"attributes": "all"}, {"fields": {"anything.at.all": ["C4"]}}),
        ({"audiences": "all"}, {"audiences": {"any": ["C4"]}}),
        ({"audiences": "all"}, {"fields": {"segmentMembership.ups": ["C4"]}}),
        ({}, {"identities": {"CrmId": ["C4"]}}),
        ({}, {"fields": {"identityMap.CRMID": ["C4"]}}),
        ({}, {"fields": {"identityMap": ["C4"]}}),
        (
            {"attributes": {"x": "identityMap.crmid[0].id"}, "identities": {"user_id": "ECID"}},
            {"identities": {"CRMID": ["C4"]}},
        ),
        ({}, {"fields": {f'segmentMembership.ups."{GOLD}"': ["C4"]}}),
    ],
)
def test_everything_that_can_be_exported_counts(mapped: dict[str, Any], labels: dict[str, Any]) -> None:
    assert violated(RESTRICT_EMAIL_TARGETING, mapped=mapped, **labels)


def test_fields_that_only_consent_reads_are_not_exported() -> None:
    rules = {"consent": ["consents.marketing.email"]}

    assert violated(RESTRICT_EMAIL_TARGETING, mapped=rules, fields={"consents": ["C4"]}) == []


@pytest.mark.parametrize(
    "deny",
    [
        {},
        {"operator": "OR", "operands": []},
        {"operator": "AND"},
        {"operands": [{"label": "C1"}]},
        {"label": "C1", "operator": "OR", "operands": [{"label": "C2"}]},
        {"operator": "OR", "operands": [{"label": "C1"}, {}]},
    ],
)
def test_an_empty_expression_is_an_error(deny: Any) -> None:
    (fault,) = faults(policy(deny))
    assert fault.code == "invalid_deny"
    assert fault.path.startswith("governance.policies[0].deny")


def test_errors_of_the_section_name_allowed_values() -> None:
    found = faults(policy({"label": "C4"}, status="ON", imsOrg="ignored"), fields={"a[0]": ["C4"]}, audience={})

    assert {(fault.path, fault.code) for fault in found} == {
        ("governance.policies[0].status", "not_allowed"),
        ('governance.labels.fields["a[0]"]', "invalid_field"),
        ("governance.labels.audience", "unknown_field"),
    }
    assert all(fault.allowed for fault in found)


LABELS = ["C1", "C2", "I1", "S1"]
labels_of = st.lists(st.sampled_from(LABELS), unique=True, max_size=3)
expressions = st.recursive(
    st.builds(lambda label: {"label": label}, st.sampled_from(LABELS)),
    lambda inner: st.builds(
        lambda operator, operands: {"operator": operator, "operands": operands},
        st.sampled_from(["AND", "OR"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=6,
)
FIELDS = ["a", "a.b", "a.b.c", "a.d", "e"]


def true_where(deny: dict[str, Any], labels: set[str]) -> bool:
    """The expression, spelled out in disjunctive normal form and looked up term by term."""

    def terms(node: dict[str, Any]) -> list[set[str]]:
        if "label" in node:
            return [{node["label"]}]
        parts = [terms(operand) for operand in node["operands"]]
        if node["operator"] == "OR":
            return [term for part in parts for term in part]
        return [set().union(*choice) for choice in itertools.product(*parts)]

    return any(term <= labels for term in terms(deny))


@given(
    deny=expressions,
    fields=st.dictionaries(st.sampled_from(FIELDS), labels_of),
    audiences=st.dictionaries(st.sampled_from(["x", "y", "z"]), labels_of),
    read=st.lists(st.sampled_from(FIELDS), max_size=3),
    activated=st.lists(st.sampled_from(["x", "y"]), unique=True),
)
def test_the_evaluator_agrees_with_a_brute_force_oracle(
    deny: dict[str, Any],
    fields: dict[str, list[str]],
    audiences: dict[str, list[str]],
    read: list[str],
    activated: list[str],
) -> None:
    shared = {
        label
        for source in read
        for field, labels in fields.items()
        for label in labels
        if f"{source}.".startswith(f"{field}.") or f"{field}.".startswith(f"{source}.")
    }
    expected = any(true_where(deny, shared | set(audiences.get(each, []))) for each in [None, *activated])

    governance = Governance.model_validate(
        {
            "marketing_actions": ["use"],
            "labels": {"fields": fields, "audiences": audiences},
            "policies": [policy(deny, marketingActionRefs=["use"])],
        }
    )
    exported = [Export(source, frozenset({tuple(source.split("."))})) for source in read]
    exported += [Export(each, frozenset(), each) for each in activated]
    found = violations(governance, exported)

    assert bool(found) == expected
    for violation in found:
        assert set(violation.carriers) <= Deny.model_validate(deny).labels()
        assert true_where(deny, set(violation.carriers))
