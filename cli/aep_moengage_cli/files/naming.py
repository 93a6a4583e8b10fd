"""Naming: proposes names for attributes in MoEngage."""

import re
from collections.abc import Iterator

from aep_moengage.moengage.records import ATTRIBUTE_NAME_LENGTH, attribute_name_fault
from aep_moengage.moengage.standard_attributes import CREATE_ONLY_NAMES
from aep_moengage_cli.files.survey import Path, writable

# XDM paths of Adobe's profile field groups -> names of MoEngage's standard attributes (moengage.com/docs: Track User)
STANDARD: dict[Path, str] = {
    ("person", "name", "firstName"): "first_name",
    ("person", "name", "lastName"): "last_name",
    ("person", "name", "fullName"): "name",
    ("person", "gender"): "gender",
    ("person", "birthDate"): "birthday",
    ("personalEmail", "address"): "email",
    ("mobilePhone", "number"): "mobile",
    # MoEngage never updates city, state and country
    ("homeAddress", "city"): "home_city",
    ("homeAddress", "state"): "home_state",
    ("homeAddress", "country"): "home_country",
}
# fields that say nothing without the one that they are in: `lastPurchase.at` becomes last_purchase_at
_OF_SOMETHING = frozenset(
    {"amount", "at", "code", "count", "date", "id", "key", "number", "text", "time", "total", "type", "value"}
)
_LONGEST = ATTRIBUTE_NAME_LENGTH - 10  # leaves room for a number
_WORD_BEGINS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_WORD = re.compile(r"\W+")


class Names:
    """Proposes names that MoEngage accepts, each once."""

    def __init__(self, *taken: str) -> None:
        self._taken = set(taken)

    def give(self, path: Path) -> str:
        """Returns a name for a path: the standard name, else its last part that means something, else more parts."""
        unusable = self._taken | CREATE_ONLY_NAMES
        name = next(name for name in _candidates(path) if name not in unusable and not attribute_name_fault(name))
        self._taken.add(name)
        return name

    def take(self, name: str) -> bool:
        """Takes a certain name; returns whether it was free."""
        free = name not in self._taken
        self._taken.add(name)
        return free


def _candidates(path: Path) -> Iterator[str]:
    if path in STANDARD:
        yield STANDARD[path]
    words = [_words(path[start:]) for start in range(len(path) - 1, -1, -1)]
    yield from words[1:] if words[0] in _OF_SOMETHING else words
    yield words[0]
    whole = f"aep_{_words(path)}"
    yield whole
    number = 2
    while True:
        yield f"{whole}_{number}"
        number += 1


def _words(path: Path) -> str:
    """Returns a path in the style of MoEngage's own names: lower case, with underscores between words."""
    text = "_".join(_NO_WORD.sub("_", _WORD_BEGINS.sub("_", part)).strip("_") for part in path)
    return text.strip("_").lower()[:_LONGEST] if writable(text) else ""
