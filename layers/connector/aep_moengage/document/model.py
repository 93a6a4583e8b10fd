"""The destination document's fields. A description says what a field allows; error messages and the schema show it.

The connector works with `destination.Destination`, which has the same names and defaults.
"""

import re
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, StrictBool, Tag
from pydantic_core import PydanticCustomError

from aep_moengage.document.destination import DEFAULT_AUDIENCE_ATTRIBUTE, DESTINATION_ID
from aep_moengage.document.event_rules import EventRule
from aep_moengage.document.fields import AttributeName, Text, options, shape
from aep_moengage.document.governance import Governance
from aep_moengage.document.parts import CONSENT, SWITCH, TEXT, Attributes, ConsentRules, Identities, Part
from aep_moengage.moengage.standard_attributes import CREATE_ONLY_NAMES, STANDARD_TYPES

Region = Literal["01", "02", "03", "04", "05", "06", "101"]  # MoEngage's data centers
REGIONS: tuple[str, ...] = get_args(Region)
type AnyRegion = (
    Region | Literal[1, 2, 3, 4, 5, 6, 101] | Annotated[str, Field(pattern=r"^ *([Dd][Cc][-_ ]?)?(0?[1-6]|101) *$")]
)


def _region(value: object) -> str:
    """Accepts 3, "03", "DC-03" and "DC_03" as one data center. An unknown one is an error; there is no fallback."""
    digits = re.fullmatch(r"(?:dc[-_ ]?)?(\d{1,3})", str(value).strip(), re.IGNORECASE)
    region = digits[1].zfill(2) if digits else ""
    if region not in REGIONS:
        raise PydanticCustomError("unknown_region", "is not a MoEngage data center")
    return region


def _custom_name(name: str) -> str:
    if name in STANDARD_TYPES or name in CREATE_ONLY_NAMES:
        why = {"why": "MoEngage has an attribute of this name, which holds no list", "allowed": "another name"}
        raise PydanticCustomError("invalid_attribute_name", "{why}", why)
    return name


_PER_MINUTE = "a whole number from 1"
_EXISTING_AUDIENCES = (
    "set, or keep where another connector filled the audience attribute: of a user who is new here, names are only "
    "added and removed"
)
_TRIGGERS_CAMPAIGNS = "true, or false so that events start no campaigns"
_EVENTS = "all, or a list of event types, each alone or as {type: …, action: …, attributes: …}"
_EVENT_DELIVERY = "at_least_once, or at_most_once: after a lost answer an event is then not sent again"
_HOLD_ANONYMOUS = (
    "1m to 1440m, or 1h to 24h: an event with an anonymous identity only waits for so long to become a known user's"
)
_DURATION = r"^(?:(?:[1-9]|[1-9]\d{1,2}|1[0-3]\d{2}|14[0-3]\d|1440)m|(?:[1-9]|1\d|2[0-4])h)$"
_LONGEST_WINDOW_HOURS = 14 * 24  # for as long as a queue keeps a message
_MERGE_ANONYMOUS = "true, or false where MoEngage's Identity Resolution is on for the workspace: it turns merges off"


AudienceName = Annotated[AttributeName, AfterValidator(_custom_name)]


class Audience(Part):
    """An activated audience. MoEngage shows its `name`, else the payload's name, else its id."""

    id: Annotated[Text, Field(description=TEXT)]
    name: Annotated[Text | None, Field(description=TEXT)] = None
    namespace: Annotated[Text, Field(description=TEXT)] = "ups"


type Audiences = Annotated[
    Annotated[tuple[Audience, ...], Tag("~options")] | Annotated[Literal["all"], Tag("~text")],
    Discriminator(shape),
]
type Events = Annotated[
    Annotated[tuple[Annotated[EventRule, options("type", Text, EventRule)], ...], Tag("~options")]
    | Annotated[Literal["all"], Tag("~text")],
    Discriminator(shape),
]


type _PerMinute = Annotated[int, Field(strict=True, ge=1, description=_PER_MINUTE)]


class Pacing(Part):
    """The most that this destination sends in any minute; without it, the limits in MoEngage's answers."""

    users_per_minute: Annotated[_PerMinute | None, Field(description=_PER_MINUTE)] = None
    events_per_minute: Annotated[_PerMinute | None, Field(description=_PER_MINUTE)] = None


class Destination(Part):
    """One destination: a MoEngage workspace, the activated audiences, and the mapping."""

    id: Annotated[
        str, Field(pattern=DESTINATION_ID, description="1 to 63 of a-z 0-9 - _, the first a letter or a digit")
    ]
    name: Annotated[Text, Field(description=TEXT)]
    description: Annotated[str, Field(max_length=1000, description="text of at most 1000 characters")] = ""
    region: Annotated[
        Region, BeforeValidator(_region, json_schema_input_type=AnyRegion), Field(description=", ".join(REGIONS))
    ]
    # part of a URL, and of Basic credentials, where a colon would end it
    username: Annotated[
        str, Field(pattern=r"^[A-Za-z0-9_.-]{1,128}$", description="MoEngage's DATA APP ID: letters, digits, - _ .")
    ]
    audiences: Annotated[
        Audiences, Field(description="all, or a list of audiences, each {id: …, name: …, namespace: …}")
    ]
    identities: Annotated[Identities, Field(description="user_id, anonymous_id, or both, each with a namespace")]
    attributes: Annotated[
        Attributes, Field(description="all, or names, each with an XDM path or {source: XDM path, …}")
    ] = Field(default_factory=dict)
    audience_attribute: Annotated[AudienceName, Field(description="an attribute's name")] = DEFAULT_AUDIENCE_ATTRIBUTE
    existing_audiences: Annotated[Literal["set", "keep"], Field(description=_EXISTING_AUDIENCES)] = "set"
    audience_events: Annotated[StrictBool, Field(description=SWITCH)] = False
    triggers_campaigns: Annotated[StrictBool, Field(description=_TRIGGERS_CAMPAIGNS)] = True
    anonymous_profiles: Annotated[Literal["deliver", "skip"], Field(description="deliver or skip")] = "deliver"
    merge_anonymous: Annotated[StrictBool, Field(description=_MERGE_ANONYMOUS)] = True
    consent: Annotated[ConsentRules, Field(description=CONSENT)] = ()
    update_existing_only: Annotated[StrictBool, Field(description=SWITCH)] = False
    events: Annotated[Events, Field(description=_EVENTS)] = ()
    event_delivery: Annotated[Literal["at_least_once", "at_most_once"], Field(description=_EVENT_DELIVERY)] = (
        "at_least_once"
    )
    event_window_hours: Annotated[
        int,
        Field(
            strict=True,
            ge=1,
            le=_LONGEST_WINDOW_HOURS,
            description=f"a whole number from 1 to {_LONGEST_WINDOW_HOURS}: for so long an event is not sent twice",
        ),
    ] = 24
    hold_anonymous: Annotated[str | None, Field(pattern=_DURATION, description=_HOLD_ANONYMOUS)] = None
    pacing: Annotated[Pacing, Field(description=", ".join(Pacing.model_fields))] = Pacing()
    governance: Annotated[Governance, Field(description=", ".join(Governance.model_fields))] = Governance()
