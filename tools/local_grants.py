"""Writes the grants of terraform/iam.tf into the file from which the local stack enforces them (make local-grants)."""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

from localdev.iam.access import GRANTS, email_of
from localdev.stack.layout import (
    ARCHIVE_QUEUE,
    LAB_BUCKET,
    LOGS_BUCKET,
    PROJECT,
    QUEUE,
    RUNS_BUCKET,
    TASK_OUTPUT_VIEW,
    WORK_BUCKET,
)
from tools.check_terraform.hcl import locals_in, read_folder
from tools.pack_function.imports import ROOT

_INSERTED: Final = re.compile(r"\${(local|var)\.([\w.]+)}")
_BUCKETS: Final = {
    "runs_bucket": RUNS_BUCKET,
    "logs_bucket": LOGS_BUCKET,
    "work_bucket": WORK_BUCKET,
    "data_buckets": LAB_BUCKET,
}
# What the local stack has no part for: databases and secrets are settings there, images are not pulled.
_ABSENT: Final = frozenset({"database", "images", "sources", "benchling_url", "github_token", "smtp_password"})
_ACCOUNTS: Final = {"tasks_account": "tasks", "head_job_account": "head_job", "task_job_account": "task_job"}


def expanded(text: str, tables: Mapping[str, Any], project: str) -> str:
    """`text` with the local values in it, and with the id of a project."""
    while match := _INSERTED.search(text):
        value: Any = {"project_id": project} if match[1] == "var" else tables
        for name in match[2].split("."):
            value = value[name]
        text = text.replace(match[0], value)
    return text


def grants_of(tables: Mapping[str, Any]) -> dict[str, list[dict[str, str]]]:
    """The grants of each account on the resources of the local stack, from the local values of Terraform."""
    return {account: list(_rows(account, tables)) for account in (*tables["functions"], "head_job", "task_job")}


def _rows(account: str, tables: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for target, roles in tables["grants"].get(account, {}).items():
        if target in _ABSENT:
            continue
        folder = tables["folders"].get(target)
        condition = {"condition": _here(folder["expression"], tables)} if folder else {}
        for role in roles:
            name = expanded("${" + role + "}", tables, PROJECT) if role.startswith("local.") else role
            name = expanded(name, tables, PROJECT).removeprefix(f"projects/{PROJECT}/roles/")
            for resource in _resources(folder["bucket"] if folder else target, account):
                yield {"role": name, "resource": resource} | condition


def _here(text: str, tables: Mapping[str, Any]) -> str:
    """A condition with the names of the local buckets, which do not begin with the project."""
    return expanded(text, tables, PROJECT).replace(f"/{PROJECT}-sluice-", "/sluice-")


def _resources(target: str, account: str) -> list[str]:
    if target in _BUCKETS:
        return [f"projects/_/buckets/{_BUCKETS[target]}"]
    if target == "itself" or target in _ACCOUNTS:
        return [f"projects/{PROJECT}/serviceAccounts/{email_of(_ACCOUNTS.get(target, account))}"]
    return {"queue": [QUEUE, ARCHIVE_QUEUE], "project": [f"projects/{PROJECT}"], "task_output": [TASK_OUTPUT_VIEW]}[
        target
    ]


def as_text(grants: Mapping[str, Any]) -> str:
    return json.dumps(grants, indent=1) + "\n"


def main() -> int:
    """Write the file."""
    GRANTS.write_text(as_text(grants_of(locals_in(read_folder(ROOT / "terraform")))), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
