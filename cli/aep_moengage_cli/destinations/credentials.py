"""Credentials: asks MoEngage whether it accepts a DATA APP ID and KEY in a data center."""

import sys
from dataclasses import dataclass

from aep_moengage.moengage.requests import Workspace
from aep_moengage_cli.destinations.moengage_account import check_connection, find_region
from aep_moengage_cli.errors import CommandError
from aep_moengage_cli.terminal import agreed


@dataclass(frozen=True, slots=True)
class Credentials:
    """MoEngage's answer: `workspace` is the workspace's name, `belongs_to` the data center that accepts them."""

    accepted: bool
    detail: str
    workspace: str = ""
    belongs_to: str | None = None


def check_credentials(workspace: Workspace, *, find_other_region: bool) -> Credentials:
    """Asks MoEngage's Test Connection, and other data centers only if `find_other_region` or the operator agrees.

    Raises:
        CommandError: if MoEngage can't be asked.
    """
    secrets = workspace.username, workspace.password, workspace.endpoint
    answer = check_connection(workspace.region, *secrets)
    if answer.accepted:
        detail = f"MoEngage accepts these credentials in data center {workspace.region}: {answer.name}"
        return Credentials(True, detail, answer.name, workspace.region)
    if not answer.refused:
        raise CommandError(answer.detail)
    if not find_other_region and not _agreed():
        return Credentials(False, f"{answer.detail} --find-region asks the other data centers.")
    if found := find_region(*secrets, excluding=workspace.region):
        detail = f'These credentials belong to data center {found}, not {workspace.region}: write `region: "{found}"`.'
        return Credentials(False, detail, belongs_to=found)
    return Credentials(False, f"{answer.detail} No other data center that answered accepts these credentials.")


def _agreed() -> bool:
    question = "MoEngage refuses the credentials here. Send them to its other data centers?"
    return sys.stdin.isatty() and agreed(question)
