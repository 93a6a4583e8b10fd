"""Credentials: whether MoEngage knows a DATA APP ID and KEY in a data center, and which of the three is wrong."""

import sys
from dataclasses import dataclass

from aep_moengage.moengage.requests import Workspace
from aep_moengage_cli.complaints import Complaint
from aep_moengage_cli.destinations.moengage_account import check_connection, find_region
from aep_moengage_cli.terminal import agreed


@dataclass(frozen=True, slots=True)
class Credentials:
    """What MoEngage said: `workspace` is its name where accepted, `belongs_to` the data center that was found."""

    accepted: bool
    said: str
    workspace: str = ""
    belongs_to: str | None = None


def check_credentials(workspace: Workspace, *, seek_region: bool) -> Credentials:
    """Asks MoEngage's Test Connection. Other data centers are shown the credentials only if `seek_region`, or agreed.

    Raises:
        Complaint: if MoEngage cannot be asked.
    """
    shown = workspace.username, workspace.password, workspace.endpoint
    answer = check_connection(workspace.region, *shown)
    if answer.accepted:
        said = f"MoEngage knows these credentials in data center {workspace.region}: {answer.name}"
        return Credentials(True, said, answer.name, workspace.region)
    if not answer.refused:
        raise Complaint(answer.why)
    if not seek_region and not _agreed():
        return Credentials(False, f"{answer.why} --find-region asks the other data centers.")
    if found := find_region(*shown, besides=workspace.region):
        said = f'These credentials belong to data center {found}, not {workspace.region}: write `region: "{found}"`.'
        return Credentials(False, said, belongs_to=found)
    return Credentials(False, f"{answer.why} No other data center that answered knows these credentials.")


def _agreed() -> bool:
    question = "MoEngage refuses the credentials here. Show them to its other data centers?"
    return sys.stdin.isatty() and agreed(question)
