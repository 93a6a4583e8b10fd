"""Permissions: Adobe's words for who may do what, the commands that need them, and what is said to who lacks one.

Each is a policy in the template; every command works with exactly the policy of its permission. Adobe's page:
Experience Platform, access control, permissions of destinations, profiles and segments.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from aep_moengage_cli.complaints import Complaint


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
NEEDS: Mapping[str, Permission | None] = {  # in the order of the operator's day
    "init": None,
    "check": None,
    "preview": None,
    "connect": _MANAGE,
    "send": None,
    "destinations list": _SEGMENTS,
    "destinations show": _SEGMENTS,
    "destinations delete": _MANAGE,
    "activate": _ACTIVATE,
    "map": _ACTIVATE,
    "apply": _MANAGE,
    "history": _SEGMENTS,
    "rollback": _MANAGE,
    "pause": _MANAGE,
    "resume": _MANAGE,
    "rotate-token": _MANAGE,
    "rotate-key": _MANAGE,
    "validate-export": _PROFILES,
    "status": _SEGMENTS,
    "trace": _PROFILES,
    "failures list": _PROFILES,
    "failures show": _PROFILES,
    "failures redrive": _MANAGE,
    "failures purge": _MANAGE,
    "purge-stack": None,  # once the stack and its policies are gone
}
_REFUSALS = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"})
_ACTION = re.compile(r"perform: ([\w-]+:\w+)")
_WHO = re.compile(r"User: (arn:\S+)")


class NotPermitted(Complaint):
    """AWS refused an action: `action` as IAM calls it, to `who`, on `stack`, whose `outputs` name the policies."""

    def __init__(self, action: str, who: str | None, stack: "Refusals", *, explicit: bool) -> None:
        super().__init__(f"AWS refuses {action}{f' to {who}' if who else ''}.")
        self.action = action
        self.stack = stack
        self.explicit = explicit

    def lines_for(self, command: str) -> Sequence[str]:
        """Returns what to say to who ran a command."""
        if self.explicit:
            return (
                *self.lines,
                "An explicit deny says so, which no policy undoes: ask who manages access to this account.",
            )
        needed = NEEDS.get(command)
        if needed is None:
            return (*self.lines, "Ask for one of the stack's policies to be attached, or use another --profile.")
        what = (
            f"`{command}` needs the permission {needed}: ask for its policy to be attached, or use another --profile."
        )
        return (*self.lines, what, self.stack.where(needed))


@dataclass
class Refusals:
    """Watches what AWS answers a session that works on a stack. `outputs` are filled in once they are known."""

    name: str
    outputs: Mapping[str, str] = field(default_factory=dict)

    def watch(self, session: Any) -> None:
        """Lets the clients that the boto3 session makes from now on raise `NotPermitted`."""
        session.events.register("after-call", self._answered)

    def where(self, permission: Permission) -> str:
        """Returns a sentence that tells where the policy of a permission is found."""
        output = f"the output {permission.output} of the stack {self.name}"
        if arn := self.outputs.get(permission.output):
            return f"The policy is {arn} ({output})."
        return f"The policy is {output}."

    def _answered(self, parsed: Any, model: Any, **_: Any) -> None:
        error = parsed.get("Error", {})
        if error.get("Code") not in _REFUSALS:
            return
        message = str(error.get("Message", ""))
        said, who = _ACTION.search(message), _WHO.search(message)
        action = said[1] if said else f"{model.service_model.signing_name}:{model.name}"
        raise NotPermitted(action, who[1] if who else None, self, explicit="explicit deny" in message)


def command_of(arguments: Sequence[str]) -> str:
    """Returns the command that arguments begin with: `connect`, `failures list`."""
    words = [argument for argument in arguments if not argument.startswith("-")][:2]
    return " ".join(words) if " ".join(words) in NEEDS else "".join(words[:1])
