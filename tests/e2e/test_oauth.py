"""OAuth 2 client credentials, a domain of one's own, and mutual TLS, as far as the emulator goes.

The emulator issues tokens and has the gateway check them. It has no integration of the gateway with SQS, no DNS and no
TLS, and its gateway answers at AWS's own address even where that is off.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from tests.certificates import issue
from tests.e2e.deployed import named, unique

from aep_moengage_dev.local import deployment
from aep_moengage_dev.local.stack import LocalStack

NAME = "aep-moengage-oauth"
TURNED_AWAY = {401, 403}
DAYS_LEFT = 30


@pytest.fixture(scope="module")
def oauth(stack: LocalStack) -> deployment.Deployment:
    """A stack with an issuer and a domain of its own, which asks for certificates of an authority that ends soon."""
    s3 = stack.client("s3")
    s3.create_bucket(Bucket="acme-certificates")
    s3.put_bucket_versioning(Bucket="acme-certificates", VersioningConfiguration={"Status": "Enabled"})
    authority = issue("Acme's authority", days=DAYS_LEFT, since=datetime.now(UTC))
    version = s3.put_object(Bucket="acme-certificates", Key="aep/truststore.pem", Body=authority.pem)["VersionId"]
    certificate = stack.client("acm").request_certificate(DomainName="profiles.example.com")["CertificateArn"]
    parameters = {
        "MoEngageEndpoint": stack.moengage_url,
        "DirectCognitoDomain": "acme-profiles",
        "CustomDomain": "profiles.example.com",
        "CertificateArn": certificate,
        "TruststoreUri": "s3://acme-certificates/aep/truststore.pem",
        "TruststoreVersion": version,
    }
    return deployment.deploy(stack.work, stack.ministack.url, parameters, NAME)


@pytest.fixture(scope="module")
def credentials(stack: LocalStack, oauth: deployment.Deployment) -> tuple[str, str]:
    """The client's id, and its secret as the page shows how to read it."""
    pool, client = oauth.outputs["DirectUserPoolId"], oauth.outputs["DirectClientId"]
    described = stack.client("cognito-idp").describe_user_pool_client(UserPoolId=pool, ClientId=client)
    return client, described["UserPoolClient"]["ClientSecret"]


def token(stack: LocalStack, **how: Any) -> requests.Response:
    """Asks for a token as Adobe does: without a scope."""
    form = {"grant_type": "client_credentials", **how.pop("data", {})}
    return requests.post(f"{stack.ministack.url}/oauth2/token", data=form, timeout=30, **how)


def post(stack: LocalStack, oauth: deployment.Deployment, authorization: str | None) -> int:
    url = f"{oauth.api_url(stack.ministack.url)}/direct/destinations/{unique('acme')}/profiles"
    headers = {"Content-Type": "application/json"} | ({"Authorization": authorization} if authorization else {})
    body = json.dumps(named(unique(), "Lovelace"))
    return requests.post(url, data=body, headers=headers, timeout=30).status_code


def test_token_of_the_client_is_let_in_and_nothing_else(
    stack: LocalStack, oauth: deployment.Deployment, credentials: tuple[str, str]
) -> None:
    client, secret = credentials
    in_form = token(stack, data={"client_id": client, "client_secret": secret})
    in_header = token(stack, auth=(client, secret))

    for answer in (in_form, in_header):
        assert answer.status_code == 200, answer.text
        assert answer.json()["token_type"] == "Bearer"
        assert post(stack, oauth, f"Bearer {answer.json()['access_token']}") not in TURNED_AWAY
    assert post(stack, oauth, None) == 401
    assert post(stack, oauth, "Bearer acme.no-token-of-the-issuer") == 401


def test_wrong_secret_gets_no_token(stack: LocalStack, credentials: tuple[str, str]) -> None:
    client, _ = credentials
    assert token(stack, data={"client_id": client, "client_secret": "wrong"}).status_code in {400, 401}


def test_outputs_name_the_own_domain(oauth: deployment.Deployment) -> None:
    assert oauth.outputs["ProfilesUrl"] == "https://profiles.example.com/destinations/{id}/profiles"
    assert oauth.outputs["DirectUrl"] == "https://profiles.example.com/direct/destinations/{id}/profiles"
    assert oauth.outputs["DirectTokenUrl"].startswith("https://acme-profiles.auth.")
    assert oauth.outputs["CustomDomainTarget"]


def test_domain_asks_for_certificates_and_the_address_of_aws_is_off(
    stack: LocalStack, oauth: deployment.Deployment
) -> None:
    gateway = stack.client("apigatewayv2")
    domain = gateway.get_domain_name(DomainName="profiles.example.com")
    assert domain["MutualTlsAuthentication"]["TruststoreUri"] == "s3://acme-certificates/aep/truststore.pem"
    assert gateway.get_api(ApiId=oauth.outputs["ApiId"])["DisableExecuteApiEndpoint"] is True


def test_scheduled_function_publishes_for_how_long_the_truststore_is_valid(
    stack: LocalStack, oauth: deployment.Deployment
) -> None:
    function = oauth.outputs["TruststoreFunctionName"]
    events = stack.client("events")
    hourly = [each["Name"] for each in events.list_rules()["Rules"] if each.get("ScheduleExpression") == "rate(1 hour)"]
    targets = [each["Arn"] for rule in hourly for each in events.list_targets_by_rule(Rule=rule)["Targets"]]
    (called,) = [each for each in targets if function in each]

    answer = stack.client("lambda").invoke(FunctionName=called)

    assert "FunctionError" not in answer, answer["Payload"].read()
    now = datetime.now(UTC)
    found = stack.client("cloudwatch").get_metric_statistics(
        Namespace="AepMoEngage",
        MetricName="truststore_days",
        Dimensions=[{"Name": "service", "Value": NAME}],
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=["Minimum"],
    )
    assert [round(each["Minimum"]) for each in found["Datapoints"]] == [DAYS_LEFT]
