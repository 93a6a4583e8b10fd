"""Errors of AWS are shown with advice; our own bugs are not converted."""

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from aep_moengage_cli.errors import aws_error


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("ExpiredToken", "aws sso login"),
        ("InvalidClientTokenId", "doesn't know these credentials"),
        ("ThrottlingException", "DescribeStacks: Slow down (ThrottlingException)"),
    ],
)
def test_aws_error_codes_have_advice(code: str, says: str) -> None:
    error = ClientError({"Error": {"Code": code, "Message": "Slow down"}}, "DescribeStacks")
    assert says in str(aws_error(error))


def test_modelled_exception_is_recognized_by_its_code() -> None:
    class ExpiredTokenException(ClientError):  # as boto3 makes them for each service
        pass

    ExpiredTokenException.__module__ = "botocore.errorfactory"
    error = ExpiredTokenException({"Error": {"Code": "ExpiredTokenException"}}, "GetParameter")
    assert "have expired" in str(aws_error(error))


def test_other_errors_of_boto3_are_named() -> None:
    assert "ReadTimeoutError" in str(aws_error(ReadTimeoutError(endpoint_url="https://ssm")))


def test_error_of_our_own_is_not_converted() -> None:
    assert aws_error(KeyError("x")) is None
