"""What AWS says is passed on with what to do about it; our own bugs are not."""

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from aep_moengage_cli.complaints import aws_complaint


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("AccessDenied", "does not allow DescribeStacks"),
        ("AccessDeniedException", "does not allow DescribeStacks"),
        ("ExpiredToken", "aws sso login"),
        ("InvalidClientTokenId", "does not know these credentials"),
        ("ThrottlingException", "DescribeStacks: Slow down (ThrottlingException)"),
    ],
)
def test_refusals(code: str, says: str) -> None:
    error = ClientError({"Error": {"Code": code, "Message": "Slow down"}}, "DescribeStacks")
    assert says in str(aws_complaint(error))


def test_a_modelled_refusal_is_known_by_its_code() -> None:
    class ExpiredTokenException(ClientError):  # as boto3 makes them for each service
        pass

    ExpiredTokenException.__module__ = "botocore.errorfactory"
    error = ExpiredTokenException({"Error": {"Code": "ExpiredTokenException"}}, "GetParameter")
    assert "have expired" in str(aws_complaint(error))


def test_other_errors_of_boto3() -> None:
    assert "ReadTimeoutError" in str(aws_complaint(ReadTimeoutError(endpoint_url="https://ssm")))


def test_what_is_no_error_of_aws_is_ours() -> None:
    assert aws_complaint(KeyError("x")) is None
