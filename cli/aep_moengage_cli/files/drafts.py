"""Drafts: a destination file with comments, proposed from sample profiles. It holds no value of a profile."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from aep_moengage.aep.events import event_values
from aep_moengage.document.destination import DEFAULT_AUDIENCE_ATTRIBUTE
from aep_moengage.document.model import REGIONS
from aep_moengage.moengage.records import ATTRIBUTES
from aep_moengage_cli.files.event_drafts import draft_events
from aep_moengage_cli.files.foreign_samples import foreign_samples
from aep_moengage_cli.files.proposals import (
    ProposedAttribute,
    ProposedIdentities,
    propose_attributes,
    propose_identities,
)
from aep_moengage_cli.files.survey import Survey, spelled, survey, writable

FILL_IN = "FILL IN"  # neither a region nor a DATA APP ID, so that `check` reports it
DEFAULT_ID, DEFAULT_NAME = "my-destination", "My destination"
_LONGEST_TEXT = 512  # characters, the limit of a destination file
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*(?: [A-Za-z0-9_.-]+)*", re.ASCII)
_COLUMN, _ATTRIBUTE_COLUMN = 34, 60  # where comments begin
_EXAMPLES = (
    "#   first_name: person.name.firstName",
    "#   email_hash: {source: personalEmail.address, transform: sha256}",
)


@dataclass(frozen=True, slots=True)
class Heading:
    """The fields of a destination that are not in the samples."""

    id: str = DEFAULT_ID
    name: str = DEFAULT_NAME
    region: str = FILL_IN
    username: str = FILL_IN
    card_attribute: str | None = None  # that MoEngage's own card has filled


def draft(heading: Heading, sample: Survey, events: Sequence[Any] = ()) -> str:
    """Returns a destination file. It has no errors, whatever the samples are, once FILL IN is replaced.

    Where no sample profile has identities, those of the sample events are proposed.
    """
    people = sample if sample.identities else survey(map(event_values, filter(_is_object, events)))
    parts = (
        _head(heading, sample),
        _audiences(sample),
        _identities(people),
        _attributes(sample),
        draft_events([event for event in events if _is_object(event)], _event_type),
        _rest(heading, sample),
    )
    return "\n\n".join(filter(None, ("\n".join(part) for part in parts))) + "\n"


def _is_object(event: Any) -> bool:
    return isinstance(event, dict)


def _event_type(name: str, comment: str) -> str:
    return _commented(f"  - {_scalar(name)}", comment)


def card_draft(heading: Heading) -> str:
    """Returns the file of a destination whose mapping is done in Adobe's interface."""
    lines = (
        "# A MoEngage destination behind a card of `adobe-card`; its mapping is done in Adobe.",
        *_fields(heading),
        "",
        "audiences: all                    # Adobe sends only what is activated to the card, with its names",
        "identities:                       # the target identities of the card",
        _line("  user_id", "user_id", "the person; becomes MoEngage's customer_id"),
        _line("  anonymous_id", "anonymous_id", "used for profiles without a user_id"),
        _line("attributes", "all", "under the names that they are mapped to; dots become underscores"),
        *_audience_attribute(heading),
    )
    return "\n".join(lines) + "\n"


def _head(heading: Heading, sample: Survey) -> Iterator[str]:
    count = len(sample.profiles)
    source = f", drafted from {count} sample profile{'' if count == 1 else 's'}" if count else ""
    yield f"# A MoEngage destination{source}. Review it, then run: aep-moengage check FILE --events EVENT..."
    yield from (f"# Caution: {message}." for message in foreign_samples(sample))
    yield from _fields(heading)


def _fields(heading: Heading) -> Iterator[str]:
    yield _line("id", heading.id, "in the URL that AEP posts to; 1 to 63 of a-z 0-9 - _")
    yield _line("name", heading.name)
    yield _line("region", heading.region, f"MoEngage's data center: {' '.join(REGIONS)}")
    yield _line(
        "username", heading.username, "MoEngage's DATA APP ID; `connect` asks for its key, which is never in this file"
    )


def _audiences(sample: Survey) -> Iterator[str]:
    yield "# The activated audiences, or `all`. The name in MoEngage is this name, else AEP's, else the id."
    known: dict[tuple[str, str], str] = {}
    for (namespace, audience), name in sample.audiences.items():
        if _fits(namespace) and _fits(audience):
            known.setdefault((namespace.lower(), audience), _audience(namespace, audience, name))
    if not known:
        yield "audiences: all"
        return
    yield "audiences:"
    yield from known.values()


def _audience(namespace: str, audience: str, name: str | None) -> str:
    named = f", name: {_scalar(name)}" if name and name.strip() and _fits(name) else ""
    spaced = "" if namespace.lower() == "ups" else f", namespace: {_scalar(namespace)}"
    return f"  - {{id: {_scalar(audience)}{named}{spaced}}}"


def _identities(sample: Survey) -> Iterator[str]:
    proposed = propose_identities(sample)
    yield "# MoEngage identity <- AEP identity namespaces, or {attribute: XDM path}; the first that is present counts."
    yield from _remarks(proposed)
    yield "identities:"
    if proposed.user_id:
        yield _line("  user_id", proposed.user_id, "the person; becomes MoEngage's customer_id")
    if proposed.anonymous_id:
        yield _line("  anonymous_id", proposed.anonymous_id, "used for profiles without a user_id")
    if not proposed.user_id and not proposed.anonymous_id:
        yield _line("  user_id", "crmid", "no sample has an identity: write the namespace of your users here")


def _remarks(proposed: ProposedIdentities) -> Iterator[str]:
    if proposed.others:
        yield f"# Also in the samples: {_listed(proposed.others)}."
        yield "# Add namespaces of persons to `user_id`. Profiles that have only a later one become separate users."
    if proposed.unusable:
        yield f"# Not proposed, because MoEngage accepts none of their ids: {_listed(proposed.unusable)}."


def _attributes(sample: Survey) -> Iterator[str]:
    yield "# MoEngage attribute <- XDM path, or {source: …, type: …, default: …}, or {identity: namespace}; or `all`."
    proposed = propose_attributes(sample)
    mapped = [attribute for attribute in proposed if not attribute.remark][: ATTRIBUTES - 1]
    yield "attributes:" if mapped else "attributes: {}"
    if not proposed:
        yield from _EXAMPLES
    for attribute in mapped:
        yield _attribute(attribute, "  ", len(sample.profiles))
    for attribute in proposed:
        if attribute not in mapped:
            yield _attribute(attribute, "# ", len(sample.profiles))


def _attribute(attribute: ProposedAttribute, margin: str, count: int) -> str:
    kinds = " or ".join(attribute.kinds) or "empty array"
    seen = f"{kinds}, in {attribute.seen} of {count}"
    comment = "; ".join(each for each in (seen if attribute.seen else "", attribute.remark) if each)
    return _commented(f"{margin}{_scalar(attribute.name)}: {_read(attribute)}", comment, _ATTRIBUTE_COLUMN)


def _read(attribute: ProposedAttribute) -> str:
    if attribute.identity:
        return f"{{identity: {_scalar(attribute.identity)}}}"
    source = _scalar(attribute.source)
    return f"{{source: {source}, type: {attribute.type}}}" if attribute.type else source


def _rest(heading: Heading, sample: Survey) -> Iterator[str]:
    consents = [source for source in map(spelled, sample.consents) if source is not None]
    if consents:
        yield "# Consents in the samples. Without `consent` every profile is sent; with it, a profile needs them all."
        yield "# consent:"
        yield from (f"#   - {_scalar(source)}" for source in consents)
        yield ""
    yield "# Every other field, with its default, is shown in events/destination-full.yaml."
    yield from _audience_attribute(heading)
    yield _commented("audience_events: false", 'true: also events "AEP Segment Entered" and "AEP Segment Exited"')
    yield _commented("anonymous_profiles: deliver", "or skip those without a user_id")


def _audience_attribute(heading: Heading) -> Iterator[str]:
    yield _line(
        "audience_attribute", heading.card_attribute or DEFAULT_AUDIENCE_ATTRIBUTE, "holds the names of the audiences"
    )
    if heading.card_attribute:
        yield _line("existing_audiences", "keep", "names that MoEngage's own card gave a user stay")


def _line(name: str, value: str | tuple[str, ...], comment: str = "") -> str:
    if isinstance(value, tuple):
        written = _scalar(value[0]) if len(value) == 1 else f"[{_listed(value)}]"
    else:
        written = _scalar(value)
    return _commented(f"{name}: {written}", comment)


def _commented(text: str, comment: str, column: int = _COLUMN) -> str:
    return f"{text.ljust(column - 1)} # {comment}" if comment else text


def _listed(texts: tuple[str, ...]) -> str:
    return ", ".join(map(_scalar, texts))


def _fits(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_TEXT and writable(text)


def _scalar(text: str) -> str:
    """Returns text as YAML on one line, without quotes if every YAML reader reads it as this text."""
    if _PLAIN.fullmatch(text) and yaml.safe_load(text) == text:
        return text
    dumped = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=float("inf"))
    return str(dumped).rstrip("\n")
