"""Data governance, evaluated: which enabled policies deny what a destination exports.

Evaluated where a document is published or checked. The functions load what is published and never import this. A policy
counts if it is enabled and shares a marketing action with the destination. Adobe's page on automatic enforcement:
labels of a field count where the field is mapped, and two labels meet in the same audience.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from aep_moengage.aep.field_paths import FieldPath, overlap
from aep_moengage.aep.sources import plain_path
from aep_moengage.document.destination import Destination
from aep_moengage.document.exports import Export, exports, identity_field
from aep_moengage.document.faults import DestinationFaults, Fault, fault
from aep_moengage.document.governance import Deny, Governance, Labels
from aep_moengage.document.parsing import parse_destination


class Violation(NamedTuple):
    """A policy, by its place in the list, that denies the exports: the labels that meet, with the exports of each."""

    policy: int
    actions: tuple[str, ...]
    carriers: dict[str, tuple[str, ...]]


def publishable(document: Mapping[str, Any] | str) -> Destination:
    """Returns the destination that a document describes, if it may be published.

    Raises:
        DestinationFaults: with every error of the document; if it has none, with every policy that denies it.
    """
    destination = parse_destination(document)
    if denied := policy_violations(destination):
        raise DestinationFaults(denied)
    return destination


def policy_violations(destination: Destination) -> list[Fault]:
    """Returns an error for each enabled policy that denies what the destination exports."""
    governance = Governance.model_validate(destination.governance)
    if not governance.policies:
        return []
    return [_denial(governance, violated) for violated in violations(governance, list(exports(destination)))]


def violations(governance: Governance, exports: Sequence[Export]) -> list[Violation]:
    """Returns the policies that deny the exports."""
    actions = frozenset(map(_action, governance.marketing_actions))
    labelled = [(export, _labels_of(export, governance.labels)) for export in exports]
    found = []
    for place, policy in enumerate(governance.policies):
        shared = actions.intersection(map(_action, policy.marketingActionRefs))
        if policy.status == "ENABLED" and shared and (carriers := _denied(policy.deny, labelled)):
            found.append(Violation(place, tuple(sorted(shared)), carriers))
    return found


def _denial(governance: Governance, violated: Violation) -> Fault:
    name = governance.policies[violated.policy].name
    bearers = "; ".join(f"{label} of {', '.join(names)}" for label, names in violated.carriers.items())
    message = f"this policy denies {', '.join(violated.actions)} with {bearers}"
    allowed = "a mapping and activation without these; or other labels, or a policy that is not ENABLED"
    return fault("governance_violation", ["governance", "policies", violated.policy], name, message, allowed)


def _action(reference: str) -> str:
    """The id at the end of Adobe's URL of a marketing action, or the id itself."""
    return reference.rstrip("/").rpartition("/")[2]


def _labels_of(export: Export, labels: Labels) -> frozenset[str]:
    found = set(labels.audiences.get(export.audience, ())) if export.audience else set()
    fields = [(_spelled(plain_path(path)), given) for path, given in labels.fields.items()]
    fields += [(identity_field(namespace), given) for namespace, given in labels.identities.items()]
    for field, given in fields:
        if any(overlap(field, _spelled(read)) for read in export.fields):
            found.update(given)
    return frozenset(found)


def _spelled(field: FieldPath) -> FieldPath:
    return (*identity_field(field[1]), *field[2:]) if field[:1] == ("identityMap",) and len(field) > 1 else field


def _denied(deny: Deny, labelled: Sequence[tuple[Export, frozenset[str]]]) -> dict[str, tuple[str, ...]]:
    """Returns the labels that may not meet, each with the exports that have it. Fields meet each audience by itself."""
    fields = [each for each in labelled if each[0].audience is None]
    meetings = [fields, *([*fields, each] for each in labelled if each[0].audience is not None)]
    carriers: dict[str, set[str]] = defaultdict(set)
    for meeting in meetings:
        if deny.holds(_united(labels for _, labels in meeting)):
            for export, labels in meeting:
                for label in labels & deny.labels():
                    carriers[label].add(export.name)
    return {label: tuple(sorted(names)) for label, names in sorted(carriers.items())}


def _united(labels: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*labels)
