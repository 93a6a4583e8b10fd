"""The vocabulary: what can become of a profile, and why. One word in code, metrics, logs, alarms and docs.

Every set here is closed. At every moment received = delivered + unchanged + superseded + skipped + rejected +
retrying.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class _Explained(StrEnum):
    """Codes that say in a sentence what they mean; the docs show it."""

    message: str

    def __new__(cls, code: str, message: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.message = message
        return member


class Outcome(_Explained):
    """What became of a profile."""

    DELIVERED = "delivered", "MoEngage accepted it: the status is 2xx and the body does not say `fail`"
    UNCHANGED = "unchanged", "equal to what was already delivered or is on its way; not sent"
    SUPERSEDED = "superseded", "a newer update of this user has been received; not sent"
    SKIPPED = "skipped", "deliberately not sent; Adobe calls these *excluded*"
    RETRYING = "retrying", "in the retry queue"
    REJECTED = "rejected", "can never succeed as it is; in the dead-letter queue"


class SkipReason(_Explained):
    """Why a profile was deliberately not sent."""

    NO_IDENTITY = "no_identity", "none of the identities that the destination maps is in the profile"
    ANONYMOUS = "anonymous", "only an anonymous identity, and the destination says `anonymous_profiles: skip`"
    CONSENT = "consent", "a consent that the destination requires is not given"


class RetryReason(_Explained):
    """Why a profile waits in the retry queue."""

    TRANSIENT = "transient", "the network, a time-out, a fault of MoEngage's own, or no time left to try"
    THROTTLED = "throttled", "over MoEngage's rate limit"
    SETUP = "setup", "MoEngage refuses the credentials or the account; waits for an operator, is never given up"
    PAUSED = "paused", "an operator paused the destination; waits for `resume`, is never given up"


# What waits for an operator is probed seldom and never given up.
AWAITING_OPERATOR = frozenset({RetryReason.SETUP, RetryReason.PAUSED})


class RejectReason(_Explained):
    """Why a profile can never succeed as it is."""

    NOT_A_PROFILE = "not_a_profile", "it is no JSON object"
    FORBIDDEN_CUSTOMER_ID = "forbidden_customer_id", "its id is one of those that MoEngage takes for no user"
    INVALID_CUSTOMER_ID = "invalid_customer_id", "its id has over 1,000 characters, or control characters"
    RECORD_TOO_LARGE = "record_too_large", "what would be sent is over MoEngage's limit of 128 KB"
    REFUSED = "refused", "MoEngage answered 400 or another status that no retry mends"
    GAVE_UP = "gave_up", "not delivered within the retry window"


class WarningCode(_Explained):
    """What was changed or left out of a profile so that MoEngage takes the rest."""

    AUDIENCES_TRUNCATED = (
        "audiences_truncated",
        "more than 50 audiences: the most recently changed 50 were kept",
    )
    AUDIENCE_NAME_TRUNCATED = "audience_name_truncated", "an audience's name was cut to 512 characters"
    AUDIENCE_ATTRIBUTE_TAKEN = (
        "audience_attribute_taken",
        "left out: this attribute holds the audiences; give one of the two another name",
    )

    NAME_BLOCKED = "name_blocked", "left out: MoEngage blocks this name"
    NAME_RESERVED = "name_reserved", "left out: MoEngage reserves this name"
    NAME_READ_ONLY = "name_read_only", "left out: only MoEngage itself sets this attribute"
    NAME_PREFIX = "name_prefix", "left out: names that begin with moe_ are MoEngage's own"
    NAME_ALTERED = "name_altered", "left out: MoEngage would alter a name with '.'"
    NAME_TOO_LONG = "name_too_long", "left out: the name is longer than 200 characters"
    NAME_COLLISION = (
        "name_collision",
        "another field of the profile has this name too; only the first was kept",
    )
    ATTRIBUTES_TRUNCATED = "attributes_truncated", "more than 256 attributes: the first 256 were kept"

    STRING_TRUNCATED = "string_truncated", "cut to 512 characters"
    URL_TOO_LONG = "url_too_long", "left out: a URL longer than 512 characters"
    NUMBER_OUT_OF_RANGE = "number_out_of_range", "left out: not finite, or an integer beyond 64 bits"
    ARRAY_TRUNCATED = "array_truncated", "the array was cut to MoEngage's limit: 50 elements, or 100 objects"
    ARRAY_MIXED = "array_mixed", "left out: the array does not hold only strings or only numbers"
    OBJECT_UNDECLARED = "object_undeclared", "left out: an object; declare `type: object`, or map its parts"
    OBJECT_TOO_LARGE = "object_too_large", "left out: the object exceeds 25 KB or 100 keys"
    OBJECT_TOO_DEEP = (
        "object_too_deep",
        "parts below the second level became JSON text; those over 512 characters were left out",
    )
    OBJECT_KEY = (
        "object_key",
        "left out: a key of the object is empty, over 200 characters, or has one of $ . % #",
    )

    NOT_A_STRING = "not_a_string", "left out: no string can be made of the value"
    NOT_A_NUMBER = "not_a_number", "left out: the value is not a number"
    NOT_AN_INTEGER = "not_an_integer", "left out: the value is not an integer"
    NOT_A_BOOLEAN = "not_a_boolean", "left out: the value is neither true nor false"
    INVALID_DATETIME = (
        "invalid_datetime",
        "left out: no date or time between 1900 and 2200; a number may need its `unit`",
    )
    NOT_AN_OBJECT = "not_an_object", "left out: the value is neither an object nor an array of objects"
    NOT_AN_OPT_IN_STATUS = (
        "not_an_opt_in_status",
        "left out: MoEngage takes DOUBLE_OPTED_IN, OPTED_OUT or OPT_IN_PENDING here",
    )

    def about(self, field: str) -> "MappingWarning":
        """Returns the warning that this befell `field`."""
        return MappingWarning(self, field[:200], self.message)


@dataclass(frozen=True, slots=True)
class MappingWarning:
    """What befell which attribute. Safe to show: never holds a value."""

    code: WarningCode
    field: str
    message: str


type Reason = SkipReason | RetryReason | RejectReason

# What dead letters say of profiles that are rejected before they are sent; of the others MoEngage's answer says it.
UNSENDABLE: dict[Reason | None, str] = {
    RejectReason.NOT_A_PROFILE: "not a profile: a JSON object is expected",
    RejectReason.FORBIDDEN_CUSTOMER_ID: "the identity is one that MoEngage takes for no user, or a single character",
    RejectReason.INVALID_CUSTOMER_ID: "the identity is longer than 1,000 characters, or has control characters",
    RejectReason.RECORD_TOO_LARGE: "the user's attributes are larger than the 128 KB that MoEngage takes",
}
