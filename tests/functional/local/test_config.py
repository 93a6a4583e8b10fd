"""The configuration of a local stack is checked before anything is started."""

from pathlib import Path

import pytest

from aep_moengage_dev.local.connecting import read_destination
from aep_moengage_dev.local.problems import LocalStackError
from aep_moengage_dev.local.stack import SAMPLE_DESTINATION, LocalStack, LocalStackConfig


def test_sample_destination_is_usable() -> None:
    destination, document = read_destination(SAMPLE_DESTINATION)
    assert destination.id in document


def test_endpoint_without_key_is_refused(tmp_path: Path) -> None:
    config = LocalStackConfig(moengage_endpoint="http://127.0.0.1:1")
    with pytest.raises(LocalStackError, match="MOENGAGE_PASSWORD"), LocalStack(tmp_path, config):
        pytest.fail("it started")


def test_unusable_destination_is_reported_with_its_errors(tmp_path: Path) -> None:
    file = tmp_path / "destination.yaml"
    file.write_text("id: acme\nname: Acme\nregion: '09'\n")
    with (
        pytest.raises(LocalStackError, match=r"destination\.yaml(.|\n)*region"),
        LocalStack(tmp_path, LocalStackConfig(destination=file)),
    ):
        pytest.fail("it started")
    assert not (tmp_path / "logs").exists()


def test_key_is_not_shown() -> None:
    assert "planted-key" not in repr(LocalStackConfig(moengage_password="planted-key"))
