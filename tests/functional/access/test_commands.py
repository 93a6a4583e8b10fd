"""Every command works with the policy of its permission alone, and says which one is missing without it."""

import re
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer
from tests.functional.access.conftest import STACK, Guarded
from typer.testing import CliRunner, Result

from aep_moengage.outcomes import RejectReason
from aep_moengage.queues.dead_letters import DeadLetter
from aep_moengage_cli.app import COMMANDS, app
from aep_moengage_cli.permissions import NEEDS, Permission
from aep_moengage_cli.profiles import dead_letter_queue
from aep_moengage_dev.project import PROJECT, REGION

DESTINATION = PROJECT / "events" / "destination.yaml"
NEEDED = re.compile(r"^\s*Needs: \*([\w ]+)\*", re.MULTILINE)
ID = "acme-production"
MANAGE, ACTIVATE = Permission.MANAGE_DESTINATIONS, Permission.ACTIVATE_DESTINATIONS
PROFILES, SEGMENTS = Permission.VIEW_PROFILES, Permission.VIEW_SEGMENTS

type RunAs = Callable[..., Result]


@pytest.fixture
def run_as(guarded: Guarded, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> RunAs:
    """Runs `aep-moengage` as the user who has this permission and no other."""
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AEP_MOENGAGE_TOKEN", raising=False)
    monkeypatch.chdir(tmp_path)
    settings = {"AWS_ENDPOINT_URL": guarded.url, "AWS_DEFAULT_REGION": REGION, "AEP_MOENGAGE_STACK": STACK}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(dead_letter_queue, "_WAIT_SECONDS", 0)  # MiniStack has one server

    def run(permission: Permission, *arguments: object, stdin: str = "") -> Result:
        for name, value in guarded.keys[permission].items():
            monkeypatch.setenv(name.upper(), value)
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


class Day(NamedTuple):
    """A command of a day. `before` is what has to be done for it to change anything.

    `others` are other permissions that suffice: IAM decides about items, not about what is in them, so who may
    publish versions may publish any.
    """

    command: str
    arguments: tuple[object, ...]
    stdin: str = ""
    others: frozenset[Permission] = frozenset()
    before: tuple[str, ...] = ()


PUBLISHERS = frozenset({MANAGE, ACTIVATE})
MAPPED = ("map", ID, "--add", "Town=homeAddress.city", "--yes")
DAY = (
    Day("connect", (DESTINATION, "--password-stdin", "--no-test"), stdin="key"),
    Day("destinations list", (), others=frozenset(Permission)),
    Day("destinations show", (ID,), others=frozenset({MANAGE})),
    Day("activate", (ID, "--remove", "all", "--add", "one", "--yes"), others=PUBLISHERS),
    Day("sweep", (ID, "--audience", "one", "--yes")),
    Day("map", (ID, "--add", "City=homeAddress.city", "--yes"), others=PUBLISHERS),
    Day("apply", (DESTINATION, "--yes"), others=PUBLISHERS, before=MAPPED),
    Day("history", (ID,), others=PUBLISHERS),
    Day("rollback", (ID, "1", "--yes"), others=PUBLISHERS, before=MAPPED),
    Day("pause", (ID,), others=PUBLISHERS),
    Day("resume", (ID,), others=PUBLISHERS, before=("pause", ID)),
    Day("rotate-token", (ID, "--yes"), before=("rotate-token", ID, "--end-old", "--yes")),
    Day("rotate-key", (ID, "--password-stdin", "--no-test"), stdin="another-key"),
    Day("failures list", (), others=frozenset({MANAGE})),
    Day("failures redrive", ("--yes",)),
    Day("failures purge", ("--yes",)),
    Day("destinations delete", (ID, "--yes", "--force")),
)


def leaves() -> Iterator[tuple[str, str]]:
    """Every command that can be run, with its help."""
    for name in COMMANDS:
        command: Any = typer.main.get_command(import_module(f"aep_moengage_cli.commands.{name.replace('-', '_')}").app)
        parts = getattr(command, "commands", None)
        if parts is None:
            yield name, command.help
        else:
            yield from ((f"{name} {part}", each.help) for part, each in parts.items())


@pytest.mark.parametrize(("command", "text"), list(leaves()), ids=lambda value: value.split("\n")[0][:30])
def test_the_help_of_a_command_names_the_permission_that_it_needs(command: str, text: str) -> None:
    said = NEEDED.search(text)
    assert said, f"{command}: its help has no line `Needs: *<permission>*`, or `Needs: *none*`"
    assert command in NEEDS, f"{command} is not in permissions.NEEDS"
    assert said[1] == (NEEDS[command] or "none")


def test_the_table_has_every_command_and_no_other() -> None:
    assert {command for command, _ in leaves()} == set(NEEDS)


def test_who_lacks_a_permission_is_told_which_and_where_its_policy_is(run_as: RunAs, guarded: Guarded) -> None:
    arguments = ("connect", DESTINATION, "--password-stdin", "--no-test")
    result = run_as(Permission.ACTIVATE_DESTINATIONS, *arguments, stdin="key")

    assert (result.exit_code, result.stdout) == (2, "")
    refused, needed, where = result.stderr.splitlines()
    assert refused.startswith("Error: AWS refuses ssm:")
    assert refused.endswith(":user/ACTIVATE_DESTINATIONS.")
    assert "`connect` needs the permission Manage Destinations" in needed
    assert guarded.outputs["ManageDestinationsPolicyArn"] in where
    assert "output ManageDestinationsPolicyArn of the stack guarded" in where


def test_who_may_not_even_see_the_stack_is_told_the_same(run_as: RunAs, guarded: Guarded) -> None:
    result = run_as(Permission.VIEW_PROFILES, "failures", "list", "--stack-name", "another")

    refused, needed, where = result.stderr.splitlines()
    assert (result.exit_code, result.stdout) == (2, "")
    assert "refuses cloudformation:DescribeStacks to" in refused
    assert "`failures list` needs the permission View Profiles" in needed
    assert where == "The policy is the output ViewProfilesPolicyArn of the stack another."


def test_an_explicit_deny_is_told_as_such(run_as: RunAs, guarded: Guarded) -> None:
    iam = guarded.client("iam")
    deny = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"sqs:*","Resource":"*"}}'
    user = {"UserName": Permission.VIEW_PROFILES.name, "PolicyName": "deny"}
    iam.put_user_policy(**user, PolicyDocument=deny)
    try:
        result = run_as(Permission.VIEW_PROFILES, "failures", "list")
    finally:
        iam.delete_user_policy(**user)

    assert result.exit_code == 2
    assert "refuses sqs:" in result.stderr
    assert "A policy denies this explicitly" in result.stderr


def dead_letter(guarded: Guarded, content: Any = None) -> None:
    now = int(time.time() * 1000)
    letter = DeadLetter(ID, "request", now, 0, content or {}, RejectReason.REFUSED, "", now, now, 1)
    guarded.client("sqs").send_message(
        QueueUrl=guarded.outputs["DeadLetterQueueUrl"], MessageBody=letter.to_json(), MessageGroupId=ID
    )


@pytest.mark.parametrize("day", DAY, ids=lambda day: day.command)
def test_a_command_works_with_the_permission_that_it_names_and_without_it_says_so(
    run_as: RunAs, guarded: Guarded, day: Day
) -> None:
    needed = NEEDS[day.command]
    assert needed
    dead_letter(guarded)
    sufficient = {needed} | day.others
    run_as(MANAGE, "connect", DESTINATION, "--password-stdin", "--no-test", "--new-token", "--yes", stdin="key")
    for permission in sorted(Permission, key=sufficient.__contains__):
        if day.before:
            run_as(MANAGE, *day.before)
        result = run_as(permission, *day.command.split(), *day.arguments, stdin=day.stdin)
        if permission in sufficient:
            assert result.exit_code == 0, (permission, result.stderr)
        else:
            assert result.exit_code == 2, permission
            assert "AWS refuses " in result.stderr
            assert f"`{day.command}` needs the permission {needed}" in result.stderr
            assert guarded.outputs[needed.output] in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("validate-export", ID, "--user", "user-42"),
        ("adobe-card", "test", ID, "--url", "http://127.0.0.1:9/destinations/x/profiles"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_command_gets_as_far_as_the_network_with_the_right_to_read_the_password(
    run_as: RunAs, arguments: tuple[str, ...]
) -> None:
    run_as(MANAGE, "connect", DESTINATION, "--password-stdin", "--no-test", stdin="key")

    readers = {PROFILES, ACTIVATE}
    for permission in Permission:
        result = run_as(permission, *arguments)
        assert result.exit_code == 2
        assert ("AWS refuses" in result.stderr) is (permission not in readers), result.stderr


def test_the_page_on_access_has_every_command_with_its_permission_and_policy() -> None:
    page = (PROJECT / "docs" / "access.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert rows == [
        f"| `{command}` | {needed} | `{needed.output}` |" if needed else f"| `{command}` | none | |"
        for command, needed in NEEDS.items()
    ]
