"""Advice on the health of the flow."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from aep_moengage.outcomes import RetryReason
from aep_moengage_cli.destinations.versions import Version
from aep_moengage_cli.monitoring.flow import COUNTED, Alarm, DestinationFlow, Flow
from aep_moengage_cli.monitoring.next_steps import next_steps
from aep_moengage_cli.permissions import Permission

NOW = datetime(2026, 11, 24, tzinfo=UTC)
PROFILES = {metric.value: 5 for metric in COUNTED}
FINE = DestinationFlow(Version("acme", 1, "{}"), "Acme", PROFILES, {reason.value: 0 for reason in RetryReason})
WELL = Flow("stack", NOW, [FINE], backlog=0, dead=0, reasons={}, alarms=[])


def steps(flow: Flow) -> Sequence[str]:
    return list(next_steps(flow))


def with_postponed(reason: RetryReason, *, paused: bool = False) -> Flow:
    active = Version("acme", 1, "{}", paused=paused)
    found = replace(FINE, active=active, postponed=FINE.postponed | {reason.value: 1})
    return replace(WELL, destinations=[found], backlog=1)


def test_healthy_flow_has_no_next_steps() -> None:
    assert steps(WELL) == []


def test_alarm_comes_first_with_its_description() -> None:
    alarm = Alarm("SetupAlarm", "ALARM", NOW, "The key is refused. docs/runbook.md#setup")
    quiet = Alarm("Other", "OK", NOW, "")
    flow = replace(WELL, alarms=[quiet, alarm], dead=1)
    assert steps(flow)[0] == "SetupAlarm: The key is refused. docs/runbook.md#setup"
    assert len(steps(flow)) == 2


def test_each_condition_leads_to_its_command() -> None:
    (step,) = steps(with_postponed(RetryReason.SETUP))
    assert "`aep-moengage rotate-key acme`" in step
    (step,) = steps(with_postponed(RetryReason.PAUSED, paused=True))
    assert "`aep-moengage resume acme`" in step
    (step,) = steps(with_postponed(RetryReason.THROTTLED))
    assert "`pacing`" in step
    (step,) = steps(with_postponed(RetryReason.HELD))
    assert "`hold_anonymous`" in step
    (step,) = steps(replace(WELL, destinations=[]))
    assert "`aep-moengage connect FILE`" in step
    (step,) = steps(replace(WELL, destinations=[replace(FINE, profiles=PROFILES | {"received": 0})]))
    assert "received in the last hour for acme" in step


def test_no_advice_without_a_backlog() -> None:
    for reason in (RetryReason.SETUP, RetryReason.THROTTLED, RetryReason.TRANSIENT):
        assert steps(replace(with_postponed(reason), backlog=0)) == []


def test_dead_letter_reasons_have_advice_or_name_the_permission() -> None:
    seen = steps(replace(WELL, dead=3, reasons={"refused": 1, "gave_up": 2}))
    assert [step.partition(":")[0] for step in seen] == ["Dead letters, gave_up", "Dead letters, refused"]
    (unseen,) = steps(replace(WELL, dead=3, reasons=None, lacking=Permission.VIEW_PROFILES))
    assert "the permission View Profiles" in unseen


def test_cause_is_advised_on_once_with_the_alarms_that_it_raised() -> None:
    names = ("FlowRunDelayAlarm", "DrainBehindAlarm", "DeadLettersAlarm", "FlowRunFailureAlarm", "IngestErrorsAlarm")
    waiting = with_postponed(RetryReason.TRANSIENT)
    other = replace(waiting.destinations[0], active=Version("other", 1, "{}"))
    alarms = [Alarm(name, "ALARM", NOW, f"about {name}. Runbook: #{name}") for name in names]
    flow = replace(waiting, destinations=[*waiting.destinations, other], alarms=alarms, dead=2, reasons={"refused": 2})

    crashed, dead, slow = steps(flow)
    assert crashed == "IngestErrorsAlarm: about IngestErrorsAlarm. Runbook: #IngestErrorsAlarm"
    assert dead.startswith("Dead letters, refused: ")
    assert dead.endswith(
        " (DeadLettersAlarm, Runbook: #DeadLettersAlarm; FlowRunFailureAlarm, Runbook: #FlowRunFailureAlarm)"
    )
    assert "slow or down for acme, other" in slow
    assert slow.endswith(
        "(FlowRunDelayAlarm, Runbook: #FlowRunDelayAlarm; DrainBehindAlarm, Runbook: #DrainBehindAlarm)"
    )


def test_alarm_without_a_cause_that_is_seen_keeps_its_description() -> None:
    """What waits may be of another destination, or over."""
    late = Alarm("FlowRunDelayAlarm", "ALARM", NOW, "a profile has waited too long")
    assert steps(replace(WELL, alarms=[late])) == ["FlowRunDelayAlarm: a profile has waited too long"]
