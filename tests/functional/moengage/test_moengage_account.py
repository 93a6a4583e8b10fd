"""Whether MoEngage knows credentials: its Test Connection API, and what each of its answers means."""

from collections.abc import Iterator

import pytest

from aep_moengage_cli.destinations.moengage_account import check_connection
from aep_moengage_dev.simulator.simulator import Simulator

USERNAME, PASSWORD = "ACME1234", "planted-right-key"


@pytest.fixture
def moengage() -> Iterator[Simulator]:
    with Simulator(username=USERNAME, password=PASSWORD) as simulator:
        yield simulator


def test_right_credentials_are_accepted_with_the_workspaces_name(moengage: Simulator) -> None:
    connection = check_connection("03", USERNAME, PASSWORD, moengage.url)
    assert (connection.accepted, connection.name, connection.detail) == (True, "Simulated workspace", "")


@pytest.mark.parametrize(
    ("username", "password", "says"),
    [
        (USERNAME, "planted-wrong-key", f"data center 03 knows the DATA APP ID {USERNAME} but not this DATA APP KEY"),
        (USERNAME, "planted-wrong-key", "Settings > Account > APIs"),
        ("OTHER", PASSWORD, "data center 03 does not know the DATA APP ID OTHER"),
        ("OTHER", PASSWORD, "dashboard-03.moengage.com"),
    ],
)
def test_wrong_credentials_are_reported_with_where_to_look(
    moengage: Simulator, username: str, password: str, says: str
) -> None:
    connection = check_connection("03", username, password, moengage.url)

    assert (connection.accepted, connection.refused) == (False, True)
    assert says in connection.detail
    assert "planted" not in repr(connection)


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (401, {"status": "fail"}, "does not know the DATA APP ID ACME1234 with this DATA APP KEY"),
        (403, {"status": "fail"}, "API firewall"),
        (500, {"status": "fail"}, "answered 500, which says nothing about the key"),
        (200, {"status": "fail"}, "answered 200, which says nothing about the key"),
        (200, "<html>maintenance</html>", "answered 200, which says nothing about the key"),
        (200, ["success"], "answered 200, which says nothing about the key"),
    ],
)
def test_other_answers_do_not_judge_the_key(moengage: Simulator, status: int, body: object, says: str) -> None:
    moengage.faults.add("status", where="authentication", status=status, body=body)
    connection = check_connection("03", USERNAME, PASSWORD, moengage.url)

    assert not connection.accepted
    assert says in connection.detail


def test_unreachable_moengage_is_reported(moengage: Simulator) -> None:
    moengage.stop()
    connection = check_connection("03", USERNAME, PASSWORD, moengage.url)

    assert not connection.accepted
    assert f"MoEngage can't be reached at {moengage.url}/v1/integrations/authentication" in connection.detail
    assert PASSWORD not in connection.detail


def test_the_data_center_is_part_of_the_address() -> None:
    connection = check_connection("101", USERNAME, PASSWORD, "http://127.0.0.1:9/{dc}")
    assert "http://127.0.0.1:9/101/v1/integrations/authentication" in connection.detail
