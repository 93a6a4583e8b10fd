"""Any request whatsoever: the deployed API answers it as documented, never with a server error, and in time.

`make chaos` makes more of them.
"""

from tests.e2e.deployed import Connected
from tests.e2e.fuzzing import fuzz_deployed, statuses
from tests.fuzzing import KINDS, SECONDS

from aep_moengage_dev.simulator.remote import RemoteSimulator

REQUESTS = 200


def test_any_request_is_answered_as_documented_and_in_time(acme: Connected, moengage: RemoteSimulator) -> None:
    fuzzed, slowest = fuzz_deployed(acme, REQUESTS)

    assert statuses(fuzzed).total() == REQUESTS
    assert all(each.of_mode[kind.usual] > REQUESTS / 20 for kind, each in zip(KINDS, fuzzed, strict=True)), fuzzed
    assert slowest < SECONDS
