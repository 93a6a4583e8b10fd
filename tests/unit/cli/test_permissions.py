"""AWS's refusals: found behind other errors, and explained with the policy that is missing."""

from botocore.exceptions import ClientError

from aep_moengage.queues.queue import QueueUnavailable
from aep_moengage_cli.permissions import Refusal, refusal_lines, refusal_of

CALLER = "arn:aws:iam::123456789012:user/ada"


def refused(message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": "AccessDenied", "Message": message}}, "ReceiveMessage")


def test_refusal_names_action_and_caller() -> None:
    error = refused(f"User: {CALLER} is not authorized to perform: sqs:ReceiveMessage on resource: x")
    assert refusal_of(error) == Refusal("sqs:ReceiveMessage", CALLER, explicit=False)


def test_refusal_without_a_message_names_the_operation() -> None:
    assert refusal_of(refused()) == Refusal("ReceiveMessage", None, explicit=False)


def test_refusal_is_found_behind_another_error() -> None:
    error = QueueUnavailable("SQS did not take a batch")
    error.__cause__ = refused()
    assert refusal_of(error)


def test_other_errors_are_no_refusal() -> None:
    throttled = ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "ReceiveMessage")
    assert refusal_of(throttled) is None
    assert refusal_of(KeyError("AccessDenied")) is None


def test_refusal_is_explained_with_the_policy_that_allows_the_command() -> None:
    refusal = Refusal("sqs:ReceiveMessage", CALLER, explicit=False)
    assert refusal_lines(refusal, "failures list", "aep-moengage", {"ViewProfilesPolicyArn": "arn:policy"}) == (
        f"AWS refuses sqs:ReceiveMessage to {CALLER}.",
        "`failures list` needs the permission View Profiles: ask for its policy to be attached, or use another "
        "--profile.",
        "The policy is arn:policy (the output ViewProfilesPolicyArn of the stack aep-moengage).",
    )


def test_explicit_deny_is_explained_as_such() -> None:
    _, advice = refusal_lines(Refusal("sqs:ReceiveMessage", None, explicit=True), "status", "aep-moengage", {})
    assert "denies this explicitly" in advice
