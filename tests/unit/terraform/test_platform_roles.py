"""Roles that Google's services or Nextflow need, each with its purpose."""

import re
from collections.abc import Mapping

import pytest

from tests.support.terraform import blocks, functions_on_disk, tables

VIEWER, USER, WRITER = "roles/storage.objectViewer", "roles/storage.objectUser", "roles/logging.logWriter"
LIST_NAMES = "${local.list_names}"
DATABASE = {("database", "roles/cloudsql.client"), ("database", "roles/cloudsql.instanceUser")}

# Roles of accounts that do not belong to a function.
ACCOUNTS: Mapping[str, set[tuple[str, str]]] = {
    "head_job": {
        ("runs_bucket", VIEWER),  # inputs, and results of earlier runs
        ("results", USER),
        ("logs_bucket", VIEWER),  # gcsfuse reads and lists where it writes
        ("logs", USER),
        ("work_bucket", VIEWER),
        ("work_and_cache", USER),
        ("data_buckets", VIEWER),  # files in samplesheets
        ("task_job_account", "roles/iam.serviceAccountUser"),  # the identity of its tasks
        ("images", "roles/artifactregistry.reader"),  # Batch pulls the image of head jobs
        ("github_token", "roles/secretmanager.secretAccessor"),  # Batch reads it when a head job starts
        ("project", "roles/batch.agentReporter"),  # Batch's agent on each machine
        ("project", "roles/batch.jobsEditor"),  # Nextflow creates and deletes its tasks' jobs
        ("project", WRITER),
    },
    "task_job": {
        ("runs_bucket", LIST_NAMES),  # gcsfuse lists what it mounts
        ("results_to_read", VIEWER),  # files of earlier runs in samplesheets
        ("work_bucket", VIEWER),
        ("work", USER),
        ("data_buckets", VIEWER),
        ("project", "roles/batch.agentReporter"),
        ("project", WRITER),
    },
    "migrate": DATABASE | {("project", WRITER)},
    "build": {("images", "roles/artifactregistry.writer"), ("sources", VIEWER), ("project", WRITER)},
    "eventarc": {("project", "roles/eventarc.eventReceiver")},
}
# Roles granted by resources outside the table.
RESOURCES: Mapping[str, set[str]] = {
    "google_project_iam_member.reader": {  # operators, in Cloud SQL Studio (docs/operate.md)
        "roles/cloudsql.instanceUser",
        "roles/cloudsql.studioUser",
        "roles/cloudsql.viewer",
    },
    "google_project_iam_member.build_sources": {VIEWER},  # copies of the zips made by Cloud Functions
    "google_project_iam_member.agent": {"roles/pubsub.publisher", "roles/eventarc.serviceAgent"},  # events of a bucket
    "google_kms_crypto_key_iam_member.user": {"roles/cloudkms.cryptoKeyEncrypterDecrypter"},  # service agents
    "google_cloud_run_v2_service_iam_member.invoker": {"roles/run.invoker"},
    "google_iap_web_backend_service_iam_member.user": {"roles/iap.httpsResourceAccessor"},
}


def granted_to(account: str) -> set[tuple[str, str]]:
    return {(target, role) for target, roles in tables()["grants"][account].items() for role in roles}


@pytest.mark.parametrize("account", sorted(ACCOUNTS))
def test_an_account_has_exactly_these_roles(account: str) -> None:
    assert granted_to(account) == ACCOUNTS[account]


def test_every_account_with_grants_is_a_functions_or_listed_here() -> None:
    assert tables()["grants"].keys() - functions_on_disk() == ACCOUNTS.keys()


@pytest.mark.parametrize("function", sorted(functions_on_disk()))
def test_functions_may_only_read_secrets(function: str) -> None:
    of_secrets = {role for target, role in granted_to(function) if target in tables()["secrets"]}
    assert of_secrets <= {"roles/secretmanager.secretAccessor"}


def test_grants_outside_the_table_are_listed_here() -> None:
    outside = {
        block.address: set(re.findall(r"roles/[\w.]+", str(block.arguments)))
        for block in blocks()
        if block.kind == "resource" and block.labels[0].endswith("_iam_member")
    }
    assert {address: roles for address, roles in outside.items() if roles} == RESOURCES
