"""IAM's refusal on each page in a real browser: which permission is missing, and who can give it."""

from collections.abc import Iterator

import boto3
import pytest
from playwright.sync_api import expect
from tests.chromium import Operator, operator, served, too_wide, violations
from tests.functional.access.conftest import STACK, Guarded
from tests.functional.access.test_commands import DESTINATION, ID, MANAGE, RunAs, run_as

from aep_moengage_cli.console.subject import Subject
from aep_moengage_cli.deployed import Stack
from aep_moengage_cli.permissions import Permission
from aep_moengage_dev.project import REGION

__all__ = ["run_as"]  # a fixture

NOBODY = "nobody"
PROFILES, SEGMENTS = Permission.VIEW_PROFILES, Permission.VIEW_SEGMENTS
PAGES = {
    "": SEGMENTS,
    "destinations": SEGMENTS,
    f"destinations/{ID}": SEGMENTS,
    f"destinations/{ID}/versions": SEGMENTS,
    "failures": PROFILES,
    "trace": PROFILES,
    "validate": PROFILES,
}


@pytest.fixture(scope="module")
def nobody(guarded: Guarded) -> Iterator[Operator]:
    """An operator without any permission. Who may describe the stack has started the console."""
    iam = guarded.client("iam")
    iam.create_user(UserName=NOBODY)
    key = iam.create_access_key(UserName=NOBODY)["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", guarded.url)
        session = boto3.Session(region_name=REGION, **keys)
        subject = Subject.of_stack(Stack(STACK, guarded.outputs, session), ())
        with served(subject) as address, operator(address) as opened:
            yield opened
        iam.delete_access_key(UserName=NOBODY, AccessKeyId=key["AccessKeyId"])
        iam.delete_user(UserName=NOBODY)


def test_each_page_names_the_missing_permission_and_who_can_give_it(
    nobody: Operator, guarded: Guarded, run_as: RunAs
) -> None:
    run_as(MANAGE, "connect", DESTINATION, "--password-stdin", "--no-test", stdin="key")
    page = nobody.context.new_page()
    for path, permission in PAGES.items():
        page.goto(path)
        problem = page.get_by_role("alert").first
        expect(problem).to_contain_text("A permission is missing")
        expect(problem).to_contain_text(f"Missing permission {permission.value}", use_inner_text=True)
        expect(problem).to_contain_text(f"{guarded.outputs[permission.output]}")
        expect(problem).to_contain_text("An administrator of the account 000000000000")
        expect(problem).to_contain_text(f"attach-user-policy --user-name {NOBODY}")
    assert violations(page) == []
    assert not too_wide(page)
    nobody.check()
