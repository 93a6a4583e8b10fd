"""The truststore function reads the deployed version of the object in S3, and publishes what an alarm watches."""

import importlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import boto3
import pytest
from botocore.exceptions import ClientError
from tests.certificates import issue
from tests.functional.emulated_aws import owner_environment

from aep_moengage.functions.wiring.truststore import truststore
from aep_moengage.settings import MissingSettings
from aep_moengage_dev.local.ministack import MiniStack

BUCKET, KEY = "acme-certificates", "aep/truststore.pem"


@pytest.fixture
def versions(ministack: MiniStack, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[int, str]]:
    """The versions of a truststore, by the days for which it is valid; the newest is the last one."""
    for name, value in owner_environment(ministack.url).items():
        monkeypatch.setenv(name, value)
    s3, now = boto3.client("s3"), datetime.now(UTC)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    kept = {
        days: s3.put_object(Bucket=BUCKET, Key=KEY, Body=issue("Root", days=days, since=now).pem)["VersionId"]
        for days in (30, 400)
    }
    for name, value in {"STACK_NAME": "test", "TRUSTSTORE_URI": f"s3://{BUCKET}/{KEY}"}.items():
        monkeypatch.setenv(name, value)
    truststore.cache_clear()
    yield kept
    truststore.cache_clear()


def call() -> None:
    importlib.import_module("functions.truststore.app").lambda_handler({}, None)


def test_days_of_the_deployed_version_are_published_for_the_stack(
    versions: dict[int, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRUSTSTORE_VERSION", versions[30])
    call()

    published = json.loads(capsys.readouterr().out)
    (directive,) = published.pop("_aws")["CloudWatchMetrics"]
    assert published == {"service": "test", "truststore_days": [pytest.approx(30, abs=0.1)]}
    assert (directive["Namespace"], directive["Dimensions"]) == ("AepMoEngage", [["service"]])
    assert directive["Metrics"] == [{"Name": "truststore_days", "Unit": "None"}]


def test_version_that_does_not_exist_fails_the_check(
    versions: dict[int, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRUSTSTORE_VERSION", "no-such-version")
    with pytest.raises(ClientError):
        call()
    assert capsys.readouterr().out == ""


def test_settings_that_are_missing_are_named(versions: dict[int, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRUSTSTORE_VERSION", raising=False)
    monkeypatch.setenv("TRUSTSTORE_URI", "https://acme")
    with pytest.raises(MissingSettings, match="TRUSTSTORE_URI is not usable, TRUSTSTORE_VERSION is missing"):
        call()
