"""WorkQueue with Google's client library and the Cloud Tasks stand-in, up to the worker's address."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import tasks_v2
from hypothesis import given
from hypothesis import strategies as st

from common.domain.runs.work_items import WorkKind
from common.errors import UnavailableError
from common.services.queue.work_queue import QueueSettings, WorkQueue, item_name
from common.web.callers.keys import KeySet
from common.web.callers.service_accounts import OidcVerifier
from localdev.stack.layout import ARCHIVE_QUEUE, PARENT, QUEUE, TASKS_CALLER
from localdev.stack.ports import free_port
from localdev.stand_ins.tasks.service import TasksStandIn
from tests.unit.localdev.receiver import Receiver

AUDIENCE = "https://queue-worker.example"


@pytest.fixture
def worker() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def client(tasks_service: TasksStandIn) -> tasks_v2.CloudTasksClient:
    """Google's client, to read the queue."""
    return tasks_v2.CloudTasksClient(
        transport="rest",
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": f"http://127.0.0.1:{tasks_service.port}"},
    )


@pytest.fixture
def settings(tasks_service: TasksStandIn, client: tasks_v2.CloudTasksClient, worker: Receiver) -> QueueSettings:
    for name in (QUEUE, ARCHIVE_QUEUE):
        client.create_queue(parent=PARENT, queue=tasks_v2.Queue(name=name))
    return QueueSettings(
        queue=QUEUE,
        archive_queue=ARCHIVE_QUEUE,
        worker_url=worker.url(""),
        worker_audience=AUDIENCE,
        caller=TASKS_CALLER,
        endpoint=f"http://127.0.0.1:{tasks_service.port}",
    )


def test_add_returns_whether_the_key_is_new(settings: QueueSettings) -> None:
    queue = WorkQueue(settings)
    assert [queue.add(WorkKind.LAUNCH, {}, key=key) for key in ("a", "a", "b")] == [True, False, True]


def test_an_item_reaches_the_worker_unchanged(settings: QueueSettings, worker: Receiver) -> None:
    WorkQueue(settings).add(
        WorkKind.LAUNCH, {"run_id": "run-1a2b3c4d", "tick": 0, "é": None}, key="run-1a2b3c4d-launch-0"
    )

    (request,) = worker.wait_for("/work/launch")
    assert request.method == "POST"
    assert json.loads(request.body) == {"run_id": "run-1a2b3c4d", "tick": 0, "é": None}
    assert request.headers["Content-Type"] == "application/json"


def test_a_delivery_carries_a_token_of_the_queue_caller(settings: QueueSettings, worker: Receiver) -> None:
    WorkQueue(settings).add(WorkKind.SYNC, {}, key="k")

    (request,) = worker.wait_for("/work/sync")
    verifier = OidcVerifier(AUDIENCE, frozenset({TASKS_CALLER}), KeySet(f"{settings.endpoint}/certs"))
    assert verifier.verify(request.headers["Authorization"]) == TASKS_CALLER


def test_a_key_added_again_is_one_item(settings: QueueSettings, worker: Receiver) -> None:
    queue = WorkQueue(settings)

    for number in range(3):
        queue.add(WorkKind.SYNC, {"number": number}, key="same")
    queue.add(WorkKind.SYNC, {"number": 3}, key="other")

    bodies = [json.loads(request.body)["number"] for request in worker.wait_for("/work/sync", 2)]
    assert sorted(bodies) == [0, 3]


def test_a_key_is_remembered_after_its_item_was_delivered(
    settings: QueueSettings, worker: Receiver, client: tasks_v2.CloudTasksClient
) -> None:
    queue = WorkQueue(settings)
    queue.add(WorkKind.SYNC, {}, key="same")
    worker.wait_for("/work/sync")

    queue.add(WorkKind.SYNC, {}, key="same")
    queue.add(WorkKind.SYNC, {}, key="last", delay=timedelta(hours=1))

    names = [task.name for task in client.list_tasks(parent=QUEUE) if task.schedule_time > datetime.now(UTC)]
    assert names == [f"{QUEUE}/tasks/{item_name(WorkKind.SYNC, 'last')}"]
    assert len(worker.received("/work/sync")) == 1


def test_the_same_key_with_another_kind_is_another_item(settings: QueueSettings, worker: Receiver) -> None:
    queue = WorkQueue(settings)

    assert queue.add(WorkKind.SYNC, {}, key="same")
    assert queue.add(WorkKind.CANCEL, {}, key="same")

    worker.wait_for("/work/sync")
    worker.wait_for("/work/cancel")


def test_a_delayed_item_waits_for_its_time(
    settings: QueueSettings, worker: Receiver, client: tasks_v2.CloudTasksClient
) -> None:
    before = datetime.now(UTC)
    WorkQueue(settings).add(WorkKind.SYNC, {}, key="later", delay=timedelta(minutes=20))

    (task,) = client.list_tasks(parent=QUEUE)
    assert timedelta(minutes=20) <= task.schedule_time - before < timedelta(minutes=21)
    assert worker.received("/work/sync") == []


def test_a_delivery_may_take_ten_minutes(settings: QueueSettings, client: tasks_v2.CloudTasksClient) -> None:
    WorkQueue(settings).add(WorkKind.SYNC, {}, key="later", delay=timedelta(hours=1))

    (task,) = client.list_tasks(parent=QUEUE)
    assert task.dispatch_deadline == timedelta(minutes=10)


def test_archives_wait_in_a_queue_of_their_own(settings: QueueSettings, client: tasks_v2.CloudTasksClient) -> None:
    for kind in WorkKind:
        WorkQueue(settings).add(kind, {}, key="later", delay=timedelta(hours=1))

    urls = {
        queue: [task.http_request.url for task in client.list_tasks(parent=queue)] for queue in (QUEUE, ARCHIVE_QUEUE)
    }
    assert [url.rpartition("/")[2] for url in urls[ARCHIVE_QUEUE]] == ["archive"]
    assert len(urls[QUEUE]) == len(WorkKind) - 1


def test_adding_raises_unavailable_when_cloud_tasks_is_away(settings: QueueSettings) -> None:
    queue = WorkQueue(replace(settings, endpoint=f"http://127.0.0.1:{free_port()}"))

    with pytest.raises(UnavailableError):
        queue.add(WorkKind.SYNC, {}, key="k")


def test_adding_raises_unavailable_when_the_queue_does_not_exist(settings: QueueSettings) -> None:
    queue = WorkQueue(replace(settings, queue=f"{PARENT}/queues/deleted"))

    with pytest.raises(UnavailableError, match="Cloud Tasks refused the work"):
        queue.add(WorkKind.SYNC, {}, key="k")


@given(st.sampled_from(WorkKind), st.text(st.characters(exclude_categories=["Cs"])))
def test_any_key_gives_a_name_that_cloud_tasks_accepts(kind: WorkKind, key: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,500}", item_name(kind, key))


def test_names_of_similar_keys_have_different_prefixes() -> None:
    assert len({item_name(WorkKind.SYNC, f"run-1a2b3c4d-launch-{tick}")[:4] for tick in range(20)}) > 10
