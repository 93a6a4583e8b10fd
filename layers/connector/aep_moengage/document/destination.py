"""A destination as the connector works with it: plain data. What a document may say is in `model`, which checks it.

The names and the defaults are the document's. Short forms are spelled out: an attribute that is a bare path in the
document is an `AttributeSource` here.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal

from msgspec import Struct

from aep_moengage.aep.events import EVENT_TIME
from aep_moengage.aep.texts import Transform
from aep_moengage.aep.timestamps import EpochUnit

DESTINATION_ID = r"^[a-z0-9][a-z0-9_-]{0,62}$"  # goes into a URL and into a parameter's path
DEFAULT_AUDIENCE_ATTRIBUTE = "AEP Segment"
_UNIT_SECONDS = {"m": 60.0, "h": 3600.0}


class ValueType(StrEnum):
    """What an attribute's value is made into before it is sent."""

    STRING = "string"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    ARRAY = "array"
    OBJECT = "object"


class _Part(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A part of a destination."""


class Audience(_Part, frozen=True):
    """An activated audience. MoEngage shows its `name`, else the payload's name, else its id."""

    id: str
    name: str | None = None
    namespace: str = "ups"


class IdentitySource(_Part, frozen=True):
    """Where an identity is read, an identity namespace or an attribute, and the transforms of its text."""

    namespace: str | None = None
    attribute: str | None = None
    transform: tuple[Transform, ...] = ()


class Identities(_Part, frozen=True):
    """MoEngage identity <- AEP identity namespaces or attributes; the first source with a usable id wins."""

    user_id: tuple[IdentitySource, ...] = ()
    anonymous_id: tuple[IdentitySource, ...] = ()
    ignore: tuple[str, ...] = ()


class AttributeSource(_Part, frozen=True):
    """A MoEngage attribute's value: where it is read, what is done to it, what stands in for an absent one."""

    source: str | None = None
    identity: str | None = None
    type: ValueType | None = None
    unit: EpochUnit | None = None
    transform: tuple[Transform, ...] = ()
    default: Any = None
    keep_blank: bool = False


class ConsentRule(_Part, frozen=True):
    """Where consent is found, and which values are consent."""

    path: str
    values: tuple[str | bool, ...] | None = None


class NameSource(_Part, frozen=True):
    """Where an event has the name that MoEngage knows it by."""

    source: str


type Attributes = dict[str, AttributeSource] | Literal["all"]


class EventRule(_Part, frozen=True):
    """Events of a type, or all that `only` selects, and the MoEngage event that each becomes."""

    type: str | None = None
    only: str | None = None
    action: NameSource | str | None = None
    for_each: str | None = None
    attributes: Attributes | None = None
    identities: Identities | None = None
    time: str = EVENT_TIME
    once_by: str | None = None
    consent: tuple[ConsentRule, ...] | None = None
    triggers_campaigns: bool | None = None


class Pacing(_Part, frozen=True):
    """The most that this destination sends in any minute; without it, the limits in MoEngage's answers."""

    users_per_minute: int | None = None
    events_per_minute: int | None = None


class Destination(_Part, frozen=True):
    """One destination: a MoEngage workspace, the activated audiences, and the mapping.

    `governance` is what the document says, as JSON; publishing checks it, and nothing afterwards depends on it.
    """

    id: str
    name: str
    region: str
    username: str
    audiences: tuple[Audience, ...] | Literal["all"]
    identities: Identities
    description: str = ""
    attributes: Attributes = {}
    audience_attribute: str = DEFAULT_AUDIENCE_ATTRIBUTE
    existing_audiences: Literal["set", "keep"] = "set"
    audience_events: bool = False
    triggers_campaigns: bool = True
    anonymous_profiles: Literal["deliver", "skip"] = "deliver"
    merge_anonymous: bool = True
    consent: tuple[ConsentRule, ...] = ()
    update_existing_only: bool = False
    events: tuple[EventRule, ...] | Literal["all"] = ()
    event_delivery: Literal["at_least_once", "at_most_once"] = "at_least_once"
    event_window_hours: int = 24
    hold_anonymous: str | None = None
    pacing: Pacing = Pacing()
    governance: Mapping[str, Any] = {}

    @property
    def hold_seconds(self) -> float:
        """The seconds for which an event with an anonymous identity only waits for its user; 0 where it does not."""
        hold = self.hold_anonymous
        return int(hold[:-1]) * _UNIT_SECONDS[hold[-1]] if hold else 0.0
