"""The local stack enforces the roles of Terraform."""

from localdev.iam.access import GRANTS, account_of, email_of, read_grants
from localdev.iam.roles import PERMISSIONS
from localdev.stack.layout import HEAD_JOB_ACCOUNT, TASK_JOB_ACCOUNT, TASKS_CALLER
from tests.support.terraform import tables
from tools.local_grants import as_text, grants_of


def test_the_file_has_the_grants_of_terraform() -> None:
    assert GRANTS.read_text(encoding="utf-8") == as_text(grants_of(tables())), "run make local-grants"


def test_every_role_has_permissions() -> None:
    grants = read_grants(GRANTS.read_text(encoding="utf-8"))
    assert {grant.role for rows in grants.values() for grant in rows} == PERMISSIONS.keys()


def test_accounts_have_the_addresses_that_the_stack_uses() -> None:
    assert [email_of(name) for name in ("tasks", "head_job", "task_job")] == [
        TASKS_CALLER,
        HEAD_JOB_ACCOUNT,
        TASK_JOB_ACCOUNT,
    ]
    assert account_of(HEAD_JOB_ACCOUNT) == "head_job"
