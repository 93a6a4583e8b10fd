"""`status`: one screen, for who may see what is set up; more for who may see profiles too."""

import json
import re
import time
from typing import Any

import pytest
from tests.e2e.deployed import wait_until
from tests.functional.access.conftest import STACK, Guarded
from tests.functional.access.test_commands import DESTINATION, ID, MANAGE, SEGMENTS, RunAs, dead_letter, run_as
from tests.functional.terminal import at_terminal

from aep_moengage_cli.permissions import Permission

__all__ = ["run_as"]  # a fixture


def publish(guarded: Guarded, metric: str, value: float, **dimensions: str) -> None:
    named = {"service": STACK, "destination": ID, **dimensions}
    guarded.client("cloudwatch").put_metric_data(
        Namespace="AepMoEngage",
        MetricData=[
            {
                "MetricName": metric,
                "Value": value,
                "Dimensions": [{"Name": name, "Value": each} for name, each in named.items()],
            }
        ],
    )


@pytest.fixture
def ill(run_as: RunAs, guarded: Guarded) -> None:
    """A destination whose credentials MoEngage refuses, with a dead letter."""
    run_as(MANAGE, "connect", DESTINATION, "--password-stdin", "--no-test", stdin="key")
    run_as(MANAGE, "failures", "purge", "--yes")
    dead_letter(guarded)
    guarded.client("sqs").send_message(QueueUrl=guarded.outputs["RetryQueueUrl"], MessageBody="waits")
    publish(guarded, "received", 7)
    publish(guarded, "delivered", 4)
    publish(guarded, "retrying", 3)
    publish(guarded, "postponed", 3, reason="setup")
    publish(guarded, "delivered", 100, destination="another")
    cloudwatch = guarded.client("cloudwatch")
    wait_until(
        lambda: cloudwatch.describe_alarms(StateValue="ALARM")["MetricAlarms"], 60, "dead letters ring the alarm"
    )


def test_who_may_see_what_is_set_up_sees_the_flow_but_not_why_letters_died(
    ill: None, run_as: RunAs, guarded: Guarded
) -> None:
    result = run_as(SEGMENTS, "status", "--json")

    assert result.exit_code == 1, result.stderr
    status: dict[str, Any] = json.loads(result.stdout)
    (destination,) = status["destinations"]
    assert (destination["id"], destination["paused"]) == (ID, False)
    hour = destination["last_hour"]
    assert hour["received"] >= 7
    assert hour["delivered"] % 100 == hour["received"] * 4 // 7 % 100, "another destination's are not counted"
    assert destination["postponed"]["setup"] >= 3
    assert status["dead_letters"] == {"messages": 1, "reasons": None}
    (alarm,) = status["alarms"]
    assert (alarm["name"], alarm["state"]) == ("DeadLettersAlarm", "ALARM")
    steps = "\n".join(status["next_steps"])
    assert f"`aep-moengage rotate-key {ID}`" in steps
    assert "`aep-moengage failures list`" in steps
    assert "Runbook: #dead-letters" in steps
    assert "only if you also have the permission View Profiles" in steps


def test_who_may_see_profiles_too_sees_why_letters_died(ill: None, run_as: RunAs, guarded: Guarded) -> None:
    both = {"UserName": SEGMENTS.name, "PolicyArn": guarded.outputs[Permission.VIEW_PROFILES.output]}
    iam = guarded.client("iam")
    iam.attach_user_policy(**both)
    try:
        result = run_as(SEGMENTS, "status", "--json")
    finally:
        iam.detach_user_policy(**both)

    status = json.loads(result.stdout)
    assert status["dead_letters"] == {"messages": 1, "reasons": {"refused": 1}}
    assert any(step.startswith("Dead letters, refused: ") for step in status["next_steps"])
    letters = guarded.client("sqs").receive_message(QueueUrl=guarded.outputs["DeadLetterQueueUrl"], VisibilityTimeout=0)
    assert letters["Messages"], "what was looked at is given back"


def test_it_is_one_screen(ill: None, run_as: RunAs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    result = run_as(SEGMENTS, "status")

    lines = result.stdout.splitlines()
    assert len(lines) <= 24, "a terminal's height"
    assert lines[0].startswith(f"{STACK}, {time.strftime('%Y-')}")
    assert ID in result.stdout
    assert "Dead letters: 1 message." in result.stdout
    assert "DeadLettersAlarm ALARM since" in result.stdout
    assert "What to do next" in result.stdout


def test_watching_is_for_a_terminal(run_as: RunAs) -> None:
    result = run_as(SEGMENTS, "status", "--watch")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "--watch needs a terminal" in result.stderr


def test_it_is_watched_until_ctrl_c(ill: None, run_as: RunAs) -> None:
    assert run_as(SEGMENTS, "history", ID).exit_code == 0, "who watches is who ran this"
    moment = re.compile(rf"{STACK}, [\d-]+ ([\d:]+) UTC")

    def looked_twice(shown: str) -> bool:
        return len(set(moment.findall(shown))) >= 2

    code, shown = at_terminal("status", "--watch", "--every", "1", types="\x03", once=looked_twice)

    assert code == 0
    assert looked_twice(shown)
    assert "Traceback" not in shown


def test_on_a_narrow_terminal_ids_and_outcomes_are_whole(
    ill: None, run_as: RunAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = run_as(SEGMENTS, "status").stdout

    assert "…" not in shown
    assert f"│ {ID} │" in shown
    assert re.search(r"\d+ delivered, ", shown)
    assert re.search(r"\d\s*(│\n(│\s*)+)?waiting", shown)
