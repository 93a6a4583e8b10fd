"""The AWS region of a stack: which of its sources counts."""

from pathlib import Path

import pytest

from aep_moengage_cli.deployed import aws_session

CONFIG = "[profile emea]\nregion = eu-central-1\n[profile plain]\n"


@pytest.fixture(autouse=True)
def aws_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(CONFIG)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    for variable in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(variable, raising=False)


@pytest.mark.parametrize(
    ("option", "profile", "environment", "expected"),
    [
        ("us-west-2", "emea", {"AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-east-2"}, "us-west-2"),
        (None, "emea", {"AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-east-2"}, "us-east-1"),
        (None, "emea", {"AWS_REGION": "us-east-2"}, "eu-central-1"),
        (None, "plain", {"AWS_REGION": "us-east-2"}, "us-east-2"),
        (None, None, {"AWS_REGION": "us-east-2"}, "us-east-2"),
        (None, None, {}, None),
    ],
)
def test_region_comes_from_option_default_profile_then_aws_region(
    monkeypatch: pytest.MonkeyPatch,
    option: str | None,
    profile: str | None,
    environment: dict[str, str],
    expected: str | None,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert aws_session(option, profile).region_name == expected
