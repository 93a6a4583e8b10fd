"""Permissions in Adobe's words, the commands that need them, and what to do when AWS refuses access.

Each permission is a policy in the template, and every command works with exactly the policy of its permission. Source:
Experience Platform, access control, permissions of destinations, profiles and segments.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Permission(StrEnum):
    """A permission of Adobe's page."""

    MANAGE_DESTINATIONS = "Manage Destinations"
    ACTIVATE_DESTINATIONS = "Activate Destinations"
    VIEW_PROFILES = "View Profiles"
    VIEW_SEGMENTS = "View Segments"

    @property
    def output(self) -> str:
        """The output of the stack that holds the ARN of its policy."""
        return f"{self.value.replace(' ', '')}PolicyArn"


_MANAGE, _ACTIVATE = Permission.MANAGE_DESTINATIONS, Permission.ACTIVATE_DESTINATIONS
_PROFILES, _SEGMENTS = Permission.VIEW_PROFILES, Permission.VIEW_SEGMENTS
NEEDS: Mapping[str, Permission | None] = {  # in the order in which an operator needs the commands
    "init": None,
    "check": None,
    "probe": None,
    "preview": None,
    "plan": None,
    "deploy": None,  # before the stack and its policies are there
    "connect": _MANAGE,
    "samples": _PROFILES,
    "adobe-card test": _PROFILES,
    "truststore": None,
    "send": None,
    "destinations list": _SEGMENTS,
    "destinations show": _SEGMENTS,
    "destinations delete": _MANAGE,
    "activate": _ACTIVATE,
    "sweep": _ACTIVATE,
    "map": _ACTIVATE,
    "apply": _MANAGE,
    "history": _SEGMENTS,
    "rollback": _MANAGE,
    "pause": _MANAGE,
    "resume": _MANAGE,
    "rotate-token": _MANAGE,
    "rotate-key": _MANAGE,
    "validate-export": _PROFILES,
    "console": None,  # each page needs the permission of its command
    "status": _SEGMENTS,
    "trace": _PROFILES,
    "failures list": _PROFILES,
    "failures show": _PROFILES,
    "failures redrive": _MANAGE,
    "failures purge": _MANAGE,
    "purge-stack": None,  # once the stack and its policies are gone
}
_ACCESS_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"})
_ACTION = re.compile(r"perform: ([\w-]+:\w+)")
_CALLER = re.compile(r"User: (arn:\S+)")


@dataclass(frozen=True, slots=True)
class Refusal:
    """AWS's refusal of an action, named as IAM names it, to a caller. `explicit`: a policy denies it."""

    action: str
    caller: str | None
    explicit: bool


def refusal_of(error: BaseException | None) -> Refusal | None:
    """Returns the refusal that an error is, or was raised from; None if AWS refused nothing."""
    while error is not None:
        answer: dict[str, Any] = (getattr(error, "response", None) or {}).get("Error", {})
        if answer.get("Code") in _ACCESS_DENIED:
            message = str(answer.get("Message", ""))
            action, caller = _ACTION.search(message), _CALLER.search(message)
            return Refusal(
                action=action[1] if action else str(getattr(error, "operation_name", "the request")),
                caller=caller[1] if caller else None,
                explicit="explicit deny" in message,
            )
        error = error.__cause__
    return None


def refusal_lines(refusal: Refusal, command: str, stack: str, outputs: Mapping[str, str]) -> Sequence[str]:
    """Returns sentences for the caller: what AWS refuses `command`, and which policy of the stack allows it."""
    refused = f"AWS refuses {refusal.action}{f' to {refusal.caller}' if refusal.caller else ''}."
    needed = NEEDS.get(command)
    if refusal.explicit:
        return (
            refused,
            "A policy denies this explicitly, and no other policy can allow it: ask the administrator of the account.",
        )
    if needed is None:
        return refused, "Ask for one of the stack's policies to be attached, or use another --profile."
    what = f"`{command}` needs the permission {needed}: ask for its policy to be attached, or use another --profile."
    output = f"the output {needed.output} of the stack {stack}"
    arn = outputs.get(needed.output)
    return refused, what, f"The policy is {arn} ({output})." if arn else f"The policy is {output}."


def command_of(arguments: Sequence[str]) -> str:
    """Returns the command that arguments begin with: `connect`, `failures list`."""
    words = [argument for argument in arguments if not argument.startswith("-")][:2]
    return " ".join(words) if " ".join(words) in NEEDS else "".join(words[:1])
