"""Requests that are refused: the answer explains what to do, and nothing reaches MoEngage."""

import pytest
from tests.e2e.deployed import Answer, Connected, connected, named, unique

from aep_moengage_dev.local.stack import LocalStack


def refusal(acme: Connected, user: str, answer: Answer) -> str:
    """Returns the detail of the answer; checks that MoEngage does not know the user."""
    assert acme.moengage.attributes(user) is None
    assert acme.token not in str(answer.content)
    return str(answer.content["detail"])


def test_wrong_token_is_refused(acme: Connected) -> None:
    user = unique()
    answer = acme.post(named(user, "Lovelace"), token=f"{acme.id}.wrong")
    assert answer.status == 401
    assert "aep-moengage connect" in refusal(acme, user, answer)


def test_token_of_another_destination_is_refused(acme: Connected, stack: LocalStack) -> None:
    user = unique()
    answer = acme.post(named(user, "Lovelace"), token=connected(stack).token)
    assert answer.status == 403
    assert "another destination" in refusal(acme, user, answer)


def test_unconnected_destination_answers_as_a_wrong_token_does(acme: Connected) -> None:
    user, nowhere = unique(), unique("nowhere")
    endpoint = acme.endpoint.replace(acme.id, nowhere)
    unknown = acme.post(named(user, "Lovelace"), endpoint=endpoint, token=f"{nowhere}.wrong")
    wrong = acme.post(named(user, "Lovelace"), token=f"{acme.id}.wrong")
    assert (unknown.status, unknown.content) == (wrong.status, wrong.content)
    assert unknown.status == 401
    refusal(acme, user, unknown)


@pytest.mark.parametrize("body", ["{", "7", '{"identityMap": NaN}'])
def test_body_without_profiles_is_refused_and_explained(acme: Connected, body: str) -> None:
    answer = acme.post(body)
    assert answer.status == 400
    assert "send it again" in answer.content["detail"]
