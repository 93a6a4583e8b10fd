"""The door that AEP posts to: what is delivered, what waits, who is turned away."""

from aep_moengage_cli.simulator import Simulator
from tests.functional.doors.cloud import Cloud, profile


def test_a_profile_becomes_a_user(cloud: Cloud, moengage: Simulator) -> None:
    answer = cloud.post(profile("ada", person={"name": {"lastName": "Lovelace"}}))

    assert (answer.status, answer.json) == (200, {"received": 1, "results": [{"index": 0, "outcome": "delivered"}]})
    assert moengage.workspace.users["ada"].attributes == {"last_name": "Lovelace"}


def test_the_same_again_is_not_sent(cloud: Cloud, moengage: Simulator) -> None:
    assert cloud.outcomes(profile("ada", points=1)) == ["delivered"]
    assert cloud.outcomes(profile("ada", points=1)) == ["unchanged"]
    assert cloud.outcomes(profile("ada", points=2)) == ["delivered"]
    assert moengage.workspace.users["ada"].applied == 2
