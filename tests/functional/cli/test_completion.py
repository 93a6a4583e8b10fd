"""Shell completion."""

import os
import subprocess
import sys

import pytest
from tests.functional.cli.conftest import ID, Cloud, Connect, Run


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("aep-moengage ro", {"rollback", "rotate-token", "rotate-key"}),
        ("aep-moengage init --data-center 1", {"101"}),
        ("aep-moengage map acme --type n", {"number"}),
        ("aep-moengage failures list --reason mo", {"moved"}),
    ],
)
def test_shell_completes_commands_and_values(words: str, expected: set[str]) -> None:
    assert completed(words) == expected


def test_shell_completes_the_destinations_of_the_stack(cloud: Cloud, connect: Connect) -> None:
    connect()
    connect(id="acme-eu")
    connect(id="other")

    assert completed("aep-moengage history ac") == {ID, "acme-eu"}
    for words in ("trace", "send x.json --destination", "failures purge --destination"):
        assert completed(f"aep-moengage {words} ac") == {ID, "acme-eu"}
    assert completed("aep-moengage rollback --stack-name nowhere ac") == set()


def test_completion_is_empty_without_aws(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert completed("aep-moengage history --region eu-west-1 ac") == set()


def completed(words: str) -> set[str]:
    """Returns the completions of the last word."""
    asked = {"_AEP_MOENGAGE_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    command = [sys.executable, "-c", "from aep_moengage_cli.app import app; app(prog_name='aep-moengage')"]
    done = subprocess.run(command, env=os.environ | asked, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603 # ourselves
    assert done.stderr == ""
    return set(done.stdout.split())
