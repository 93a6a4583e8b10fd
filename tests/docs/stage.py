"""What the pages are run against: a local stack of their own, and an operator's directory with the sample events.

python -m tests.docs.stage render      rewrites the pages' output
python -m tests.docs.stage drained     for pages: returns once nothing waits in the retry queue
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import boto3
from tests.docs.pages import Shell, rendered

from aep_moengage_dev.local.backlog import Backlog
from aep_moengage_dev.local.stack import LocalStack, LocalStackConfig
from aep_moengage_dev.project import PROJECT, aws_environment

PAGES = ("docs/operate.md",)
_FIRST = Path(__file__).with_name("first.yaml")  # what the stack connects; a page deletes it and connects its own
_DRAIN_SECONDS = 60.0


@contextmanager
def stage() -> Iterator[tuple[Path, dict[str, str]]]:
    """Yields the directory and the environment that commands are run in."""
    with TemporaryDirectory() as scratch, LocalStack(Path(scratch) / "stack", LocalStackConfig(_FIRST)) as stack:
        directory = Path(scratch) / "operator"
        shutil.copytree(PROJECT / "events", directory / "events")
        shutil.copy(Path(__file__).with_name("governance.yaml"), directory)
        (directory / ".local").mkdir()
        stack.write_description(directory / ".local" / "stack.json")
        (directory / "data-app-key.txt").write_text(stack.moengage_password)
        yield directory, _environment(stack)


def _environment(stack: LocalStack) -> dict[str, str]:
    assert stack.simulator
    return aws_environment(
        stack.ministack.url,
        COLUMNS="110",
        NO_COLOR="1",
        TERM="dumb",
        PYTHONPATH=str(PROJECT),
        AEP_MOENGAGE_LOCAL="1",
        MOENGAGE=stack.simulator.url,
        API=stack.api_url,
        RETRY_QUEUE_URL=stack.deployment.outputs["RetryQueueUrl"],
    )


def render(names: tuple[str, ...] = PAGES) -> dict[str, str]:
    """Returns pages with their output as it is now."""
    with stage() as (directory, environment):
        pages = {}
        for name in names:
            with Shell(directory, environment) as shell:
                pages[name] = rendered((PROJECT / name).read_text(), shell)
        return pages


def write() -> None:
    """Rewrites the pages."""
    for name, page in render().items():
        (PROJECT / name).write_text(page)


def drained() -> None:
    """Waits until the backlog is gone."""
    Backlog(boto3.client("sqs"), os.environ["RETRY_QUEUE_URL"]).wait_until_empty(_DRAIN_SECONDS)


if __name__ == "__main__":
    {"render": write, "drained": drained}[sys.argv[1]]()
