"""The roles in terraform/iam.tf are exactly those that the code's calls to Google need."""

import ast
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.functions.calls import methods_in, methods_reached_by
from tests.support.terraform import functions_on_disk, tables
from tools.pack_function.imports import ROOT

VIEWER, USER = "roles/storage.objectViewer", "roles/storage.objectUser"
ENQUEUER, ACT_AS = "roles/cloudtasks.enqueuer", "roles/iam.serviceAccountUser"
ACCESSOR = "roles/secretmanager.secretAccessor"
SIGN = "roles/iam.serviceAccountTokenCreator"
DATABASE = {("database", "roles/cloudsql.client"), ("database", "roles/cloudsql.instanceUser")}
INCLUDES = {USER: {VIEWER}}  # roles that include other roles

# The resources and roles that each method needs.
NEEDS: Mapping[str, set[tuple[str, str]]] = {
    "common.services.postgres.engine.make_engine": DATABASE,
    "common.services.queue.work_queue.WorkQueue.add": {("queue", ENQUEUER), ("tasks_account", ACT_AS)},
    "common.services.batch.service.BatchService.create_job": {
        ("project", "roles/batch.jobsEditor"),
        ("head_job_account", ACT_AS),
    },
    "common.services.batch.service.BatchService.get_job": {("project", "roles/batch.jobsEditor")},
    "common.services.batch.service.BatchService.cancel_job": {("project", "roles/batch.jobsEditor")},
    "common.services.batch.service.BatchService.child_jobs": {("project", "roles/batch.jobsEditor")},
    "common.services.batch.service.BatchService.live_child_jobs": {("project", "roles/batch.jobsEditor")},
    "common.services.batch.service.BatchService.read_child_job": {("project", "roles/batch.jobsEditor")},
    "common.services.batch.service.BatchService.live_jobs": {("project", "roles/batch.jobsEditor")},
    # overwriting needs the right to delete, which objectCreator lacks
    "common.services.storage.service.StorageService.upload_run_files": {("runs_bucket", USER)},
    "common.services.storage.service.StorageService.copy_run_files": {("runs_bucket", USER)},
    "common.services.storage.service.StorageService.read_input": {("runs_bucket", VIEWER)},
    "common.services.storage.service.StorageService.log_state": {("logs_bucket", VIEWER)},
    "common.services.storage.service.StorageService.read_log_range": {("logs_bucket", VIEWER)},
    "common.services.storage.service.StorageService.get_run_files": {
        ("runs_bucket", VIEWER),
        ("logs_bucket", VIEWER),
        ("itself", SIGN),
    },
    "common.services.storage.service.StorageService.check_work_dir_exists": {("work_bucket", VIEWER)},
    "common.services.storage.file_check.FileCheck.missing": {("data_buckets", VIEWER)},
    "common.services.archive.store.ArchiveStore.read_folder": {("logs_bucket", VIEWER)},
    "common.services.archive.store.ArchiveStore.link": {("logs_bucket", VIEWER), ("itself", SIGN)},
    "common.services.archive.store.ArchiveStore.pieces": {("logs_bucket", VIEWER), ("work_bucket", VIEWER)},
    "common.services.archive.parts.ArchiveParts.writing": {("logs_bucket", USER)},
    "common.services.archive.parts.ArchiveParts.written": {("logs_bucket", VIEWER)},
    "common.services.archive.parts.ArchiveParts.copy_log": {("logs_bucket", USER)},
    "common.services.archive.parts.ArchiveParts.publish": {("logs_bucket", USER)},
    "common.services.archive.parts.ArchiveParts.delete_parts": {("logs_bucket", USER)},
    "common.services.task_output.work_files.WorkFiles.tail": {("work_bucket", VIEWER)},
    "common.services.task_output.work_files.WorkFiles.state": {("work_bucket", VIEWER)},
    "common.services.task_output.cloud_logging.CloudLogging.task_tail": {("task_output", "roles/logging.viewAccessor")},
}
# Helpers of the methods above, whose calls are counted there.
INNER = {
    "common.services.archive.parts.ObjectUpload._send",
    "common.services.archive.parts.ArchiveParts._compose",
    "common.services.archive.parts.ArchiveParts._published",
    "common.services.batch.service.BatchService._events_of_task",
    "common.services.batch.listing.JobListing.jobs",
    "common.services.batch.service.BatchService._tasks_of",
    "common.services.task_output.cloud_logging.CloudLogging._read",
    "common.services.postgres.engine._cloud_sql_connection",
    "common.services.storage.file_check.FileCheck._existing",
    "common.services.storage.client.StorageClient.read_range",
    "common.services.storage.client.StorageClient.state",
    "common.services.storage.service.StorageService._list",
    "common.services.storage.url_signer._signed_url",
    "common.services.task_output.work_files.WorkFiles._last_bytes",
}
# Methods of Google's libraries that send requests.
SENDING_METHODS = {
    "cancel_job", "compose", "connect", "copy_blob", "create_job", "create_task", "delete_job", "delete_task",
    "download_as_bytes", "download_as_text", "generate_signed_url", "get_job", "get_task", "list_blobs", "list_jobs",
    "list_log_entries", "list_tasks",
    "post", "reload", "rewrite", "upload_from_file", "upload_from_filename", "upload_from_string",
}  # fmt: skip
LIBRARIES = {"_client", "client", "blob", "bucket", "_session", "_connector"}

FUNCTIONS = sorted(functions_on_disk())


def granted_to(account: str) -> set[tuple[str, str]]:
    return {(target, role) for target, roles in tables()["grants"].get(account, {}).items() for role in roles}


def needed_by(function: str) -> set[tuple[str, str]]:
    """The largest roles that the function's calls need, per resource."""
    by_target: dict[str, set[str]] = defaultdict(set)
    for method in methods_reached_by(function) & NEEDS.keys():
        for target, role in NEEDS[method]:
            by_target[target].add(role)
    for roles in by_target.values():
        roles -= {lesser for role in roles for lesser in INCLUDES.get(role, set())}
    return {(target, role) for target, roles in by_target.items() for role in roles}


def methods_that_call_google() -> set[str]:
    paths = [*Path(ROOT / "common").rglob("*.py"), *Path(ROOT / "functions").rglob("*.py")]
    modules = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]
    methods = [
        method for module in modules for method in methods_in(module) if not isinstance(method.node, ast.ClassDef)
    ]
    return {method.name for method in methods if calls_google(method.node)}


def calls_google(node: ast.AST) -> bool:
    calls = [inner.func for inner in ast.walk(node) if isinstance(inner, ast.Call)]
    return any(
        isinstance(call, ast.Attribute)
        and call.attr in SENDING_METHODS
        and LIBRARIES & set(ast.unparse(call.value).replace("(", ".").split("."))
        for call in calls
    )


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_exactly_the_roles_its_code_needs(function: str) -> None:
    besides_secrets = {(target, role) for target, role in granted_to(function) if target not in tables()["secrets"]}
    assert besides_secrets == needed_by(function)


def test_every_method_that_calls_google_is_in_this_tests_tables() -> None:
    assert methods_that_call_google() <= NEEDS.keys() | INNER


def test_this_tests_tables_name_existing_methods() -> None:
    modules = {name.rpartition(".")[0] for name in NEEDS.keys() | INNER}
    modules |= {module.rpartition(".")[0] for module in modules}
    existing = {method.name for module in modules for method in methods_in(module)}
    assert (NEEDS.keys() | INNER) - existing == set()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_secret_is_readable_only_by_functions_that_use_it(function: str) -> None:
    secrets = set(tables()["functions"][function]["secrets"].values())
    assert {target for target, _role in granted_to(function) if target in tables()["secrets"]} == secrets


@pytest.mark.parametrize("function", FUNCTIONS)
def test_exactly_the_functions_with_connections_may_use_the_database(function: str) -> None:
    assert (tables()["functions"][function]["pool"] > 0) == (granted_to(function) >= DATABASE)


def test_every_account_with_grants_exists() -> None:
    assert tables()["grants"].keys() | tables()["functions"].keys() <= tables()["accounts"].keys()


def test_project_level_grants_only_for_roles_without_a_resource_level() -> None:
    on_project = {role for account in tables()["grants"] for target, role in granted_to(account) if target == "project"}
    assert on_project == {
        "roles/batch.agentReporter",
        "roles/batch.jobsEditor",
        "roles/eventarc.eventReceiver",
        "roles/logging.logWriter",
    }


HEAD_JOB_ONLY = {"github_token", "images"}  # the optional token, and its own image, to read


@pytest.mark.parametrize("account", ["head_job", "task_job"])
def test_jobs_have_no_access_to_the_database_secrets_queues_or_logs_of_the_project(account: str) -> None:
    reached = {target for target, _role in granted_to(account)}
    reached -= HEAD_JOB_ONLY if account == "head_job" else set()
    assert not reached & {"database", "queue", "task_output", "images", "sources", "itself", *tables()["secrets"]}


def test_only_the_worker_starts_head_jobs_and_only_head_jobs_start_tasks() -> None:
    may_act_as = {
        (target, account) for account in tables()["grants"] for target, role in granted_to(account) if role == ACT_AS
    }
    assert {account for target, account in may_act_as if target == "head_job_account"} == {"queue_worker"}
    assert {account for target, account in may_act_as if target == "task_job_account"} == {"head_job"}
    assert not {target for target, account in may_act_as if account == "task_job"}


def test_head_jobs_can_pull_their_image_but_not_change_it() -> None:
    assert {role for target, role in granted_to("head_job") if target == "images"} == {"roles/artifactregistry.reader"}


def test_only_head_jobs_read_the_github_token() -> None:
    readers = {account for account in tables()["grants"] if ("github_token", ACCESSOR) in granted_to(account)}
    assert readers == {"head_job"}


def test_only_googles_services_may_call_private_functions() -> None:
    invokers = tables()["invokers"]
    assert invokers["queue_worker"] == ["tasks", "scheduler"]
    assert invokers["bucket_watcher"] == ["eventarc"]
    assert {name for name, callers in invokers.items() if not {"gateway", "iap"} & set(callers)} == set(
        tables()["private_functions"]
    )


def test_every_function_has_callers() -> None:
    assert tables()["invokers"].keys() == tables()["functions"].keys()
