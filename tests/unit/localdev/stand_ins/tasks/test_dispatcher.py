"""Dispatch by the Cloud Tasks stand-in: when, how often and how many at the same time."""

import datetime as dt
import time
from itertools import pairwise
from pathlib import Path

import pytest
from google.cloud import tasks_v2
from google.protobuf.duration_pb2 import Duration

from localdev.stand_ins.tasks import dispatcher
from localdev.stand_ins.tasks.dispatcher import TokenBucket
from localdev.stand_ins.tasks.queue import RateLimits
from localdev.stand_ins.tasks.service import TasksStandIn
from tests.unit.localdev.receiver import Received, Receiver
from tests.unit.localdev.stand_ins.tasks.conftest import LOCATION, QUEUE, client_of

Client = tasks_v2.CloudTasksClient


@pytest.fixture(autouse=True)
def _looks_only_when_it_has_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a dispatcher that nothing wakes would be late by a second only, as on a busy machine."""
    monkeypatch.setattr(dispatcher, "_MAX_PAUSE_S", 3600)


def add(client: Client, queue: str, url: str, **more: object) -> tasks_v2.Task:
    request = tasks_v2.HttpRequest(url=url, body=b'{"a":1}', headers={"Content-Type": "application/json"})
    return client.create_task(parent=queue, task=tasks_v2.Task(**{"http_request": request, **more}))


def gaps(requests: list[Received]) -> list[float]:
    return [later.at - earlier.at for earlier, later in pairwise(requests)]


def wait_until_empty(client: Client, queue: str) -> None:
    deadline = time.monotonic() + 30
    while list(client.list_tasks(parent=queue)):
        assert time.monotonic() < deadline, "tasks are left"
        time.sleep(0.01)


def test_a_task_is_delivered_at_once_and_removed_after_success(client: Client, queue: str, receiver: Receiver) -> None:
    add(client, queue, receiver.url("/a?b=c"))
    (request,) = receiver.wait_for("/a?b=c")
    assert (request.method, request.body) == ("POST", b'{"a":1}')
    wait_until_empty(client, queue)


def test_a_task_waits_for_its_schedule_time(client: Client, queue: str, receiver: Receiver) -> None:
    began = time.monotonic()
    due = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=0.5)
    add(client, queue, receiver.url("/s"), schedule_time=due)
    (request,) = receiver.wait_for("/s")
    assert request.at - began > 0.45


def test_a_failed_task_is_retried_with_growing_delays(client: Client, queue: str, receiver: Receiver) -> None:
    receiver.answers["/r"].extend([503, 404, 500])
    add(client, queue, receiver.url("/r"))
    requests = receiver.wait_for("/r", 4)
    for gap, backoff in zip(gaps(requests), [0.1, 0.2, 0.4], strict=True):
        assert backoff <= gap + 0.01
    headers = [
        tuple(
            request.headers.get(f"X-CloudTasks-Task{name}")
            for name in ("RetryCount", "ExecutionCount", "PreviousResponse")
        )
        for request in requests
    ]
    assert headers == [("0", "0", None), ("1", "0", "503"), ("2", "1", "404"), ("3", "1", "500")]
    wait_until_empty(client, queue)


def test_a_failing_task_is_dropped_after_its_last_attempt(client: Client, queue: str, receiver: Receiver) -> None:
    receiver.answers["/m"].extend([500] * 9)
    add(client, queue, receiver.url("/m"))
    wait_until_empty(client, queue)
    assert len(receiver.received("/m")) == 4


def test_a_refused_connection_is_a_failed_attempt(client: Client, queue: str) -> None:
    later = tasks_v2.RetryConfig(max_attempts=2, min_backoff=Duration(seconds=600))
    name = add(client, queue, "http://127.0.0.1:1/", retry_config=later).name
    deadline = time.monotonic() + 30
    while not (task := client.get_task(name=name)).last_attempt.dispatch_time and time.monotonic() < deadline:
        time.sleep(0.01)
    assert task.dispatch_count >= 1
    assert task.response_count == 0


def test_the_retries_of_a_task_override_those_of_its_queue(client: Client, queue: str, receiver: Receiver) -> None:
    receiver.answers["/t"].extend([500] * 9)
    add(client, queue, receiver.url("/t"), retry_config=tasks_v2.RetryConfig(max_attempts=1))
    wait_until_empty(client, queue)
    assert len(receiver.received("/t")) == 1


def test_a_paused_queue_dispatches_nothing_until_it_is_resumed(client: Client, queue: str, receiver: Receiver) -> None:
    client.pause_queue(name=queue)
    add(client, queue, receiver.url("/p"))
    time.sleep(0.2)
    assert not receiver.received("/p")
    client.resume_queue(name=queue)
    receiver.wait_for("/p")


def test_running_a_task_ignores_its_schedule_and_a_paused_queue(client: Client, queue: str, receiver: Receiver) -> None:
    client.pause_queue(name=queue)
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    task = add(client, queue, receiver.url("/run"), schedule_time=tomorrow)
    client.run_task(name=task.name)
    receiver.wait_for("/run")


def test_a_deleted_task_is_not_dispatched(client: Client, queue: str, receiver: Receiver) -> None:
    client.pause_queue(name=queue)
    task = add(client, queue, receiver.url("/d"))
    add(client, queue, receiver.url("/next"))
    client.delete_task(name=task.name)
    client.resume_queue(name=queue)
    receiver.wait_for("/next")
    assert not receiver.received("/d")


def test_a_slow_handler_does_not_delay_other_tasks(client: Client, queue: str, receiver: Receiver) -> None:
    receiver.hold("/slow")
    for _ in range(20):
        add(client, queue, receiver.url("/slow"))
    receiver.wait_for("/slow", 20)
    add(client, queue, receiver.url("/fast"))
    receiver.wait_for("/fast")


def test_a_queue_limits_concurrent_attempts(client: Client, receiver: Receiver) -> None:
    limits = tasks_v2.RateLimits(max_concurrent_dispatches=2)
    client.create_queue(parent=LOCATION, queue=tasks_v2.Queue(name=QUEUE, rate_limits=limits))
    gate = receiver.hold("/c")
    for _ in range(8):
        add(client, QUEUE, receiver.url("/c"))
    receiver.wait_for("/c", 2)
    time.sleep(0.1)
    assert len(receiver.received("/c")) == 2
    gate.set()
    receiver.wait_for("/c", 8)
    assert receiver.most_at_once == 2


def test_a_queue_limits_attempts_per_second(client: Client, receiver: Receiver) -> None:
    limits = tasks_v2.RateLimits(max_dispatches_per_second=5)  # a burst of 1
    client.create_queue(parent=LOCATION, queue=tasks_v2.Queue(name=QUEUE, rate_limits=limits))
    client.pause_queue(name=QUEUE)
    for _ in range(4):
        add(client, QUEUE, receiver.url("/rate"))
    resumed_at = time.monotonic()
    client.resume_queue(name=QUEUE)
    assert receiver.wait_for("/rate", 4)[-1].at - resumed_at > 0.55


def test_a_token_bucket_refills_up_to_a_burst() -> None:
    bucket = TokenBucket(RateLimits(max_dispatches_per_second=50, max_concurrent_dispatches=1), now=0)
    assert bucket.available(0) == 10
    bucket.spend(10)
    assert (bucket.available(0), bucket.wait_s()) == (0, 0.02)
    assert bucket.available(0.1) == 5
    assert bucket.available(60) == 10


def test_200_tasks_due_at_the_same_time_are_attempted_at_once(client: Client, queue: str, receiver: Receiver) -> None:
    receiver.hold("/many")
    client.pause_queue(name=queue)
    for _ in range(200):
        add(client, queue, receiver.url("/many"))
    client.resume_queue(name=queue)
    receiver.wait_for("/many", 200)
    assert receiver.most_at_once == 200


def test_a_duplicate_rate_of_1_delivers_every_attempt_twice(tmp_path: Path, keys: Path, receiver: Receiver) -> None:
    service = TasksStandIn(0, tmp_path, keys, duplicate_rate=1.0)
    service.start()
    with client_of(service.port) as client:
        client.create_queue(parent=LOCATION, queue=tasks_v2.Queue(name=QUEUE))
        add(client, QUEUE, receiver.url("/twice"))
        first, second = receiver.wait_for("/twice", 2)
    service.stop()
    assert first.headers["X-CloudTasks-TaskName"] == second.headers["X-CloudTasks-TaskName"]


def test_retries_continue_until_attempts_and_duration_are_both_used_up(client: Client, receiver: Receiver) -> None:
    tenth = Duration(nanos=100_000_000)
    retry = tasks_v2.RetryConfig(
        max_attempts=2, max_retry_duration=Duration(seconds=600), min_backoff=tenth, max_backoff=tenth
    )
    client.create_queue(parent=LOCATION, queue=tasks_v2.Queue(name=QUEUE, retry_config=retry))
    receiver.answers["/both"].extend([500] * 4)
    add(client, QUEUE, receiver.url("/both"))
    wait_until_empty(client, QUEUE)
    assert len(receiver.received("/both")) == 5


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_every_2xx_is_success(client: Client, queue: str, receiver: Receiver, status: int) -> None:
    receiver.answers["/ok"].append(status)
    add(client, queue, receiver.url("/ok"))
    wait_until_empty(client, queue)
    assert len(receiver.received("/ok")) == 1


def test_a_redirect_is_a_failure_and_not_followed(client: Client, queue: str, receiver: Receiver) -> None:
    receiver.answers["/moved"].extend([302])
    add(client, queue, receiver.url("/moved"))
    receiver.wait_for("/moved", 2)
