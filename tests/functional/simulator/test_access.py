"""Who may call: Basic credentials, the app id of the URL, and the call that tests a connection."""

import base64

import pytest
from tests.functional.simulator.caller import PASSWORD, USERNAME, Caller, customer, fault_of

from aep_moengage_dev.simulator.simulator import Simulator

PATH = f"/v1/customer/{USERNAME}"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (None, "Required"),
        ("", "No identity"),
        ("Bearer token", "Invalid identity"),
        ("Basic not-base64!", "Invalid identity"),
        ("Basic " + encoded("no colon"), "Invalid identity"),
        ("Basic " + encoded(f":{PASSWORD}"), "APP_KEY missing"),
        ("Basic " + encoded(f"{USERNAME}:"), "APP_SECRET missing"),
        ("Basic " + encoded(f"OTHER:{PASSWORD}"), "Invalid APP_ID"),
        ("Basic " + encoded(f"{USERNAME}:wrong"), "mismatch"),
    ],
)
def test_wrong_credentials_are_refused(moengage: Caller, simulator: Simulator, header: str | None, says: str) -> None:
    sent = {} if header is None else {"Authorization": header}
    answer = moengage.post(PATH, customer(), auth=None, headers=sent)

    assert (answer.status_code, fault_of(answer)) == (401, "Authentication required")
    assert says in answer.json()["error"]["message"]
    assert simulator.workspace.users == {}


def test_app_id_is_read_from_path_or_query(moengage: Caller) -> None:
    assert moengage.post(PATH, customer()).ok
    assert moengage.post(f"{PATH}?app_id={USERNAME}", customer()).ok
    assert moengage.post(f"/v1/customer?app_id={USERNAME}", customer()).ok


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/v1/customer", 400, "ParamsRequired"),
        ("/v1/customer/a%20b", 400, "InvalidParams"),
        ("/v1/customer/OTHER", 409, "Authentication Mismatch"),
        ("/v1/customer/merge", 400, "ParamsRequired"),
        ("/v1/event/OTHER", 409, "Authentication Mismatch"),
        ("/v1/transition/OTHER", 409, "Authentication Mismatch"),
        ("/v1/customers/export?app_id=OTHER", 409, "Authentication Mismatch"),
        ("/v2/customer/ACME1234", 404, "Not Found"),
    ],
)
def test_url_of_another_workspace_is_refused(moengage: Caller, path: str, status: int, kind: str) -> None:
    answer = moengage.post(path, customer())

    assert (answer.status_code, fault_of(answer)) == (status, kind)


def test_workspace_without_a_key_answers_409(moengage: Caller) -> None:
    moengage.control("POST", "credentials", {"password": ""})
    answer = moengage.post(PATH, customer())

    assert (answer.status_code, fault_of(answer)) == (409, "Authentication required")


def test_rotated_key_replaces_the_old_one_at_once(moengage: Caller) -> None:
    moengage.control("POST", "credentials", {"password": "new-key"})

    assert moengage.post(PATH, customer()).status_code == 401
    assert moengage.post(PATH, customer(), auth=(USERNAME, "new-key")).ok


def test_suspended_account_is_refused(moengage: Caller, simulator: Simulator) -> None:
    simulator.faults.add(kind="status", status=403)

    assert fault_of(moengage.customer()) == "Account Suspended"


@pytest.mark.parametrize(
    ("app_key", "secret", "status"), [(USERNAME, PASSWORD, 200), (USERNAME, "wrong", 401), (None, PASSWORD, 401)]
)
def test_connection_test_checks_id_and_key(moengage: Caller, app_key: str | None, secret: str, status: int) -> None:
    body = {"app_id": USERNAME, "app_secret": secret, "source": "adobe", "region": "01"}
    headers = {"MOE-APPKEY": app_key} if app_key else {}
    answer = moengage.post("/v1/integrations/authentication", body, auth=None, headers=headers)

    assert answer.status_code == status
    assert answer.json()["status"] == ("success" if status == 200 else "fail")


def test_only_post_is_answered(moengage: Caller) -> None:
    assert moengage.get(PATH).status_code == 405
