"""A caution: a likely mistake in a destination file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

_MOST_NAMES = 5


class CautionCode(StrEnum):
    """Kinds of likely mistakes."""

    AUDIENCE_ATTRIBUTE_MAPPED = "audience_attribute_mapped"
    ATTRIBUTE_CREATE_ONLY = "attribute_create_only"
    ATTRIBUTE_SHARED = "attribute_shared"
    OTHER_AUDIENCE_ATTRIBUTE = "other_audience_attribute"
    QUOTA_TOO_LOW = "quota_too_low"
    AUDIENCE_NAMED_TWICE = "audience_named_twice"
    TOO_MANY_ATTRIBUTES = "too_many_attributes"
    DEFAULT_NOT_SENT = "default_not_sent"
    TRANSFORM_WITHOUT_EFFECT = "transform_without_effect"
    NO_USER_ID = "no_user_id"
    SAMPLE_NOT_AN_EXPORT = "sample_not_an_export"
    SOURCE_NEVER_FOUND = "source_never_found"
    IDENTITY_NEVER_FOUND = "identity_never_found"
    AUDIENCE_NEVER_FOUND = "audience_never_found"
    PROFILES_NOT_SENT = "profiles_not_sent"
    PROFILES_ANONYMOUS = "profiles_anonymous"
    IDS_DIFFER_BY_CASE = "ids_differ_by_case"
    ATTRIBUTE_CHANGED = "attribute_changed"
    TIME_SENT_AS_TEXT = "time_sent_as_text"
    DYNAMIC_KEYS = "dynamic_keys"
    FIELDS_NOT_MAPPED = "fields_not_mapped"
    NAMESPACES_NOT_MAPPED = "namespaces_not_mapped"
    AUDIENCES_NOT_ACTIVATED = "audiences_not_activated"
    CONSENT_NOT_REQUIRED = "consent_not_required"
    EVENTS_NOT_SENT = "events_not_sent"
    EVENT_TYPES_NOT_MAPPED = "event_types_not_mapped"
    EVENT_TYPE_NEVER_FOUND = "event_type_never_found"
    EVENTS_ALIKE = "events_alike"
    NOBODY_BECOMES_KNOWN = "nobody_becomes_known"


# what decides who is sent comes before what decides what is sent of them
_FIRST = (
    CautionCode.SAMPLE_NOT_AN_EXPORT,
    CautionCode.NO_USER_ID,
    CautionCode.IDENTITY_NEVER_FOUND,
    CautionCode.PROFILES_NOT_SENT,
    CautionCode.CONSENT_NOT_REQUIRED,
    CautionCode.EVENTS_NOT_SENT,
    CautionCode.PROFILES_ANONYMOUS,
    CautionCode.NOBODY_BECOMES_KNOWN,
)


@dataclass(frozen=True, slots=True)
class Caution:
    """One caution: `path` as errors have it; `near` holds similar names that may have been meant."""

    code: CautionCode
    path: str
    message: str
    near: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        near = f"; did you mean {' or '.join(self.near)}?" if self.near else ""
        return f"{self.path or 'document'}: {self.message}{near} [{self.code}]"


def ranked(found: Iterable[Caution]) -> list[Caution]:
    """Returns cautions in the order of their weight, those of one kind together."""
    kinds = {code: rank for rank, code in enumerate((*_FIRST, *(code for code in CautionCode if code not in _FIRST)))}
    return sorted(found, key=lambda caution: kinds[caution.code])


def counted(number: int, noun: str = "profile") -> str:
    """Returns a number of profiles, or of others, in words."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """Returns the first names, and how many more there are."""
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
