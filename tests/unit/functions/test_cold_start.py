"""What a function does around its cold start."""

import gc
import random
import sys
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

from aep_moengage.functions.cold_start import collect_from_now_on, make_for_snapshot


@pytest.fixture
def restored(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """What Lambda's runtime would call after a restore."""
    hooks: list[Callable[[], None]] = []
    runtime = ModuleType("snapshot_restore_py")
    runtime.register_after_restore = hooks.append  # type: ignore[attr-defined] # a module of the test
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", runtime)
    return hooks


@pytest.fixture
def collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()


@pytest.mark.parametrize(("kind", "made"), [("snap-start", 1), ("on-demand", 0), ("provisioned-concurrency", 0)])
def test_the_function_is_made_before_a_snapshot_only(
    kind: str, made: int, restored: list[Callable[[], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", kind)
    calls: list[int] = []
    make_for_snapshot(lambda: calls.append(1))
    assert (len(calls), len(restored)) == (made, made)


def test_two_functions_restored_from_one_snapshot_draw_different_pauses(
    restored: list[Callable[[], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
    make_for_snapshot(lambda: None)
    snapshot, drawn = random.getstate(), []
    for _ in range(2):
        random.setstate(snapshot)
        for hook in restored:
            hook()
        drawn.append(random.random())  # noqa: S311 # no secret
    assert drawn[0] != drawn[1]


@pytest.mark.usefixtures("collector")
def test_garbage_is_collected_from_the_first_invocation_on() -> None:
    collect_from_now_on()
    assert gc.isenabled()
    frozen = gc.get_freeze_count()
    collect_from_now_on()
    assert gc.get_freeze_count() == frozen > 0
