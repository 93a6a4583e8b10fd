"""MoEngage's standard attributes: which it takes from an API at all, when, and of which type.

Sources: MoEngage's OpenAPI of the Data API (`UserAttributes`) for the types, the table of user attributes in its Data
overview for what can be created and updated, its troubleshooting page for city, state and country.
"""

from collections.abc import Mapping
from enum import Enum, auto


class StandardType(Enum):
    """The type that MoEngage gives a standard attribute."""

    TEXT = auto()
    BOOLEAN = auto()
    DAY = auto()  # a date, or a date-time in UTC
    DATE_TIME = auto()  # a day as well, but with a time
    EPOCH_MILLISECONDS = auto()
    EMAIL_OPT_IN = auto()  # one of EMAIL_OPT_IN_STATUSES


EMAIL_OPT_IN_STATUSES = frozenset({"DOUBLE_OPTED_IN", "OPTED_OUT", "OPT_IN_PENDING"})

_TEXTS = (
    *("u_n", "u_fn", "u_ln", "u_gd", "u_em", "u_mb", "uid", "publisher_name", "campaign_name"),
    *("moe_gaid", "advertising_identifier", "moe_sms_subscription", "moe_em_unsub_categories"),
)
_BOOLEANS = (
    *("moe_wa_subscription", "push_preference", "moe_sub_w", "moe_spam", "moe_unsubscribe", "moe_hard_bounce"),
)
# The names under which MoEngage's own examples send u_n, u_fn, u_ln, u_gd, u_em, u_mb
_ALIASES = ("name", "first_name", "last_name", "gender", "email", "mobile")

STANDARD_TYPES: Mapping[str, StandardType] = {
    **dict.fromkeys((*_TEXTS, *_ALIASES), StandardType.TEXT),
    **dict.fromkeys(_BOOLEANS, StandardType.BOOLEAN),
    "birthday": StandardType.DAY,
    "u_bd": StandardType.DATE_TIME,
    "u_l_a": StandardType.EPOCH_MILLISECONDS,
    "cr_t": StandardType.EPOCH_MILLISECONDS,
    "moe_email_optin_status": StandardType.EMAIL_OPT_IN,
}

# MoEngage sets these and takes them from nobody. Those that begin with moe_ are refused by their prefix.
READ_ONLY_NAMES = frozenset(
    {"geo", "t_rev", "t_trans", "u_s_c", "installed", "uninstall_time", "web subscription url"}
    | {"locale_language_display", "locale_country_display"}
)
# MoEngage takes these when it creates a user and ignores them afterwards.
CREATE_ONLY_NAMES = frozenset(
    {"publisher_name", "campaign_name", "u_l_a", "cr_t", "moe_gaid", "moe_mweb", "advertising_identifier"}
    | {"city", "state", "country"}
)
# The names that begin with moe_ and may be set: the prefix is MoEngage's own
SETTABLE_MOE_NAMES = frozenset(name for name in STANDARD_TYPES if name.startswith("moe_")) | {
    "moe_mweb",
    "moe_email_open_tracking_consent",
}
