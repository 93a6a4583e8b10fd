"""Each page of the console works with the permission of its command, and without it says which one is missing."""

import boto3
import pytest
from tests.functional.access.conftest import STACK, Guarded
from tests.functional.access.test_commands import DESTINATION, ID, MANAGE, RunAs, dead_letter, run_as
from tests.unit.console.browser import Browser, text

from aep_moengage_cli.console.subject import SharedClients, Subject
from aep_moengage_cli.deployed import Stack, described
from aep_moengage_cli.permissions import NEEDS, Permission
from aep_moengage_dev.project import REGION

__all__ = ["run_as"]  # a fixture

ACTIVATE, PROFILES, SEGMENTS = Permission.ACTIVATE_DESTINATIONS, Permission.VIEW_PROFILES, Permission.VIEW_SEGMENTS


def opened(guarded: Guarded, permission: Permission) -> Browser:
    """The console of an operator who has this permission and no other."""
    session = boto3.Session(region_name=REGION, **guarded.keys[permission])  # type: ignore[arg-type] # keys alone; at the endpoint of `run_as`
    return Browser(Subject(found=described(Stack(STACK, {}, SharedClients(session)))))


@pytest.mark.parametrize(
    ("path", "command", "sufficient"),
    [
        ("/overview", "status", {SEGMENTS}),
        (f"/destinations/{ID}/versions", "history", {SEGMENTS, MANAGE, ACTIVATE}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_part_of_a_page_names_the_missing_permission(
    run_as: RunAs, guarded: Guarded, path: str, command: str, sufficient: set[Permission]
) -> None:
    run_as(MANAGE, "connect", DESTINATION, "--password-stdin", "--no-test", stdin="key")
    needed = NEEDS[command]
    assert needed
    for permission in Permission:
        answer = opened(guarded, permission).part(path)
        assert answer.status_code == (200 if permission in sufficient else 403), (permission, text(answer.text))
        if permission not in sufficient:
            said = text(answer.text)
            assert f"Missing permission {needed.value}" in said
            assert (
                f"attach-user-policy --user-name {permission.name} --policy-arn {guarded.outputs[needed.output]}"
                in said
            )


def test_reasons_of_dead_letters_are_shown_or_the_missing_permission(run_as: RunAs, guarded: Guarded) -> None:
    dead_letter(guarded)
    assert "refused" in text(opened(guarded, PROFILES).part("/overview/reasons").text)
    assert "the permission View Profiles" in text(opened(guarded, SEGMENTS).part("/overview/reasons").text)


def test_personal_data_needs_view_profiles_although_another_permission_receives_messages(
    run_as: RunAs, guarded: Guarded
) -> None:
    run_as(MANAGE, "connect", DESTINATION, "--password-stdin", "--no-test", stdin="key")
    dead_letter(guarded)
    for permission, status in ((MANAGE, 403), (PROFILES, 200)):
        browser = opened(guarded, permission)
        answer = browser.post(f"/destinations/{ID}/capture")
        assert answer.status_code == status
        assert ("Missing permission View Profiles" in text(answer.text)) is (status == 403)


def test_publishing_without_permission_publishes_nothing(run_as: RunAs, guarded: Guarded) -> None:
    run_as(MANAGE, "connect", DESTINATION, "--password-stdin", "--no-test", stdin="key")
    answer = opened(guarded, SEGMENTS).post(f"/destinations/{ID}/pause", paused="yes", why="x")
    assert answer.status_code == 403
    assert "Missing permission Manage Destinations" in text(answer.text)
