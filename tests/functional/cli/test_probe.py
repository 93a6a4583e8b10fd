"""`probe` against every answer that the simulator can give."""

import json
from typing import Any, NamedTuple

import pytest
from tests.functional.cli.conftest import DESTINATION, KEY, Run

from aep_moengage_dev.simulator.simulator import Simulator


@pytest.fixture(autouse=True)
def endpoint(monkeypatch: pytest.MonkeyPatch, moengage: Simulator) -> None:
    monkeypatch.setenv("MOENGAGE_ENDPOINT", moengage.url)


def probed(run: Run, *, code: int, wait: float = 10) -> dict[str, Any]:
    result = run("probe", DESTINATION, "--yes", "--json", "--password-stdin", "--wait", wait, stdin=KEY)
    assert result.exit_code == code, result.output
    report = json.loads(result.stdout)
    return {each["name"]: each for each in report["findings"]} | {"deleted": report["deleted"]}


def answers(found: dict[str, Any]) -> dict[str, str]:
    return {name: each["answer"] for name, each in found.items() if name != "deleted"}


def test_without_yes_nothing_is_sent(run: Run, moengage: Simulator) -> None:
    result = run("probe", DESTINATION)

    assert (result.exit_code, result.stdout) == (0, "")
    assert "Does one bad element reject a bulk?" in result.stderr
    assert "run this again with --yes" in result.stderr
    assert len(moengage.requests) == 0


def test_user_is_deleted_and_every_question_answered(run: Run, moengage: Simulator) -> None:
    found = probed(run, code=0)

    assert found["deleted"]
    assert moengage.workspace.users == {}
    assert "unknown" not in answers(found).values()
    assert all(each["holds"] for name, each in found.items() if name != "deleted")


class Choice(NamedTuple):
    """A setting of a part of the simulator, and the answer to a question that `probe` should find with it."""

    part: str
    setting: str
    value: Any
    question: str
    answer: str
    holds: bool


CHOICES = [
    Choice("api", "bulk_rejects", "batch", "bulk", "batch", True),
    Choice("api", "bulk_rejects", "element", "bulk", "element", True),
    Choice("api", "bulk_rejects", "silent", "bulk", "silent", False),
    Choice("quota", "reset_as", "seconds", "reset_unit", "seconds", True),
    Choice("quota", "reset_as", "epoch", "reset_unit", "epoch", True),
    Choice("undocumented", "null", "null", "null", "null", True),
    Choice("undocumented", "null", "remove", "null", "removed", True),
    Choice("undocumented", "null", "ignore", "null", "unchanged", True),
    Choice("undocumented", "empty_array", "remove", "empty_array", "removed", True),
    Choice("undocumented", "empty_array", "keep", "empty_array", "empty", True),
    Choice("undocumented", "empty_array", "ignore", "empty_array", "unchanged", True),
    Choice("undocumented", "long_array", "keep", "long_array", "whole", True),
    Choice("undocumented", "long_array", "truncate", "long_array", "truncated", True),
    Choice("undocumented", "long_array", "drop", "long_array", "removed", True),
    Choice("undocumented", "unset", "apply", "unset", "removed", True),
    Choice("undocumented", "unset", "ignore", "unset", "unchanged", True),
    Choice("undocumented", "unset", "refuse", "unset", "refused", True),
    Choice("workspace", "add_creates_attribute", True, "add_creates", "created", True),
    Choice("workspace", "add_creates_attribute", False, "add_creates", "removed", False),
    Choice("undocumented", "real_time_action", "accept", "real_time_action", "accepted", True),
    Choice("undocumented", "real_time_action", "refuse", "real_time_action", "refused", False),
    Choice("undocumented", "existing_only_events", "honour", "existing_only_events", "honoured", True),
    Choice("undocumented", "existing_only_events", "ignore", "existing_only_events", "ignored", False),
    Choice("undocumented", "existing_only_events", "refuse", "existing_only_events", "refused", False),
]


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: f"{choice.setting}-{choice.value}")
def test_each_answer_of_moengage_is_found(run: Run, moengage: Simulator, choice: Choice) -> None:
    parts = {
        "api": moengage.api,
        "quota": moengage.quota,
        "workspace": moengage.workspace,
        "undocumented": moengage.workspace.undocumented,
    }
    setattr(parts[choice.part], choice.setting, choice.value)
    found = probed(run, code=0 if choice.holds else 1)

    question = found[choice.question]
    assert (question["answer"], question["holds"]) == (choice.answer, choice.holds)
    assert bool(question["advice"]) is not choice.holds
    others = {name: each["holds"] for name, each in found.items() if name not in {choice.question, "deleted"}}
    assert all(others.values()), others
    assert moengage.workspace.users == {}


def test_get_user_that_is_behind_is_waited_for(run: Run, moengage: Simulator) -> None:
    moengage.workspace.undocumented.shown_after = 2
    found = probed(run, code=0)

    assert "unknown" not in answers(found).values()
    assert found["shown_after"]["found"].endswith(" s")


def test_what_does_not_show_in_time_is_not_claimed(run: Run, moengage: Simulator) -> None:
    moengage.workspace.undocumented.shown_after = 1_000
    found = probed(run, code=0, wait=0)

    seen = {name for name, answer in answers(found).items() if answer != "unknown"}
    assert seen == {"get_user", "reset_unit", "real_time_action"}
    assert found["bulk"]["holds"] is None
    assert moengage.workspace.users == {}


def test_get_user_that_is_not_enabled_is_reported(run: Run, moengage: Simulator) -> None:
    moengage.workspace.undocumented.get_user = False
    found = probed(run, code=1)

    assert found["get_user"]["answer"] == "refused"
    assert "MoEngage's support" in found["get_user"]["advice"]
    assert found["null"]["holds"] is None
    assert moengage.workspace.users == {}


def test_table_shows_what_to_set(run: Run, moengage: Simulator) -> None:
    moengage.workspace.undocumented.real_time_action = "refuse"
    result = run("probe", DESTINATION, "--yes", "--password-stdin", stdin=KEY)

    assert result.exit_code == 1
    assert "Is real_time_action accepted in events? Set `triggers_campaigns: false`." in result.stdout
    assert KEY not in result.output


def test_user_is_deleted_even_if_moengage_stops_answering(run: Run, moengage: Simulator) -> None:
    moengage.faults.add("reset", where="event", times=1)
    result = run("probe", DESTINATION, "--yes", "--password-stdin", stdin=KEY)

    assert result.exit_code == 2
    assert "can't be reached" in result.stderr
    assert moengage.workspace.users == {}


def test_wrong_key_is_an_error_before_anything_is_sent(run: Run, moengage: Simulator) -> None:
    result = run("probe", DESTINATION, "--yes", "--password-stdin", stdin="wrong")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "not this DATA APP KEY" in result.stderr
    assert [each.api for each in moengage.requests] == ["authentication"]


def test_user_that_can_not_be_deleted_is_named(run: Run, moengage: Simulator) -> None:
    moengage.faults.add("status", status=500, where="delete", times=2)
    result = run("probe", DESTINATION, "--yes", "--password-stdin", stdin=KEY)

    assert result.exit_code == 0
    assert "could not be deleted" in result.stderr
    (left,) = moengage.workspace.users
    assert left in result.stderr
