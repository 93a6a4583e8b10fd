"""The vocabulary: the outcomes of a profile and the reasons for them. Code, metrics, logs, alarms and docs share it.

Every set of codes is closed. At any time received = delivered + unchanged + superseded + skipped + rejected +
retrying.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class _Explained(StrEnum):
    """Codes with a `message` that explains them; docs/outcomes.md shows it."""

    message: str

    def __new__(cls, code: str, message: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.message = message
        return member


class Outcome(_Explained):
    """What happened to a profile."""

    DELIVERED = "delivered", "MoEngage accepted it: a 2xx status, and no `status: fail` in the body"
    UNCHANGED = "unchanged", "identical to the data that was delivered before or is being sent; not sent again"
    SUPERSEDED = "superseded", "nothing in it is news: newer attributes and audiences are known already; not sent"
    SKIPPED = "skipped", "deliberately not sent; Adobe calls these *excluded*"
    RETRYING = "retrying", "in the retry queue; will be sent again"
    REJECTED = "rejected", "can never be delivered as it is; in the dead-letter queue"


class SkipReason(_Explained):
    """Why a profile was deliberately not sent."""

    NO_IDENTITY = "no_identity", "the profile has none of the mapped identities, or only values that name nobody"
    ANONYMOUS = (
        "anonymous",
        "only an anonymous identity: the destination skips those, or held the event for long enough",
    )
    CONSENT = "consent", "the profile lacks a consent that the destination requires"
    EVENT_NOT_MAPPED = "event_not_mapped", "an event that nothing in the destination's `events` selects"


class RetryReason(_Explained):
    """Why a profile is in the retry queue."""

    TRANSIENT = "transient", "a network error, a time-out, an error inside MoEngage, or no time left to call it"
    THROTTLED = "throttled", "over MoEngage's rate limit"
    QUEUED = "queued", "too many at once to be delivered one by one; sent in bulk"
    SETUP = "setup", "MoEngage rejects the credentials or the account; kept until an operator fixes that"
    PAUSED = "paused", "an operator paused the destination; kept until `resume`"
    HELD = "held", "an event of somebody who is not known yet; kept for as long as `hold_anonymous` says"


# Profiles with these reasons are retried less often and never given up.
AWAITING_OPERATOR = frozenset({RetryReason.SETUP, RetryReason.PAUSED})
# What waits for something else than MoEngage: the retry window does not run.
AWAITING_OTHERS = AWAITING_OPERATOR | {RetryReason.HELD}


class RejectReason(_Explained):
    """Why a profile can never be delivered as it is."""

    NOT_A_PROFILE = "not_a_profile", "it is not a JSON object, or its JSON cannot be read"
    NOT_AN_EVENT = "not_an_event", "posted as an event, but it is not a JSON object, or its JSON cannot be read"
    INVALID_CUSTOMER_ID = (
        "invalid_customer_id",
        "its id is over 1,024 characters long, has control characters, or is an inexact number",
    )
    RECORD_TOO_LARGE = "record_too_large", "the request would exceed MoEngage's limit of 128 KB"
    REFUSED = "refused", "MoEngage answered 400 or another status that a retry cannot fix"
    GAVE_UP = "gave_up", "not delivered within the retry window"


class WarningCode(_Explained):
    """What was changed or left out of a profile so that MoEngage accepts the rest."""

    AUDIENCES_TRUNCATED = (
        "audiences_truncated",
        "more than 50 audiences: the most recently changed 50 were kept",
    )
    AUDIENCE_NAME_TRUNCATED = "audience_name_truncated", "an audience's name was cut to 512 characters"
    AUDIENCE_ATTRIBUTE_TAKEN = (
        "audience_attribute_taken",
        "left out: the destination stores audiences in this attribute; rename one of the two",
    )

    AUDIENCE_STATUS_UNKNOWN = (
        "audience_status_unknown",
        "an audience's status is neither realized, existing nor exited; its membership stays as it was",
    )
    AUDIENCE_TIME_UNUSABLE = (
        "audience_time_unusable",
        "an audience's lastQualificationTime is in the future or not a time; the time of receipt was taken",
    )
    AUDIENCE_EXPIRED = "audience_expired", "an audience's validUntil is over; the profile is no longer in it"
    MERGE_REFUSED = (
        "merge_refused",
        "MoEngage refuses to merge the anonymous user into this one; both are kept",
    )

    NAME_BLOCKED = "name_blocked", "left out: MoEngage blocks this name"
    NAME_RESERVED = "name_reserved", "left out: MoEngage reserves this name"
    NAME_READ_ONLY = "name_read_only", "left out: only MoEngage itself sets this attribute"
    NAME_PREFIX = "name_prefix", "left out: MoEngage reserves names that begin with moe_"
    NAME_ALTERED = "name_altered", "left out: MoEngage changes names that contain '.'"
    NAME_TOO_LONG = "name_too_long", "left out: the name is longer than 200 characters"
    NAME_COLLISION = (
        "name_collision",
        "another field of the profile has the same name; only the first was kept",
    )
    ATTRIBUTES_TRUNCATED = (
        "attributes_truncated",
        "more than 255 attributes: the first 255 were kept; the audiences are the 256th",
    )

    EVENT_TIME_UNUSABLE = (
        "event_time_unusable",
        "the event's time is not a time; the time of receipt was taken",
    )
    EVENT_TIME_FUTURE = (
        "event_time_future",
        "the event's time is in the future, which MoEngage does not take; the time of receipt was taken",
    )
    EVENT_ATTRIBUTES_TRUNCATED = (
        "event_attributes_truncated",
        "more than 100 attributes of one event: the first 100 were kept",
    )
    EVENT_ITEMS_TRUNCATED = (
        "event_items_truncated",
        "`for_each` found more than 250 entries: the first 250 were sent as events",
    )
    ANSWER_LOST = (
        "answer_lost",
        "MoEngage's answer to this event was lost: it may have the event twice, or lack it with `at_most_once`",
    )

    STRING_TRUNCATED = "string_truncated", "cut to 512 characters"
    URL_TOO_LONG = "url_too_long", "left out: a URL longer than 512 characters"
    NUMBER_OUT_OF_RANGE = "number_out_of_range", "left out: not finite, or an integer beyond 64 bits"
    ARRAY_TRUNCATED = "array_truncated", "the array was cut to MoEngage's limit: 50 elements, or 100 objects"
    ARRAY_MIXED = "array_mixed", "left out: an array must contain only strings or only numbers"
    OBJECT_UNDECLARED = "object_undeclared", "left out: an object; declare `type: object` or map its fields"
    OBJECT_TOO_LARGE = "object_too_large", "left out: the object exceeds 25 KB or 100 keys"
    OBJECT_TOO_DEEP = (
        "object_too_deep",
        "parts below the second level became JSON text; those over 512 characters were left out",
    )
    OBJECT_KEY = (
        "object_key",
        "left out: a key is empty, longer than 200 characters, or contains one of $ . % #",
    )

    NOT_A_STRING = "not_a_string", "left out: the value cannot be converted to a string"
    NOT_A_NUMBER = "not_a_number", "left out: the value is not a number"
    NOT_AN_INTEGER = "not_an_integer", "left out: the value is not an integer"
    NOT_A_BOOLEAN = "not_a_boolean", "left out: the value is neither true nor false"
    NOT_AN_ARRAY = "not_an_array", "left out: the value is not an array"
    INVALID_DATETIME = (
        "invalid_datetime",
        "left out: not a date or time between 1900 and 2200; a number may need its `unit`",
    )
    NOT_AN_OBJECT = "not_an_object", "left out: the value is neither an object nor an array of objects"
    NOT_AN_OPT_IN_STATUS = (
        "not_an_opt_in_status",
        "left out: MoEngage takes DOUBLE_OPTED_IN, OPTED_OUT or OPT_IN_PENDING here",
    )

    def about(self, field: str) -> "MappingWarning":
        """Returns the warning about `field`."""
        return MappingWarning(self, field[:200], self.message)


@dataclass(frozen=True, slots=True)
class MappingWarning:
    """What was changed in which field. Safe to show: it never contains a value."""

    code: WarningCode
    field: str
    message: str


# Rejected elements that are nothing that could be sent: they share dead letters.
NO_OBJECTS = frozenset({RejectReason.NOT_A_PROFILE, RejectReason.NOT_AN_EVENT})

type Reason = SkipReason | RetryReason | RejectReason

# The messages of profiles that are rejected before they are sent; for all others it is MoEngage's answer.
_OBJECT = "a JSON object is expected, without NaN or Infinity, numbers of over 4,300 digits, or more than 200 levels"
UNSENDABLE: dict[Reason | None, str] = {
    RejectReason.NOT_A_PROFILE: f"not a profile: {_OBJECT}",
    RejectReason.NOT_AN_EVENT: f"not an event: {_OBJECT}",
    RejectReason.INVALID_CUSTOMER_ID: (
        "the id is over 1,024 characters long, has control characters, or is an inexact number"
    ),
    RejectReason.RECORD_TOO_LARGE: "the attributes exceed MoEngage's limit of 128 KB",
}
