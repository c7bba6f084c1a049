"""The Cloud Tasks stand-in, called by Google's client: queues, tasks and refusals."""

import datetime as dt
import time
from typing import Any

import pytest
import requests
from google.api_core import exceptions
from google.cloud import tasks_v2
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask

from localdev.stand_ins.tasks.service import TasksStandIn
from tests.unit.localdev.receiver import Receiver
from tests.unit.localdev.stand_ins.tasks.conftest import LOCATION, QUEUE

Client = tasks_v2.CloudTasksClient
TOMORROW = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)


def task(
    url: str = "http://127.0.0.1:9/never", *, method: str = "POST", body: bytes = b"{}", **more: object
) -> tasks_v2.Task:
    """A task for tomorrow by default."""
    request = tasks_v2.HttpRequest(http_method=method, url=url, body=body, headers={"Content-Type": "application/json"})
    return tasks_v2.Task(**{"http_request": request, "schedule_time": TOMORROW, **more})


# ── queues ──


def test_a_queue_is_found_after_it_was_created(client: Client, queue: str) -> None:
    found = client.get_queue(name=queue)
    assert found.state == tasks_v2.Queue.State.RUNNING
    assert found.retry_config.max_attempts == 4
    assert [listed.name for listed in client.list_queues(parent=LOCATION)] == [queue]


def test_a_queue_gets_the_defaults_of_cloud_tasks(client: Client) -> None:
    found = client.create_queue(parent=LOCATION, queue=tasks_v2.Queue(name=QUEUE))
    retry, rate = found.retry_config, found.rate_limits
    assert (retry.max_attempts, retry.max_doublings, rate.max_concurrent_dispatches) == (100, 16, 1000)
    assert (retry.min_backoff, retry.max_backoff) == (dt.timedelta(seconds=0.1), dt.timedelta(hours=1))
    assert rate.max_dispatches_per_second == 500


def test_creating_a_queue_twice_is_a_conflict(client: Client, queue: str) -> None:
    with pytest.raises(exceptions.Conflict):
        client.create_queue(parent=LOCATION, queue=tasks_v2.Queue(name=queue))


@pytest.mark.parametrize("name", ["", "no_underscore", "a/b", "x" * 101])
def test_a_malformed_queue_name_is_refused(client: Client, name: str) -> None:
    with pytest.raises(exceptions.BadRequest, match="Queue name must be formatted"):
        client.create_queue(parent=LOCATION, queue=tasks_v2.Queue(name=f"{LOCATION}/queues/{name}"))


def test_a_missing_queue_is_not_found(client: Client) -> None:
    with pytest.raises(exceptions.NotFound, match=r"Queue does not exist\. If you just created the queue"):
        client.get_queue(name=QUEUE)
    with pytest.raises(exceptions.NotFound, match=r"Queue does not exist\. If you just created the queue"):
        client.create_task(parent=QUEUE, task=task())
    with pytest.raises(exceptions.NotFound):
        client.delete_queue(name=QUEUE)


def test_updating_a_queue_changes_the_fields_of_the_mask(client: Client, queue: str) -> None:
    update = tasks_v2.Queue(
        name=queue,
        retry_config=tasks_v2.RetryConfig(max_attempts=9, max_doublings=9),
        rate_limits=tasks_v2.RateLimits(max_concurrent_dispatches=7),
    )
    client.pause_queue(name=queue)
    mask = FieldMask(paths=["retry_config.max_attempts", "rate_limits"])
    client.update_queue(queue=update, update_mask=mask)
    found = client.get_queue(name=queue)
    assert (found.retry_config.max_attempts, found.retry_config.max_doublings) == (9, 2)
    assert found.rate_limits.max_concurrent_dispatches == 7
    assert found.state == tasks_v2.Queue.State.PAUSED


def test_updating_a_missing_queue_creates_it(client: Client) -> None:
    client.update_queue(queue=tasks_v2.Queue(name=QUEUE))
    assert client.get_queue(name=QUEUE).name == QUEUE


def test_deleting_a_queue_deletes_its_tasks(client: Client, queue: str) -> None:
    created = client.create_task(parent=queue, task=task())
    client.delete_queue(name=queue)
    assert not list(client.list_queues(parent=LOCATION))
    with pytest.raises(exceptions.NotFound):
        client.get_task(name=created.name)


def test_purging_a_queue_deletes_only_its_tasks(client: Client, queue: str) -> None:
    client.create_task(parent=queue, task=task())
    client.purge_queue(name=queue)
    assert not list(client.list_tasks(parent=queue))
    assert client.get_queue(name=queue).name == queue


# ── tasks ──


def test_a_scheduled_task_is_found_listed_and_deleted(client: Client, queue: str) -> None:
    created = client.create_task(parent=queue, task=task())
    assert created.name.startswith(f"{queue}/tasks/")
    assert client.get_task(name=created.name).schedule_time == TOMORROW
    assert [listed.name for listed in client.list_tasks(parent=queue)] == [created.name]
    client.delete_task(name=created.name)
    with pytest.raises(exceptions.NotFound, match="The task no longer exists"):
        client.get_task(name=created.name)
    with pytest.raises(exceptions.NotFound, match="Requested entity was not found"):
        client.delete_task(name=created.name)


def test_only_the_full_view_includes_the_body(client: Client, queue: str) -> None:
    created = client.create_task(parent=queue, task=task(body=b"\x00\xff"))
    full = client.get_task(request={"name": created.name, "response_view": tasks_v2.Task.View.FULL})
    assert created.http_request.body == b""
    assert full.http_request.body == b"\x00\xff"
    assert full.http_request.http_method == tasks_v2.HttpMethod.POST


def test_tasks_are_listed_in_pages(client: Client, queue: str) -> None:
    names = [f"{queue}/tasks/t{number}" for number in range(5)]
    for name in names:
        client.create_task(parent=queue, task=task(name=name))
    pages = list(client.list_tasks(request={"parent": queue, "page_size": 2}).pages)
    assert [[listed.name for listed in page.tasks] for page in pages] == [names[:2], names[2:4], names[4:]]


@pytest.mark.parametrize("size", ["ten", "", "1.5"])
def test_a_page_size_that_is_no_number_is_refused(service: TasksStandIn, queue: str, size: str) -> None:
    answer = requests.get(f"{service.url}/v2/{queue}/tasks", params={"pageSize": size}, timeout=10)
    message = f"Invalid value at 'page_size' (TYPE_INT32), \"{size}\""
    assert answer.json() == {"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}}


def test_the_name_of_an_existing_task_is_refused(client: Client, queue: str) -> None:
    client.create_task(parent=queue, task=task(name=f"{queue}/tasks/once"))
    with pytest.raises(exceptions.Conflict, match="Requested entity already exists"):
        client.create_task(parent=queue, task=task(name=f"{queue}/tasks/once"))


def test_the_name_of_a_deleted_task_is_refused(client: Client, queue: str) -> None:
    name = f"{queue}/tasks/once"
    client.create_task(parent=queue, task=task(name=name))
    client.delete_task(name=name)
    with pytest.raises(exceptions.Conflict):
        client.create_task(parent=queue, task=task(name=name))


def test_the_name_of_a_finished_task_is_refused(client: Client, queue: str, receiver: Receiver) -> None:
    once = task(receiver.url("/n"), name=f"{queue}/tasks/once", schedule_time=None)
    client.create_task(parent=queue, task=once)
    receiver.wait_for("/n")
    with pytest.raises(exceptions.Conflict):  # the name is in use during the attempt and after it
        client.create_task(parent=queue, task=once)
    deadline = time.monotonic() + 5
    while list(client.list_tasks(parent=queue)) and time.monotonic() < deadline:
        time.sleep(0.01)
    with pytest.raises(exceptions.Conflict):
        client.create_task(parent=queue, task=once)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"name": f"{QUEUE}/tasks/no spaces"}, "can contain only letters"),
        ({"name": f"{QUEUE}-other/tasks/t"}, "must be the same as"),
        ({"url": "ftp://files.example/"}, "must start with"),
        ({"url": "http://a/" + "x" * 2083}, "at most 2083"),
        ({"body": b"x" * 1_100_000}, "Task size too large"),
        ({"method": "GET"}, "HTTP body cannot be set"),
        ({"dispatch_deadline": Duration(seconds=14)}, "dispatchDeadline"),
        ({"dispatch_deadline": Duration(seconds=1801)}, "dispatchDeadline"),
        ({"schedule_time": dt.datetime.now(dt.UTC) + dt.timedelta(days=31)}, "scheduleTime"),
        ({"http_request": None, "app_engine_http_request": {"relative_uri": "/"}}, "only tasks with an httpRequest"),
    ],
)
def test_a_task_that_cloud_tasks_refuses_is_refused(
    client: Client, queue: str, wrong: dict[str, Any], message: str
) -> None:
    with pytest.raises(exceptions.BadRequest, match=message):
        client.create_task(parent=queue, task=task(**wrong))
    assert not list(client.list_tasks(parent=queue))


def test_a_body_just_below_the_size_limit_is_accepted(client: Client, queue: str) -> None:
    client.create_task(parent=queue, task=task(body=b"x" * 1_048_000))
    assert len(list(client.list_tasks(parent=queue))) == 1
