"""The template keeps profiles from being lost, doubled or delivered by old code."""

import json
import re
from typing import Any

import pytest
from tests.template.conftest import Resources
from tests.template.deployed import deployed

from aep_moengage.queues.direct_requests import DirectRequest, direct_request

FOURTEEN_DAYS = 14 * 24 * 3600
SQS_LARGEST_MESSAGE = 1024 * 1024


def _mapping(resources: Resources) -> dict[str, Any]:
    drain = resources("AWS::Serverless::Function")["DrainFunction"]["Properties"]
    (event,) = drain["Events"].values()
    assert event["Type"] == "SQS"
    mapping: dict[str, Any] = event["Properties"]
    return mapping


def test_a_batch_is_hidden_for_six_times_the_timeout_of_drain(resources: Resources) -> None:
    timeout = resources("AWS::Serverless::Function")["DrainFunction"]["Properties"]["Timeout"]
    queue = resources("AWS::SQS::Queue")["RetryQueue"]["Properties"]
    window = _mapping(resources)["MaximumBatchingWindowInSeconds"]
    assert queue["VisibilityTimeout"] >= 6 * timeout + window


def test_a_failing_message_does_not_bring_back_its_batch(resources: Resources) -> None:
    assert _mapping(resources)["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_batch_fills_bulk_requests(resources: Resources) -> None:
    mapping = _mapping(resources)
    assert mapping["BatchSize"] >= 1000
    assert mapping["MaximumBatchingWindowInSeconds"] >= 1, "SQS takes more than 10 only with a window"


def test_few_instances_drain_a_backlog(template: dict[str, Any], resources: Resources) -> None:
    follows, from_peak, given = _mapping(resources)["ScalingConfig"]["MaximumConcurrency"]["Fn::If"]
    assert template["Conditions"][follows] == {"Fn::Equals": [{"Ref": "DrainConcurrency"}, 0]}
    assert from_peak == {"Fn::FindInMap": ["Peak", {"Ref": "PeakRequestsPerSecond"}, "Drain"]}
    assert given == {"Ref": "DrainConcurrency"}
    assert [peak["Drain"] for peak in template["Mappings"]["Peak"].values()] == [2, 3, 4, 6]


def test_the_default_peak_reserves_nothing(template: dict[str, Any]) -> None:
    stack = deployed(template)["Resources"]
    assert "ReservedConcurrentExecutions" not in stack["IngestFunction"]["Properties"]
    assert "WarmThroughput" not in stack["LedgerTable"]["Properties"]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"PeakRequestsPerSecond": "2500"}, {"Fn::FindInMap": ["Peak", {"Ref": "PeakRequestsPerSecond"}, "Ingest"]}),
        ({"IngestConcurrency": "20"}, {"Ref": "IngestConcurrency"}),
    ],
    ids=["follows the peak", "given"],
)
def test_concurrency_of_ingest_follows_the_peak_or_is_given(
    template: dict[str, Any], parameters: dict[str, str], expected: Any
) -> None:
    ingest = deployed(template, **parameters)["Resources"]["IngestFunction"]["Properties"]
    assert ingest["ReservedConcurrentExecutions"] == expected


def test_a_large_peak_warms_the_ledger(template: dict[str, Any]) -> None:
    warm = deployed(template, PeakRequestsPerSecond="10000")["Resources"]["LedgerTable"]["Properties"]["WarmThroughput"]
    assert set(warm) == {"ReadUnitsPerSecond", "WriteUnitsPerSecond"}


def test_the_direct_route_exists_only_with_an_issuer_and_queues_what_drain_reads(template: dict[str, Any]) -> None:
    assert "DirectRoute" not in deployed(template)["Resources"]
    stack = deployed(template, DirectIssuer="https://id.example.com/oauth2")["Resources"]
    assert stack["DirectRoute"]["Properties"]["AuthorizationType"] == "JWT"
    parameters = stack["DirectIntegration"]["Properties"]["RequestParameters"]
    assert parameters["QueueUrl"] == {"Ref": "RetryQueue"}
    queued = {
        name: {"stringValue": {"destination": "acme", "request": "r1", "received": "1700000000000"}[name]}
        for name in json.loads(parameters["MessageAttributes"])
    }
    assert direct_request("[]", queued) == DirectRequest("acme", "r1", 1_700_000_000_000, "[]")


def test_the_stack_can_be_the_issuer_itself(template: dict[str, Any]) -> None:
    assert not [name for name in deployed(template)["Resources"] if name.startswith("Direct")]
    stack = deployed(template, DirectCognitoDomain="acme")["Resources"]
    jwt = stack["DirectAuthorizer"]["Properties"]["JwtConfiguration"]
    issuer = "https://cognito-idp.${AWS::Region}.${AWS::URLSuffix}/${DirectUserPool}"
    assert jwt == {"Issuer": {"Fn::Sub": issuer}, "Audience": [{"Ref": "DirectClient"}]}
    server, client = stack["DirectResourceServer"]["Properties"], stack["DirectClient"]["Properties"]
    scopes = [f"{server['Identifier']}/{scope['ScopeName']}" for scope in server["Scopes"]]
    assert stack["DirectRoute"]["Properties"]["AuthorizationScopes"] == scopes == client["AllowedOAuthScopes"]
    assert client["AllowedOAuthFlows"] == ["client_credentials"]
    assert client["GenerateSecret"]
    assert stack["DirectUserPool"]["Properties"]["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}


@pytest.mark.parametrize("prefix", ["aws-profiles", "my-cognito", "Acme", "-acme", "a" * 64])
def test_prefix_that_cognito_refuses_fails_the_deployment_at_once(template: dict[str, Any], prefix: str) -> None:
    assert not re.fullmatch(template["Parameters"]["DirectCognitoDomain"]["AllowedPattern"], prefix)


def test_the_direct_route_has_one_issuer(template: dict[str, Any]) -> None:
    (assertion,) = template["Rules"]["OneDirectIssuer"]["Assertions"]
    assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "DirectCognitoDomain"}, ""]}


def test_every_url_has_the_own_domain(template: dict[str, Any]) -> None:
    certificate = "arn:aws:acm:eu-west-1:111122223333:certificate/1234abcd-12ab-34cd-56ef-1234567890ab"
    given = {"CustomDomain": "profiles.example.com", "CertificateArn": certificate, "DirectCognitoDomain": "acme"}
    for name, value in given.items():
        assert re.fullmatch(template["Parameters"][name]["AllowedPattern"], value)
    stack = deployed(template, **given)
    domain = stack["Resources"]["ApiDomain"]["Properties"]["DomainNameConfigurations"]
    assert domain == [
        {"EndpointType": "REGIONAL", "CertificateArn": {"Ref": "CertificateArn"}, "SecurityPolicy": "TLS_1_2"}
    ]
    for output in ("ProfilesUrl", "EventsUrl", "DirectUrl", "HealthUrl"):
        assert stack["Outputs"][output]["Value"]["Fn::Sub"].startswith("https://${CustomDomain}/")
    assert "ApiDomain" not in deployed(template)["Resources"]


def test_own_domain_needs_a_certificate_and_does_not_lead_past_a_web_acl(template: dict[str, Any]) -> None:
    asserted = [each["Assert"] for each in template["Rules"]["CustomDomainIsTheWayIn"]["Assertions"]]
    assert asserted == [
        {"Fn::Not": [{"Fn::Equals": [{"Ref": "CertificateArn"}, ""]}]},
        {"Fn::Equals": [{"Ref": "WebAclArn"}, ""]},
    ]


def test_every_peak_is_described(template: dict[str, Any]) -> None:
    allowed = template["Parameters"]["PeakRequestsPerSecond"]["AllowedValues"]
    assert sorted(map(str, allowed)) == sorted(template["Mappings"]["Peak"])


def test_the_gateway_lets_through_what_an_account_may(template: dict[str, Any]) -> None:
    defaults = {name: template["Parameters"][f"Throttling{name}"]["Default"] for name in ("Rate", "Burst")}
    assert defaults == {"Rate": 10_000, "Burst": 5_000}, "AWS's quotas: an account's for all its APIs in a region"


def test_queues_keep_messages_as_long_as_sqs_can(resources: Resources) -> None:
    for name, queue in resources("AWS::SQS::Queue").items():
        assert queue["Properties"]["MessageRetentionPeriod"] == FOURTEEN_DAYS, name
        assert queue["Properties"]["MaximumMessageSize"] == SQS_LARGEST_MESSAGE, name
        assert queue["UpdateReplacePolicy"] == "Retain", name


def test_drain_gives_up_before_the_queue_deletes_messages(template: dict[str, Any]) -> None:
    most = template["Parameters"]["RetryWindowHours"]["MaxValue"]
    assert most * 3600 < FOURTEEN_DAYS - 24 * 3600


def test_messages_that_drain_cannot_read_go_to_the_dead_letter_queue(resources: Resources) -> None:
    redrive = resources("AWS::SQS::Queue")["RetryQueue"]["Properties"]["RedrivePolicy"]
    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}
    assert redrive["maxReceiveCount"] == 1000, "drain itself gives up, with a reason"


def test_a_change_of_the_layer_alone_is_deployed(template: dict[str, Any], resources: Resources) -> None:
    (layer,) = resources("AWS::Serverless::LayerVersion").values()
    assert layer["Properties"]["PublishLambdaVersion"] is True
    assert template["Globals"]["Function"]["AutoPublishAlias"] == "live"
    for name, function in resources("AWS::Serverless::Function").items():
        assert function["Properties"]["AutoPublishAliasAllProperties"] is True, name


def test_the_api_calls_the_published_version(resources: Resources) -> None:
    integration = resources("AWS::ApiGatewayV2::Integration")["IngestIntegration"]
    (permission,) = resources("AWS::Lambda::Permission").values()
    assert integration["Properties"]["IntegrationUri"] == {"Ref": "IngestFunction.Alias"}
    assert permission["Properties"]["FunctionName"] == {"Ref": "IngestFunction.Alias"}
    assert integration["Properties"]["PayloadFormatVersion"] == "2.0", "it carries the gateway's request time"


def test_routes_exist_before_the_stage_throttles_them(resources: Resources) -> None:
    (stage,) = resources("AWS::ApiGatewayV2::Stage").values()
    routes = {name: route for name, route in resources("AWS::ApiGatewayV2::Route").items() if "Condition" not in route}
    assert set(stage["DependsOn"]) == set(routes)
    keys = {route["Properties"]["RouteKey"] for route in routes.values()}
    paths = ("profiles", "profiles/", "events", "events/")
    assert keys == {"GET /health", *(f"POST /destinations/{{id}}/{path}" for path in paths)}
    assert set(stage["Properties"]["RouteSettings"]) <= keys
    assert stage["Properties"]["DefaultRouteSettings"]["ThrottlingRateLimit"]


def test_ledger_rows_expire_and_versions_are_kept_in_order(resources: Resources) -> None:
    tables = resources("AWS::DynamoDB::Table")
    ledger = tables["LedgerTable"]["Properties"]
    assert ledger["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert ledger["KeySchema"] == [{"AttributeName": "user", "KeyType": "HASH"}]
    keys = [key["AttributeName"] for key in tables["DestinationsTable"]["Properties"]["KeySchema"]]
    assert keys == ["id", "version"]
    keys = [key["AttributeName"] for key in tables["SamplesTable"]["Properties"]["KeySchema"]]
    assert keys == ["destination", "kind"]
