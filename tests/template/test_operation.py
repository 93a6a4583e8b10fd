"""The template gives operators what they rely on: logs, parameters, names, set-up files."""

import tomllib
from typing import Any

import yaml
from tests.template.conftest import Resources
from tests.unit.test_log import LEVELS

from aep_moengage_dev.project import PROJECT

NAME_PROPERTIES = {
    "AlarmName",
    "FunctionName",
    "GroupName",
    "LayerName",
    "LogGroupName",
    "ManagedPolicyName",
    "QueueName",
    "RoleName",
    "TableName",
    "TopicName",
}


def test_every_function_has_a_log_group_with_a_retention(resources: Resources) -> None:
    groups = resources("AWS::Logs::LogGroup")
    logs = [
        each["Properties"]["LoggingConfig"]["LogGroup"]["Ref"]
        for each in resources("AWS::Serverless::Function").values()
    ]
    assert len(set(logs)) == len(logs)
    assert set(logs) <= set(groups)
    for name, group in groups.items():
        assert group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}, name


def test_parameters_and_outputs_are_described(template: dict[str, Any]) -> None:
    for section in ("Parameters", "Outputs"):
        assert not [name for name, each in template[section].items() if not each.get("Description")]


def test_parameters_have_defaults_that_work_and_a_place_in_the_console(template: dict[str, Any]) -> None:
    assert not [name for name, each in template["Parameters"].items() if "Default" not in each]
    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    shown = [name for group in groups for name in group["Parameters"]]
    assert sorted(shown) == sorted(template["Parameters"])


def test_no_name_is_fixed_so_that_two_stacks_live_side_by_side(resources: Resources, template: dict[str, Any]) -> None:
    for name, resource in template["Resources"].items():
        # each names what it is about
        if resource["Type"] in {"AWS::Lambda::Permission", "AWS::Logs::MetricFilter"}:
            continue
        assert not NAME_PROPERTIES & set(resource.get("Properties", {})), name


def test_dead_letters_are_watched_by_their_number(resources: Resources) -> None:
    metrics = [
        alarm["Properties"]["MetricName"]
        for alarm in resources("AWS::CloudWatch::Alarm").values()
        if alarm["Properties"]["Namespace"] == "AWS/SQS"
    ]
    assert "ApproximateNumberOfMessagesVisible" in metrics
    assert "NumberOfMessagesSent" not in metrics, "it does not count messages that SQS itself moves"


def test_samconfig_needs_no_flags_and_asks_before_it_changes_production() -> None:
    config = tomllib.loads((PROJECT / "samconfig.toml").read_text())
    for stage in ("default", "prod"):
        deploy = config[stage]["deploy"]["parameters"]
        assert deploy["resolve_s3"] is True
        assert deploy["capabilities"] == "CAPABILITY_IAM"
        assert config[stage]["global"]["parameters"]["stack_name"].startswith("aep-moengage")
        assert deploy["confirm_changeset"] is (stage == "prod")


def test_everything_is_tagged_by_samconfig_alone(template: dict[str, Any]) -> None:
    assert "Tags" not in template["Globals"]["Function"]
    assert not [name for name, each in template["Resources"].items() if "Tags" in each.get("Properties", {})]
    config = tomllib.loads((PROJECT / "samconfig.toml").read_text())
    for stage, name in {"default": "dev", "prod": "prod"}.items():
        assert config[stage]["deploy"]["parameters"]["tags"] == f"service=aep-moengage stage={name}"


def test_the_log_level_is_one_that_the_logger_knows(template: dict[str, Any]) -> None:
    assert template["Parameters"]["LogLevel"]["AllowedValues"] == LEVELS
    assert template["Globals"]["Function"]["Environment"]["Variables"]["POWERTOOLS_LOG_LEVEL"] == {"Ref": "LogLevel"}


def test_lambda_drops_no_metrics_and_logs_no_requests(template: dict[str, Any], resources: Resources) -> None:
    logging = template["Globals"]["Function"]["LoggingConfig"]
    assert (logging["LogFormat"], logging["ApplicationLogLevel"]) == ("JSON", "INFO")
    for function in resources("AWS::Serverless::Function").values():
        assert set(function["Properties"]["LoggingConfig"]) == {"LogGroup"}, "the rest is written once"


def test_both_architectures_can_be_deployed(template: dict[str, Any], resources: Resources) -> None:
    (layer,) = resources("AWS::Serverless::LayerVersion").values()
    assert template["Parameters"]["Architecture"]["Default"] == "arm64"
    assert set(template["Parameters"]["Architecture"]["AllowedValues"]) == set(
        layer["Properties"]["CompatibleArchitectures"]
    )


def test_version_is_the_same_wherever_it_is_written(template: dict[str, Any]) -> None:
    version = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    api = yaml.safe_load((PROJECT / "docs" / "openapi.yaml").read_text())

    assert str(template["Outputs"]["Version"]["Value"]) == version
    assert str(template["Metadata"]["AWS::ServerlessRepo::Application"]["SemanticVersion"]) == version
    assert api["info"]["version"] == version
