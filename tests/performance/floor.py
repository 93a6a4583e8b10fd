"""The bare loop that the transform is compared with: the standard library's JSON, paths walked, and no check at all."""

import json
from typing import Any

from tests.performance.profiles import ATTRIBUTES

_PATHS = [(name, tuple(path.split("."))) for name, path in ATTRIBUTES.items()]
_ENCODE = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def bare(body: bytes) -> bytes:
    """Returns the record of a profile with its twenty attributes, its identity and its memberships, as bytes."""
    profile = json.loads(body)
    attributes: dict[str, Any] = {}
    for name, path in _PATHS:
        value = profile
        for key in path:
            value = value[key]
        attributes[name] = value
    memberships = profile["segmentMembership"]["ups"]
    attributes["audiences"] = [name for name, each in memberships.items() if each["status"] != "exited"]
    customer_id = profile["identityMap"]["crmid"][0]["id"]
    return _ENCODE({"type": "customer", "customer_id": customer_id, "attributes": attributes}).encode()
