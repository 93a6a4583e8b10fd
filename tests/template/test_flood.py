"""The template limits what strangers can cost, and takes the networks that people write."""

import re
from ipaddress import ip_network
from typing import Any

import pytest
from cfnlint.decode import cfn_yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.template.conftest import WEB_ACL, Resources
from tests.template.deployed import deployed

from aep_moengage_dev.project import PROJECT

EDGE: dict[str, Any] = dict(cfn_yaml.load(str(PROJECT / "edge" / "web-acl.yaml")))
PATTERN = re.compile(cfn_yaml.load(str(PROJECT / "template.yaml"))["Parameters"]["AllowedCidrs"]["AllowedPattern"])
NETWORKS = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).flatmap(
    lambda address: st.sampled_from([str(address), *(f"{address}/{length}" for length in (0, 8, 24, 32))])
)
ALPHABET = "0123456789abcdef.:/, "


def is_read(networks: str) -> bool:
    """Returns whether every entry of a list is a network, as the functions read it."""
    try:
        return all(ip_network(entry.strip(), strict=False) for entry in networks.split(","))
    except ValueError:
        return False


@pytest.mark.parametrize(
    "networks",
    [
        "",
        "203.0.113.5/24",
        "203.0.113.0/24, 198.51.100.7",
        "0.0.0.0/0",
        "::1/64",
        "2001:db8::/32,2001:DB8:1:2:3:4:5:6/128",
        "1:2:3:4:5:6:7::",
    ],
)
def test_networks_are_taken_as_people_write_them(networks: str) -> None:
    assert PATTERN.fullmatch(networks)
    assert not networks or is_read(networks)


@pytest.mark.parametrize(
    "networks",
    [
        "999",
        "10.0.0.0/33",
        "256.1.1.1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.4.",
        "01.2.3.4",
        "10.0.0.0/24,",
        "10.0.0.0/24 10.0.1.0/24",
        "2001:db8::/129",
        "1::2::3",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        ":1::",
        "12345::",
        "everyone",
    ],
)
def test_entries_that_are_no_network_fail_the_deployment(networks: str) -> None:
    assert not PATTERN.fullmatch(networks)
    assert not is_read(networks)


@given(st.lists(NETWORKS, min_size=1, max_size=4).map(", ".join))
def test_every_network_is_taken(networks: str) -> None:
    assert PATTERN.fullmatch(networks)


@given(st.one_of(st.text(ALPHABET, min_size=1, max_size=24), NETWORKS.map(lambda network: network.replace(":", "::"))))
def test_the_functions_read_whatever_is_taken(networks: str) -> None:
    assert not PATTERN.fullmatch(networks) or is_read(networks)


def test_every_route_is_throttled(resources: Resources) -> None:
    (stage,) = resources("AWS::ApiGatewayV2::Stage").values()
    limits = stage["Properties"]["DefaultRouteSettings"]
    assert limits == {
        "ThrottlingRateLimit": {"Ref": "ThrottlingRate"},
        "ThrottlingBurstLimit": {"Ref": "ThrottlingBurst"},
    }
    anonymous = stage["Properties"]["RouteSettings"]["GET /health"]
    assert anonymous["ThrottlingRateLimit"] <= 10, "anyone may call it"


def test_without_a_web_acl_nothing_is_in_front_of_the_api(template: dict[str, Any]) -> None:
    stack = deployed(template)
    assert "Front" not in stack["Resources"]
    assert stack["Outputs"]["ProfilesUrl"]["Value"]["Fn::Sub"].startswith("https://${Api}.execute-api.")


def test_with_a_web_acl_cloudfront_is_in_front_and_its_url_is_the_one_to_use(template: dict[str, Any]) -> None:
    stack = deployed(template, WebAclArn=WEB_ACL)
    assert re.fullmatch(template["Parameters"]["WebAclArn"]["AllowedPattern"], WEB_ACL)
    front = stack["Resources"]["Front"]["Properties"]["DistributionConfig"]
    assert front["WebACLId"] == {"Ref": "WebAclArn"}
    assert [origin["DomainName"]["Fn::Sub"].split(".")[0] for origin in front["Origins"]] == ["${Api}"]
    assert front["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "https-only"
    assert "POST" in front["DefaultCacheBehavior"]["AllowedMethods"]
    for output, path in {
        "ProfilesUrl": "/destinations/{id}/profiles",
        "EventsUrl": "/destinations/{id}/events",
        "HealthUrl": "/health",
    }.items():
        assert stack["Outputs"][output]["Value"] == {"Fn::Sub": f"https://${{Front.DomainName}}{path}"}


def test_allowed_cidrs_and_a_web_acl_exclude_each_other(template: dict[str, Any]) -> None:
    rule = template["Rules"]["AllowedCidrsNeedDirectRequests"]
    assert rule["RuleCondition"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "WebAclArn"}, ""]}]}
    (assertion,) = rule["Assertions"]
    assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "AllowedCidrs"}, ""]}


@pytest.mark.parametrize(
    ("networks", "statement"), [("", "RateBasedStatement"), ("203.0.113.0/24", "NotStatement")], ids=["any", "named"]
)
def test_the_web_acl_blocks_strangers_or_limits_each_address(networks: str, statement: str) -> None:
    stack = deployed(EDGE, AllowedCidrs=networks)
    acl = stack["Resources"]["WebAcl"]["Properties"]
    (rule,) = acl["Rules"]
    assert list(rule["Statement"]) == [statement]
    assert "Block" in rule["Action"]
    assert acl["Scope"] == "CLOUDFRONT"
    assert ("AllowedNetworks" in stack["Resources"]) is bool(networks)


def test_an_address_may_not_use_up_the_share_of_aep(template: dict[str, Any]) -> None:
    per_second = template["Parameters"]["ThrottlingRate"]["Default"]
    assert EDGE["Parameters"]["RequestsPerMinute"]["Default"] <= per_second * 60 / 2
