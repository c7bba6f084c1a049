"""The state of queues and tasks after a restart and after kill -9."""

from pathlib import Path

import pytest
from google.cloud import tasks_v2

from localdev.stack.ports import free_port
from localdev.stack.secret import StackSecret
from localdev.stand_ins.http.messages import ServiceError
from localdev.stand_ins.tasks.new_task import read_new_task
from localdev.stand_ins.tasks.queue import Queue
from localdev.stand_ins.tasks.queue_store import NAME_KEPT_S, QueueStore
from localdev.stand_ins.tasks.task import CloudTask, after_failure
from tests.unit.localdev.processes import start_stand_in
from tests.unit.localdev.receiver import Receiver
from tests.unit.localdev.stand_ins.tasks.conftest import LOCATION, QUEUE, client_of

NOW = 1_700_000_000.0


def make_task(task_id: str, *, now: float = NOW) -> CloudTask:
    message = {"name": f"{QUEUE}/tasks/{task_id}", "httpRequest": {"url": "http://a"}}
    return read_new_task(QUEUE, message, now=now)


def store_in(folder: Path) -> QueueStore:
    store = QueueStore(folder)
    store.put_queue(Queue.from_json({"name": QUEUE}))
    return store


def test_queues_tasks_and_counters_survive_a_restart(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.put_queue(store.queue(QUEUE).in_state("PAUSED"))
    store.add_task(make_task("t"))
    (taken,) = store.take_due(QUEUE, now=NOW, limit=9)
    retry = after_failure(taken, 503, store.queue(QUEUE).retry_config, began=NOW, at=NOW + 1)
    assert retry is not None
    store.put_back(retry)
    store.close()
    store = QueueStore(tmp_path)
    assert store.queue(QUEUE).state == "PAUSED"
    assert store.task(taken.name) == retry
    store.close()


def test_a_task_in_flight_is_taken_again_only_after_a_restart(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.add_task(make_task("t"))
    (first,) = store.take_due(QUEUE, now=NOW, limit=9)
    assert store.take_due(QUEUE, now=NOW, limit=9) == []
    assert store.take(first.name, now=NOW) is None
    store.close()
    store = QueueStore(tmp_path)
    (second,) = store.take_due(QUEUE, now=NOW, limit=9)
    assert (first.dispatch_count, second.dispatch_count) == (1, 2)
    store.close()


def test_the_earliest_tasks_are_taken_first(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    for number in (3, 1, 2):
        store.add_task(make_task(f"t{number}", now=NOW + number))
    assert [task.task_id for task in store.take_due(QUEUE, now=NOW + 9, limit=2)] == ["t1", "t2"]
    store.close()


def test_a_task_deleted_in_flight_is_not_put_back(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.add_task(make_task("t"))
    (task,) = store.take_due(QUEUE, now=NOW, limit=9)
    store.remove(task.name, now=NOW)
    store.put_back(task)
    assert store.tasks(QUEUE, after="", limit=9) == []
    store.close()


def test_a_used_name_is_free_again_after_a_day(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.add_task(make_task("t"))
    store.remove(f"{QUEUE}/tasks/t", now=NOW)
    with pytest.raises(ServiceError, match="already exists"):
        store.add_task(make_task("t", now=NOW + NAME_KEPT_S - 1))
    store.add_task(make_task("t", now=NOW + NAME_KEPT_S))
    store.close()


def test_purged_names_stay_used(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    store.add_task(make_task("t"))
    store.purge(QUEUE, now=NOW)
    with pytest.raises(ServiceError, match="already exists"):
        store.add_task(make_task("t"))
    store.close()


def test_a_task_in_flight_at_a_kill_is_delivered_again(
    tmp_path: Path, keys: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, secret = free_port(), StackSecret(keys)
    secret.write_netrc()
    monkeypatch.setenv("NETRC", str(secret.netrc))
    process = start_stand_in("localdev.stand_ins.tasks", port, "--folder", tmp_path, "--keys", keys)
    gate = receiver.hold("/k")
    with client_of(port) as client:
        client.create_queue(parent=LOCATION, queue=tasks_v2.Queue(name=QUEUE))
        request = tasks_v2.HttpRequest(url=receiver.url("/k"), body=b"once more")
        client.create_task(parent=QUEUE, task=tasks_v2.Task(http_request=request))
    receiver.wait_for("/k")
    process.kill()
    process.wait()
    gate.set()
    process = start_stand_in("localdev.stand_ins.tasks", port, "--folder", tmp_path, "--keys", keys)
    first, second = receiver.wait_for("/k", 2)
    process.terminate()
    assert process.wait(60) == 0
    assert first.headers["X-CloudTasks-TaskName"] == second.headers["X-CloudTasks-TaskName"]
    assert (second.body, second.headers["X-CloudTasks-TaskRetryCount"]) == (b"once more", "1")
