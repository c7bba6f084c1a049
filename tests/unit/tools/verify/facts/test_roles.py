"""A missing role is named with its line of Terraform."""

import pytest

from tools.pack_function.imports import ROOT
from tools.verify.facts.roles import line_of

LINES = (ROOT / "terraform/iam.tf").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    ("account", "target", "expected"),
    [
        ("runs", "runs_bucket", 'runs_bucket   = ["roles/storage.objectUser"]'),
        ("queue_worker", "head_job_account", 'head_job_account = ["roles/iam.serviceAccountUser"]'),
        ("head_job", "project", "project = ["),
        ("benchling", "queue", "benchling = {"),
    ],
)
def test_the_line_is_that_of_the_grant_or_of_its_account(account: str, target: str, expected: str) -> None:
    assert LINES[line_of(account, target) - 1].strip().startswith(expected)
