"""Quotas: what the account lets the stack's HTTP API take, beside what the stack itself lets through.

The quotas are those of a region, for all of an account's APIs together. Source: AWS, API Gateway quotas, "Throttle
quota per account, per Region"; 10,000 requests a second and bursts of 5,000 in most regions, a quarter in some.
"""

from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from aep_moengage_cli.deployed import Stack
from aep_moengage_cli.files.caution import Caution, CautionCode


class _Quota(NamedTuple):
    parameter: str  # of the template
    code: str  # in Service Quotas
    unit: str


_SERVICE = "apigateway"
_QUOTAS = (
    _Quota("ThrottlingRate", "L-8A5B8E43", "requests per second"),
    _Quota("ThrottlingBurst", "L-CDF5615A", "requests at once"),
)


def quota_cautions(stack: Stack) -> list[Caution]:
    """Returns a caution for each limit of the stack that the account's quota undercuts.

    A quota that can't be read is left out: not every operator may read quotas, and the stack works without it.
    """
    given = _parameters(stack)
    client = stack.client("service-quotas")
    cautions = []
    for quota in _QUOTAS:
        most = _most(client, quota.code)
        if quota.parameter in given and most is not None and most < given[quota.parameter]:
            cautions.append(_caution(quota, given[quota.parameter], most))
    return cautions


def _caution(quota: _Quota, given: float, most: float) -> Caution:
    return Caution(
        CautionCode.QUOTA_TOO_LOW,
        f"stack.{quota.parameter}",
        f"the stack lets through {given:,.0f} {quota.unit}, but the account's quota for all of its APIs is {most:,.0f} "
        f"(Service Quotas, {_SERVICE}, {quota.code}): AEP gets 429 above that. Ask AWS to raise it, or lower the "
        "parameter to what AEP needs",
    )


def _parameters(stack: Stack) -> dict[str, float]:
    (described,) = stack.client("cloudformation").describe_stacks(StackName=stack.name)["Stacks"]
    known = {quota.parameter for quota in _QUOTAS}
    return {
        each["ParameterKey"]: float(each["ParameterValue"])
        for each in described.get("Parameters", [])
        if each["ParameterKey"] in known
    }


def _most(client: Any, code: str) -> float | None:
    """Returns a quota: the account's own, else AWS's default, else None."""
    for read in (client.get_service_quota, client.get_aws_default_service_quota):
        try:
            return float(read(ServiceCode=_SERVICE, QuotaCode=code)["Quota"]["Value"])
        except (BotoCoreError, ClientError):
            continue
    return None
