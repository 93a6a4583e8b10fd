"""Sample profiles with the values that are easiest to spoil on the way through a template.

They have the shape of Adobe's samples (message-format.md): target identities, freeform attributes with `value`, unset
ones without.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

TEST_USER = "aep-moengage-card-test"
_TIME = "2026-01-12T08:00:00.000+0000"
NAMES: Mapping[str, Mapping[str, str]] = {"ups": {"11111111-1111-1111-1111-111111111111": "Card test"}}

PROFILES: tuple[dict[str, Any], ...] = (
    {
        "segmentMembership": {
            "ups": {"11111111-1111-1111-1111-111111111111": {"lastQualificationTime": _TIME, "status": "realized"}},
            "CustomerAudienceUpload": {"upload-1": {"lastQualificationTime": _TIME, "status": "exited"}},
        },
        "identityMap": {"user_id": [{"id": TEST_USER}], "anonymous_id": [{"id": f"{TEST_USER}-device"}]},
        "attributes": {
            "card_test_text": {"value": 'quotes ", a backslash \\, <tags> & two\nlines\t'},
            "card_test_letters": {"value": "größer 漢字 😀"},
            "card_test_unset": {},
        },
    },
    {
        "segmentMembership": {"ups": {}},
        "identityMap": {"anonymous_id": [{"id": f"{TEST_USER}-other-device"}]},
        "attributes": {},
    },
)


def fresh_samples(now: datetime) -> list[dict[str, Any]]:
    """Returns the samples with the time as an attribute, so that the connector does not skip them as unchanged."""
    run = {"card_test_run": {"value": now.strftime("%Y-%m-%dT%H:%M:%SZ")}}
    return [profile | {"attributes": profile["attributes"] | run} for profile in PROFILES]
