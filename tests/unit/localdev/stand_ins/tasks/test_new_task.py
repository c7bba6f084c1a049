"""Reading a task that a client wants to create."""

import pytest

from localdev.stand_ins.http.messages import ServiceError
from localdev.stand_ins.tasks.new_task import read_new_task
from tests.unit.localdev.stand_ins.tasks.conftest import QUEUE

NOW = 1_700_000_000.0


def wanted(**request: object) -> dict[str, object]:
    return {"httpRequest": {"url": "https://worker.example/", **request}}


def test_what_is_not_said_takes_the_real_defaults() -> None:
    task = read_new_task(QUEUE, wanted(), now=NOW)
    assert (task.due, task.created_at, task.deadline_s) == (NOW, NOW, 600)
    assert (task.request["httpMethod"], task.retry_config) == ("POST", None)


def test_tasks_without_a_name_get_different_ones() -> None:
    first, second = (read_new_task(QUEUE, wanted(), now=NOW) for _ in range(2))
    assert first.queue == second.queue == QUEUE
    assert first.task_id.isdigit()
    assert first.name != second.name


def test_a_schedule_time_in_the_past_means_now() -> None:
    task = read_new_task(QUEUE, {**wanted(), "scheduleTime": "2001-01-01T00:00:00Z"}, now=NOW)
    assert task.due == NOW


@pytest.mark.parametrize("method", ["PUT", 4])
def test_a_method_is_a_name_or_a_number(method: str | int) -> None:
    assert read_new_task(QUEUE, wanted(httpMethod=method), now=NOW).request["httpMethod"] == "PUT"


def test_headers_that_the_service_sets_itself_are_replaced() -> None:
    headers = {
        "user-agent": "me",
        "Host": "elsewhere",
        "X-Google-Caller": "x",
        "X-CloudTasks-TaskName": "y",
        "X-Mine": "z",
    }
    task = read_new_task(QUEUE, wanted(headers=headers), now=NOW)
    assert task.request["headers"] == {"X-Mine": "z", "User-Agent": "Google-Cloud-Tasks"}


@pytest.mark.parametrize(
    "wrong",
    [
        wanted(body="not base64!"),
        wanted(httpMethod="FETCH"),
        wanted(headers={"X-Long": "x" * 81 * 1024}),
        wanted(oidcToken={}),
        wanted(oauthToken={"serviceAccountEmail": "a@b"}),
        {**wanted(), "scheduleTime": "tomorrow"},
        {**wanted(), "dispatchDeadline": "a while"},
        {**wanted(), "retryConfig": {"maxAttempts": -2}},
        {},
    ],
)
def test_a_wrong_task_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ServiceError) as refusal:
        read_new_task(QUEUE, wrong, now=NOW)
    assert refusal.value.code == 400
