"""Accounts have a login of their own, and may do what their grants say."""

import json
import os
from pathlib import Path

import pytest

from localdev.iam.access import Accounts, Acting, Grant, acting, acting_email, may
from localdev.stack.secret import StackSecret

RUNS, LOGS = "projects/_/buckets/sluice-runs", "projects/_/buckets/sluice-logs"


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return Accounts(StackSecret(tmp_path), tmp_path)


def test_an_account_is_known_by_its_own_password_only(accounts: Accounts, tmp_path: Path) -> None:
    secret = StackSecret(tmp_path)
    assert accounts.knows(*secret.login_of("runs"))
    assert not accounts.knows("logs", secret.login_of("runs")[1])
    assert not accounts.knows("nobody", secret.login_of("nobody")[1])


def test_an_account_may_do_what_terraform_grants(accounts: Accounts) -> None:
    assert accounts.allow("runs", "storage.objects.create", f"{RUNS}/objects/runs/r/inputs/params.yaml")
    assert not accounts.allow("runs", "storage.objects.create", f"{LOGS}/objects/runs/r/logs/nextflow.log")
    assert not accounts.allow("runs", "storage.objects.create", f"{RUNS}-of-others/objects/name")
    assert not accounts.allow("pipelines", "storage.objects.list", RUNS)


def test_a_condition_limits_a_grant_to_the_objects_for_which_it_is_true(accounts: Accounts) -> None:
    folder = f"{LOGS}/objects/runs/run-1a2b3c4d"
    assert accounts.allow("head_job", "storage.objects.create", f"{folder}/logs/nextflow.log")
    assert not accounts.allow("head_job", "storage.objects.create", f"{folder}/archive.zip")
    assert not accounts.allow("head_job", "storage.objects.create", LOGS)


def test_a_file_beside_the_secret_replaces_the_grants_at_once(accounts: Accounts, tmp_path: Path) -> None:
    assert accounts.allow("runs", "storage.objects.list", RUNS)
    file = tmp_path / "grants.json"
    file.write_text(json.dumps({"runs": []}))
    assert not accounts.allow("runs", "storage.objects.list", RUNS)
    file.write_text(json.dumps({"runs": [{"role": "roles/storage.objectViewer", "resource": RUNS}]}))
    os.utime(file, ns=(1, 1))
    assert accounts.allow("runs", "storage.objects.list", RUNS)


def test_the_owner_of_the_stack_may_do_everything(accounts: Accounts) -> None:
    assert may("storage.objects.delete", RUNS)
    with acting(Acting("insight", accounts)):
        assert (may("storage.objects.list", RUNS), may("storage.objects.delete", RUNS)) == (True, False)
        assert acting_email() == "insight@local-lab.iam.gserviceaccount.com"
    assert acting_email() == ""


def test_a_role_on_a_resource_covers_what_is_below_it() -> None:
    grant = Grant("roles/storage.objectViewer", RUNS)
    assert grant.covers("storage.objects.get", f"{RUNS}/objects/a")
    assert not grant.covers("storage.objects.get", f"{LOGS}/objects/a")
