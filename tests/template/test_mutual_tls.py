"""With a truststore the API lets in nobody without a certificate, and says before one of its authorities' ends."""

import re
from typing import Any

import pytest
from tests.template.conftest import OWN_KEY
from tests.template.deployed import deployed

from aep_moengage.settings import Settings, TruststoreSettings

CERTIFICATE = "arn:aws:acm:eu-west-1:111122223333:certificate/1234abcd-12ab-34cd-56ef-1234567890ab"
DOMAIN = {"CustomDomain": "profiles.example.com", "CertificateArn": CERTIFICATE}
MUTUAL_TLS = DOMAIN | {
    "TruststoreUri": "s3://acme-certificates/aep/truststore.pem",
    "TruststoreVersion": "3HL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY",
}


@pytest.fixture(scope="module")
def stack(template: dict[str, Any]) -> dict[str, Any]:
    return dict(deployed(template, **MUTUAL_TLS)["Resources"])


def properties(stack: dict[str, Any], name: str) -> dict[str, Any]:
    return dict(stack[name]["Properties"])


def test_parameters_of_mutual_tls_are_taken(template: dict[str, Any]) -> None:
    for name, value in (MUTUAL_TLS | {"OwnershipCertificateArn": CERTIFICATE}).items():
        assert re.fullmatch(template["Parameters"][name]["AllowedPattern"], value), name
    for wrong in ("https://acme/x.pem", "s3://acme", "s3://acme/", "acme/truststore.pem"):
        assert not re.fullmatch(template["Parameters"]["TruststoreUri"]["AllowedPattern"], wrong)


def test_domain_uses_the_version_of_the_truststore(stack: dict[str, Any]) -> None:
    assert properties(stack, "ApiDomain")["MutualTlsAuthentication"] == {
        "TruststoreUri": {"Ref": "TruststoreUri"},
        "TruststoreVersion": {"Ref": "TruststoreVersion"},
    }


def test_address_of_aws_lets_in_nobody_without_a_certificate(template: dict[str, Any], stack: dict[str, Any]) -> None:
    assert properties(stack, "Api")["DisableExecuteApiEndpoint"] is True
    for given in ({}, DOMAIN):
        assert properties(deployed(template, **given)["Resources"], "Api")["DisableExecuteApiEndpoint"] is False


@pytest.mark.parametrize("given", [{}, DOMAIN], ids=["AWS's domain", "own domain"])
def test_without_a_truststore_there_is_nothing_of_it(template: dict[str, Any], given: dict[str, str]) -> None:
    stack = deployed(template, **given)
    assert not [
        name for section in ("Resources", "Outputs") for name in stack[section] if name.startswith("Truststore")
    ]
    assert "MutualTlsAuthentication" not in stack["Resources"].get("ApiDomain", {"Properties": {}})["Properties"]


def test_imported_certificate_is_proven_by_another_one(template: dict[str, Any]) -> None:
    stack = deployed(template, **MUTUAL_TLS, OwnershipCertificateArn=CERTIFICATE)["Resources"]
    (domain,) = properties(stack, "ApiDomain")["DomainNameConfigurations"]
    assert domain["OwnershipVerificationCertificateArn"] == {"Ref": "OwnershipCertificateArn"}


def test_truststore_needs_a_domain_and_a_version_and_names_need_a_truststore(template: dict[str, Any]) -> None:
    def is_given(name: str) -> dict[str, Any]:
        return {"Fn::Not": [{"Fn::Equals": [{"Ref": name}, ""]}]}

    rules = {name: template["Rules"][name] for name in ("MutualTls", "ClientNamesAreOfCertificates")}
    assert rules["MutualTls"]["RuleCondition"] == is_given("TruststoreUri")
    needed = [each["Assert"] for each in rules["MutualTls"]["Assertions"]]
    assert needed == [is_given("CustomDomain"), is_given("TruststoreVersion")]
    assert rules["ClientNamesAreOfCertificates"]["RuleCondition"] == is_given("ClientNames")
    assert [each["Assert"] for each in rules["ClientNamesAreOfCertificates"]["Assertions"]] == [
        is_given("TruststoreUri")
    ]


@pytest.mark.parametrize("key", ["", OWN_KEY], ids=["keys of AWS", "own key"])
def test_function_may_read_the_one_object_and_nothing_else(template: dict[str, Any], key: str) -> None:
    role = properties(deployed(template, **MUTUAL_TLS, KmsKeyArn=key)["Resources"], "TruststoreRole")
    (policy,) = role["Policies"]
    statements = {each["Sid"]: each for each in policy["PolicyDocument"]["Statement"]}
    assert set(statements) == {"WriteLogs", "ReadTruststore"} | ({"UseOwnKey"} if key else set())
    assert statements["ReadTruststore"]["Action"] == "s3:GetObjectVersion"
    assert statements["ReadTruststore"]["Resource"] == {
        "Fn::Join": [
            "",
            [
                {"Fn::Sub": "arn:${AWS::Partition}:s3:::"},
                {"Fn::Select": [1, {"Fn::Split": ["s3://", {"Ref": "TruststoreUri"}]}]},
            ],
        ]
    }


def test_function_has_its_settings_and_runs_every_hour(template: dict[str, Any], stack: dict[str, Any]) -> None:
    function = properties(stack, "TruststoreFunction")
    shared = template["Globals"]["Function"]["Environment"]["Variables"]
    assert set(TruststoreSettings.__struct_fields__) <= set(function["Environment"]["Variables"]) | set(shared)
    (event,) = function["Events"].values()
    assert (event["Type"], event["Properties"]) == ("Schedule", {"Schedule": "rate(1 hour)"})


def test_alarm_is_sent_while_there_is_time_and_if_the_check_fails(stack: dict[str, Any]) -> None:
    alarm = properties(stack, "TruststoreAlarm")
    assert (alarm["MetricName"], alarm["Statistic"]) == ("truststore_days", "Minimum")
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 60)
    assert alarm["Period"] >= 2 * 3600, "each period has a check"
    assert alarm["TreatMissingData"] == "missing"
    assert alarm["InsufficientDataActions"] == [{"Ref": "AlertsTopic"}]


def test_functions_know_the_names_of_clients(template: dict[str, Any]) -> None:
    assert "CLIENT_NAMES" in Settings.__struct_fields__
    assert template["Globals"]["Function"]["Environment"]["Variables"]["CLIENT_NAMES"] == {"Ref": "ClientNames"}
