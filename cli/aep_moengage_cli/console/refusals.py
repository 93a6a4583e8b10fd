"""What a page shows when it can't do its work: the error with its advice, or the permission that is missing."""

import logging
import traceback
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from aep_moengage_cli.console.pages import Asked
from aep_moengage_cli.errors import CommandError, aws_error
from aep_moengage_cli.permissions import NEEDS, Permission, Refusal, refusal_of

_LOG = logging.getLogger("aep_moengage_cli.console")


@dataclass(frozen=True, slots=True)
class MissingPermission:
    """What AWS refused, the permission that allows it, and the ARN of its policy if the stack says so."""

    refusal: Refusal
    command: str
    permission: Permission | None
    policy: str | None

    @property
    def account(self) -> str | None:
        """The account whose administrator may attach the policy."""
        return self.refusal.caller.split(":")[4] if self.refusal.caller else None

    @property
    def role(self) -> str | None:
        """The caller's role, if it is one."""
        name = (self.refusal.caller or "").rpartition(":")[2]
        return name.split("/")[1] if name.startswith("assumed-role/") else None

    @property
    def user(self) -> str | None:
        """The caller's user name, if it is a user."""
        name = (self.refusal.caller or "").rpartition(":")[2]
        return name.rpartition("/")[2] if name.startswith("user/") else None


def missing_permission(
    refusal: Refusal, command: str, outputs: Mapping[str, str], needed: Permission | None = None
) -> MissingPermission:
    """Returns the permission that a refused command needs."""
    permission = needed or NEEDS.get(command)
    return MissingPermission(refusal, command, permission, outputs.get(permission.output) if permission else None)


def shown(error: Exception, command: str, asked: Asked) -> Response:
    """Returns an error as a page, or as a part of one."""
    if refusal := refusal_of(error):
        outputs = asked.subject.found.outputs if asked.subject.found else {}
        return _page(asked, 403, missing=missing_permission(refusal, command, outputs), lines=[])
    known = error if isinstance(error, CommandError) else aws_error(error)
    if known:
        return _page(asked, 409, missing=None, lines=known.format_message().splitlines())
    # an error's text may hold a value of a profile, so that only its place is logged
    where = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error("%s\n%s", type(error).__name__, where)
    return _page(asked, 500, missing=None, lines=[f"Unexpected error ({type(error).__name__}); see the console's log."])


def _page(asked: Asked, status: int, **content: object) -> Response:
    return asked.page("refused_part.html" if asked.in_page else "refused.html", status, **content)
