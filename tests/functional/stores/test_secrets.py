"""The secrets that `aep-moengage` writes are encrypted with the key of the stack."""

import boto3
import pytest
from moto import mock_aws

from aep_moengage_cli.deployed import Stack
from aep_moengage_cli.destinations.publishing import Publishing
from aep_moengage_dev.project import REGION

OWN_KEY = f"arn:aws:kms:{REGION}:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.mark.parametrize(
    ("outputs", "key"), [({}, "alias/aws/ssm"), ({"KmsKeyArn": OWN_KEY}, OWN_KEY)], ids=["key of AWS", "own key"]
)
def test_every_secret_is_encrypted_with_the_key_of_the_stack(
    monkeypatch: pytest.MonkeyPatch, outputs: dict[str, str], key: str
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        names = {"DestinationsTableName": "table", "ParameterPath": "/aep-moengage/acme"}
        publishing = Publishing.of(Stack("acme", names | outputs, boto3.Session(region_name=REGION)))
        publishing.keep_secret("acme", "password", "x")
        publishing.make_keys("acme")
        publishing.make_token("acme")

        written = boto3.client("ssm", region_name=REGION).describe_parameters()["Parameters"]
    assert len(written) == 4
    assert {(each["Type"], each["KeyId"]) for each in written} == {("SecureString", key)}
