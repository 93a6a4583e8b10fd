"""What MoEngage's documentation leaves open: each answer that is possible, to be chosen. The first is the default."""

from dataclasses import dataclass
from typing import Any, Literal

# What an update with null does to an attribute: it becomes null, is removed, or stays.
type NullAnswer = Literal["null", "remove", "ignore"]
# What an update with [] does to an array: it is removed ("supported and will unset"), becomes [], or stays.
type EmptyArrayAnswer = Literal["remove", "keep", "ignore"]
# What happens to an array of more values than are documented: it stays whole, is truncated, or is dropped.
type LongArrayAnswer = Literal["keep", "truncate", "drop"]
# What unset_attributes (Early Access) does: it takes effect, nothing, or the request is refused.
type UnsetAnswer = Literal["apply", "ignore", "refuse"]
# What happens to an event with real_time_action: it is accepted, or refused.
type RealTimeAnswer = Literal["accept", "refuse"]
# What update_existing_only does in an event for nobody: nothing is created, it is ignored, or the event is refused.
type ExistingOnlyAnswer = Literal["honour", "ignore", "refuse"]


@dataclass(slots=True)
class Undocumented:
    """The chosen answers. `shown_after`: how many calls of Get User after a write still show what was before it."""

    null: NullAnswer = "null"
    empty_array: EmptyArrayAnswer = "remove"
    long_array: LongArrayAnswer = "keep"
    unset: UnsetAnswer = "apply"
    real_time_action: RealTimeAnswer = "accept"
    existing_only_events: ExistingOnlyAnswer = "honour"
    get_user: bool = True
    shown_after: int = 0

    def merged(self, known: dict[str, Any], name: str, value: Any, longest: int) -> None:
        """Lets one attribute of an update take effect on those that are known."""
        if isinstance(value, list) and len(value) > longest and self.long_array != "keep":
            if self.long_array == "truncate":
                known[name] = value[:longest]
            return
        answer = self.null if value is None else self.empty_array if value == [] else "set"
        if answer == "remove":
            known.pop(name, None)
        elif answer != "ignore":
            known[name] = value
