"""Quotas of the account that are lower than the stack's limits are told; others, and unreadable ones, are not."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from aep_moengage_cli.deployed import Stack
from aep_moengage_cli.monitoring.quotas import quota_cautions

RATE, BURST = "L-8A5B8E43", "L-CDF5615A"


@dataclass
class Account:
    """The clients of an account; `own` and `default` are its quotas by code."""

    own: dict[str, float] = field(default_factory=dict)
    default: dict[str, float] = field(default_factory=dict)

    def client(self, _: str) -> "Account":
        return self

    def describe_stacks(self, **_: Any) -> dict[str, Any]:
        given = {"ThrottlingRate": "10000", "ThrottlingBurst": "5000", "LogLevel": "INFO"}
        parameters = [{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()]
        return {"Stacks": [{"Parameters": parameters}]}

    def get_service_quota(self, **asked: str) -> dict[str, Any]:
        return self._quota(self.own, **asked)

    def get_aws_default_service_quota(self, **asked: str) -> dict[str, Any]:
        return self._quota(self.default, **asked)

    def _quota(self, quotas: dict[str, float], ServiceCode: str, QuotaCode: str) -> dict[str, Any]:  # noqa: N803 # boto3's
        assert ServiceCode == "apigateway"
        if QuotaCode not in quotas:
            raise ClientError({"Error": {"Code": "NoSuchResourceException", "Message": ""}}, "GetServiceQuota")
        return {"Quota": {"Value": quotas[QuotaCode]}}


def paths(account: Account) -> list[str]:
    return [caution.path for caution in quota_cautions(Stack("stack", {}, account))]


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        (Account(own={RATE: 10_000, BURST: 5_000}), []),
        (Account(own={RATE: 2_500, BURST: 1_250}), ["stack.ThrottlingRate", "stack.ThrottlingBurst"]),
        (Account(own={RATE: 20_000}, default={BURST: 1_250}), ["stack.ThrottlingBurst"]),
        (Account(own={RATE: 20_000}, default={RATE: 100, BURST: 5_000}), []),
        (Account(), []),
    ],
    ids=["as large", "smaller", "a default is smaller", "the account's own counts", "unreadable"],
)
def test_a_quota_below_the_stacks_limit_is_told(account: Account, expected: list[str]) -> None:
    assert paths(account) == expected


def test_a_caution_names_both_numbers_and_the_quota() -> None:
    (caution,) = quota_cautions(Stack("stack", {}, Account(own={RATE: 2_500, BURST: 5_000})))

    assert "10,000 requests per second" in caution.message
    assert "2,500" in caution.message
    assert RATE in caution.message
