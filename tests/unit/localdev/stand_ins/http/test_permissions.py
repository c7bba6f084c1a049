"""Each stand-in refuses an account that lacks a permission, in the words of its service."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from localdev.iam.access import GRANTS, Accounts, email_of
from localdev.stack.layout import ARCHIVE_QUEUE, LOGS_BUCKET, PARENT, PROJECT, QUEUE, RUNS_BUCKET, TASK_OUTPUT_VIEW
from localdev.stack.secret import StackSecret
from localdev.stand_ins.http.rest_service import RestService
from localdev.stand_ins.logging.service import LoggingStandIn
from localdev.stand_ins.storage.service import StorageStandIn
from localdev.stand_ins.tasks.service import TasksStandIn

_TASK = {
    "task": {
        "httpRequest": {
            "url": "http://127.0.0.1:1/",
            "oidcToken": {"serviceAccountEmail": email_of("tasks"), "audience": "a"},
        },
        "scheduleTime": "2026-12-02T00:00:00Z",
    }
}


@pytest.fixture
def secret(keys: Path) -> StackSecret:
    return StackSecret(keys)


def guarded(service: RestService, secret: StackSecret, keys: Path) -> None:
    service.require_login(secret.login, Accounts(secret, keys))


def asked(service: RestService, login: tuple[str, str], method: str, path: str, body: Any = None) -> tuple[int, str]:  # noqa: ANN401 JSON
    answer = requests.request(method, service.url + path, auth=login, json=body, timeout=10)
    return answer.status_code, answer.json().get("error", {}).get("message", "")


@pytest.fixture
def storage(storage_service: StorageStandIn, secret: StackSecret, keys: Path) -> StorageStandIn:
    guarded(storage_service, secret, keys)
    for name in (RUNS_BUCKET, LOGS_BUCKET):
        upload = f"{storage_service.url}/upload/storage/v1/b/{name}/o?uploadType=media&name=a"
        requests.post(upload, data=b"1", auth=secret.login, timeout=10).raise_for_status()
    return storage_service


def test_storage_names_the_account_and_the_permission(storage: StorageStandIn, secret: StackSecret) -> None:
    upload = f"/upload/storage/v1/b/{LOGS_BUCKET}/o?uploadType=media&name=b"
    answers = [
        asked(storage, secret.login_of("logs"), "GET", f"/storage/v1/b/{LOGS_BUCKET}/o/a"),
        asked(storage, secret.login_of("logs"), "POST", upload, {}),
        asked(storage, secret.login_of("logs"), "GET", f"/storage/v1/b/{RUNS_BUCKET}/o"),
        asked(storage, secret.login_of("runs"), "POST", f"/storage/v1/b/{LOGS_BUCKET}/o/a/copyTo/b/{RUNS_BUCKET}/o/c"),
    ]
    denied = "Permission '{0}' denied on resource (or it may not exist)."
    access = (
        "logs@local-lab.iam.gserviceaccount.com does not have {0} access to the Google Cloud Storage {1}. " + denied
    )
    assert answers == [
        (200, ""),
        (403, access.format("storage.objects.create", "object")),
        (403, access.format("storage.objects.list", "bucket")),
        (200, ""),
    ]


def test_replacing_an_object_needs_the_right_to_delete_it(
    storage: StorageStandIn, secret: StackSecret, keys: Path
) -> None:
    login, upload = secret.login_of("task_job"), "/upload/storage/v1/b/sluice-work/o?uploadType=media&name="
    path = upload + "runs/run-1a2b3c4d/work/ab/file"
    assert [asked(storage, login, "POST", path, {})[0] for _ in range(2)] == [200, 200]
    assert asked(storage, login, "POST", upload + "runs/run-1a2b3c4d/cache/file", {})[0] == 403


@pytest.fixture
def tasks(tasks_service: TasksStandIn, secret: StackSecret, keys: Path) -> TasksStandIn:
    guarded(tasks_service, secret, keys)
    for name in (QUEUE, ARCHIVE_QUEUE):
        assert asked(tasks_service, secret.login, "POST", f"/v2/{PARENT}/queues", {"name": name})[0] == 200
    return tasks_service


def test_cloud_tasks_needs_a_role_on_the_queue_and_on_the_identity(
    tasks: TasksStandIn, secret: StackSecret, keys: Path
) -> None:
    path, login = f"/v2/{QUEUE}/tasks", secret.login_of("runs")
    assert asked(tasks, login, "POST", path, _TASK)[0] == 200
    denied = f"Permission 'cloudtasks.tasks.create' denied on resource '{QUEUE}' (or it may not exist)."
    assert asked(tasks, secret.login_of("benchling"), "POST", path, _TASK) == (403, denied)
    grants = json.loads(GRANTS.read_text())
    grants["runs"] = [grant for grant in grants["runs"] if grant["role"] != "roles/iam.serviceAccountUser"]
    (keys / GRANTS.name).write_text(json.dumps(grants))
    status, message = asked(tasks, login, "POST", path, _TASK)
    assert (status, "iam.serviceAccounts.actAs" in message, email_of("tasks") in message) == (403, True, True)


@pytest.fixture
def logging(tmp_path: Path, secret: StackSecret, keys: Path) -> Iterator[LoggingStandIn]:
    service = LoggingStandIn(0, tmp_path / "logging")
    guarded(service, secret, keys)
    service.start()
    yield service
    service.stop()


def test_cloud_logging_shows_the_view_of_task_output_and_nothing_else(
    logging: LoggingStandIn, secret: StackSecret
) -> None:
    def listed(account: str, resource: str) -> int:
        body = {"resourceNames": [resource]}
        return asked(logging, secret.login_of(account), "POST", "/v2/entries:list", body)[0]

    assert listed("logs", TASK_OUTPUT_VIEW) == 200
    assert listed("logs", f"projects/{PROJECT}") == 403
    assert listed("runs", TASK_OUTPUT_VIEW) == 403


def test_an_account_without_a_password_is_refused(storage: StorageStandIn) -> None:
    assert asked(storage, ("runs", "guess"), "GET", f"/storage/v1/b/{RUNS_BUCKET}/o")[0] == 401
