"""Each rule, taken out, makes the state machine fail: so the machine is a proof of the rule.

Every run of the tests takes out the rules without which it fails at once. `GUARANTEES_RULES=all` takes out every one,
and prints with `-s` after how many histories the machine failed: some ten minutes.
"""

import os
import sys
import traceback
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.guarantees.event_machine import EventGuarantees
from tests.guarantees.machine import Guarantees
from tests.guarantees.taken_out import RULES, Rule

EVERY_RULE = os.environ.get("GUARANTEES_RULES") == "all"
MOST_HISTORIES = 1000 if EVERY_RULE else 300


def histories_until_it_fails(machine: type[Guarantees], most: int) -> int | None:
    """Returns after how many histories a machine failed; None if it did not."""
    histories = 0

    class Counted(machine):  # type: ignore[misc, valid-type] # it is the one that is given
        def __init__(self) -> None:
            nonlocal histories
            histories += 1
            super().__init__()

    try:
        run_state_machine_as_test(
            Counted,
            settings=settings(
                max_examples=most,
                stateful_step_count=40,
                phases=[Phase.generate],  # what fails need not be made small
                derandomize=True,
                database=None,
                deadline=None,
                verbosity=Verbosity.quiet,
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            ),
        )
    except AssertionError as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        assert Path(last.filename).parent == Path(__file__).parent, "the connector failed, and not the machine"
        return histories - 1  # the last one is the failed one again
    return None


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("rule", [each for each in RULES if EVERY_RULE or not each.slow], ids=lambda rule: rule.says)
def test_without_a_rule_the_state_machine_fails(rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    rule.take_out(monkeypatch)
    histories = histories_until_it_fails(EventGuarantees if rule.of_events else Guarantees, MOST_HISTORIES)

    assert histories is not None, f"{MOST_HISTORIES} histories pass without: {rule.says}"
    sys.stdout.write(f"{histories:5} histories until it fails without: {rule.says}\n")
