"""The bench: its steps and its invocations work on this checkout, so that `make bench` measures what there is."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.performance import steps
from tests.performance.contest import environment_of
from tests.performance.fakes import Fakes, running
from tests.performance.profiles import SHAPES, as_posted
from tests.performance.traffic import traffic_of

from aep_moengage_dev.project import PROJECT

_DRAINED_IN_MEMORY = """
import app
from tests.performance import invocations, steps
steps.keep_ledger_in_memory()
print(app.lambda_handler(invocations.queued(3), invocations.Context()))
"""


@pytest.fixture(scope="module")
def fakes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fakes]:
    with running(tmp_path_factory.mktemp("tls")) as started:
        yield started


@pytest.mark.parametrize("shape", SHAPES)
def test_profiles_of_every_shape_become_a_record_each(shape: str) -> None:
    profile, document = SHAPES[shape]
    records = list(steps.transformed(document, [as_posted(profile(number)) for number in range(3)])())
    assert [b'"user-%d"' % number in record for number, record in enumerate(records)] == [True] * 3


def test_events_become_records_as_in_the_bare_loop() -> None:
    bare, connector = steps.events_transformed()
    assert len(list(bare())) == len(list(connector())) == steps.EVENTS


@pytest.mark.parametrize("step", steps.GROWING)
def test_every_step_that_grows_runs(step: str) -> None:
    assert list(steps.GROWING[step](3)())


def test_invocations_send_and_log(fakes: Fakes) -> None:
    traffic = traffic_of(PROJECT, fakes)
    assert traffic.calls["drain/1000"]["MoEngage"] < 12
    assert traffic.calls["ingest/1"]["MoEngage"] == 1
    assert "MoEngage" not in traffic.calls["ingest/1 unchanged"]
    assert min(traffic.log_bytes.values()) > 0


def test_drain_works_with_a_ledger_in_memory(fakes: Fakes, tmp_path: Path) -> None:
    fakes.counts()
    environment = environment_of("drain", PROJECT, fakes)
    command = [sys.executable, "-c", _DRAINED_IN_MEMORY]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603 # our own
    assert "{'batchItemFailures': []}" in done.stdout, done.stderr
    assert fakes.counts()["MoEngage"] == 1
