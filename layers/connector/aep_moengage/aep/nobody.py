"""Values that name nobody: what senders write where they have no id. Everybody under such an id would be one user."""

import hashlib
import re
from collections.abc import Callable, Iterable
from functools import cache

from aep_moengage.aep.texts import trimmed

type NamesNobody = Callable[[str], bool]

# Sources: AEP's Identity Service refuses null, anonymous and invalid; PostHog's list of refused ids has the others
_WORDS = frozenset(
    {"null", "anonymous", "invalid", "undefined", "[object object]", "nan", "none", "nil", "(null)", "guest"}
    | {"not_authenticated", "distinct_id", "distinctid", "true", "false"}
)
# Only zeros, in the shape of a UUID or of any other id of 8 digits or more: the advertising id of a phone with limited
# tracking, a padded number. Fewer zeros can be somebody's number.
_ZEROS = re.compile(r"(?:urn:uuid:)?[{(]?0(?:[-:]?0){7,}[)}]?")
_ZEROS_BEGIN = ("0", "{", "(", "urn:")  # a cheap look that saves nearly every id the expression
_HASHED = ("", "null", "undefined")
_HASHES = ("md5", "sha1", "sha256")


def compile_screen(ignored: Iterable[str] = ()) -> NamesNobody:
    """Returns a function from a trimmed id to whether it names nobody.

    `ignored` are further values that name nobody; all values compare trimmed and without case. A single character
    names nobody either: MoEngage takes ids of more than one only.
    """
    nobody = _WORDS | _hashes_of_nothing() | {trimmed(value).lower() for value in ignored}

    def names_nobody(found: str) -> bool:
        spelled = found.lower()
        if len(spelled) < 2 or spelled in nobody:
            return True
        return spelled.startswith(_ZEROS_BEGIN) and _ZEROS.fullmatch(spelled) is not None

    return names_nobody


@cache
def _hashes_of_nothing() -> frozenset[str]:
    """The hashes that senders make of an empty or missing value."""
    return frozenset(
        hashlib.new(name, value.encode(), usedforsecurity=False).hexdigest() for name in _HASHES for value in _HASHED
    )
