"""A cold start: what a function does before its first invocation, and once that is over."""

import gc
import os
import random
from collections.abc import Callable

_SNAPSTART = "snap-start"  # a value of AWS_LAMBDA_INITIALIZATION_TYPE


def make_for_snapshot(make: Callable[[], object]) -> None:
    """With SnapStart makes the function before Lambda takes its snapshot; without it does nothing.

    The functions restored from one snapshot would all draw the same pauses, so each seeds its own. Connections
    are not restored: those of before are older than `Connections` and `MoEngage` trust. Copies of secrets and circuits
    age by the clock of the wall; none is loaded before the first invocation.
    """
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != _SNAPSTART:
        return
    from snapshot_restore_py import register_after_restore  # noqa: PLC0415 # only Lambda's runtime has it

    register_after_restore(random.seed)
    make()


def collect_from_now_on() -> None:
    """Begins garbage collection, which an app keeps off while it starts; what is there by then stays for good."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
