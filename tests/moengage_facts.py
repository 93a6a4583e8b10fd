"""Lists of MoEngage's API reference, for the tests of the connector and of the simulator, which have their own copies.

Source: MoEngage's API reference, Data overview and Track User, as of August 2026.
"""

# "Any string of more than one character", except these
FORBIDDEN_CUSTOMER_IDS = (
    *("unknown", "guest", "null", "0", "1", "true", "false", "user_attribute_unique_id", "(empty)", "na", "n/a"),
    *('""', "dummy_seller_code", "user_id", "id", "customer_id", "uid", "userid", "none", "-2", "-1", "2"),
)
BLOCKED_NAMES = ("", "id", "_id")
RESERVED_NAMES = (
    *("MOE_TIME_FORMAT", "MOE_TIME_TIMEZONE", "MOE_GAID", "MOE_ISLAT", "INSTALL", "UPDATE"),
    *("status", "user_id", "source", "USER_ATTRIBUTE_UNIQUE_ID", "USER_ATTRIBUTE_USER_EMAIL"),
)
