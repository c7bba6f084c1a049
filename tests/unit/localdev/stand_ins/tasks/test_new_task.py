"""Reading the task of a create request."""

import pytest

from localdev.stand_ins.http.messages import ServiceError
from localdev.stand_ins.tasks.new_task import read_new_task
from tests.unit.localdev.stand_ins.tasks.conftest import QUEUE

NOW = 1_700_000_000.0


def message(**request: object) -> dict[str, object]:
    return {"httpRequest": {"url": "https://worker.example/", **request}}


def test_absent_fields_get_the_defaults_of_cloud_tasks() -> None:
    task = read_new_task(QUEUE, message(), now=NOW)
    assert (task.due, task.created_at, task.deadline_s) == (NOW, NOW, 600)
    assert (task.request["httpMethod"], task.retry_config) == ("POST", None)


def test_tasks_without_a_name_get_unique_names() -> None:
    first, second = (read_new_task(QUEUE, message(), now=NOW) for _ in range(2))
    assert first.queue == second.queue == QUEUE
    assert first.task_id.isdigit()
    assert first.name != second.name


def test_a_schedule_time_in_the_past_means_now() -> None:
    task = read_new_task(QUEUE, {**message(), "scheduleTime": "2001-01-01T00:00:00Z"}, now=NOW)
    assert task.due == NOW


@pytest.mark.parametrize("method", ["PUT", 4])
def test_a_method_can_be_a_name_or_a_number(method: str | int) -> None:
    assert read_new_task(QUEUE, message(httpMethod=method), now=NOW).request["httpMethod"] == "PUT"


def test_headers_of_cloud_tasks_are_replaced() -> None:
    headers = {
        "user-agent": "me",
        "Host": "elsewhere",
        "X-Google-Caller": "x",
        "X-CloudTasks-TaskName": "y",
        "X-Mine": "z",
    }
    task = read_new_task(QUEUE, message(headers=headers), now=NOW)
    assert task.request["headers"] == {"X-Mine": "z", "User-Agent": "Google-Cloud-Tasks"}


@pytest.mark.parametrize(
    "wrong",
    [
        message(body="not base64!"),
        message(httpMethod="FETCH"),
        message(headers={"X-Long": "x" * 81 * 1024}),
        message(oidcToken={}),
        message(oauthToken={"serviceAccountEmail": "a@b"}),
        {**message(), "scheduleTime": "tomorrow"},
        {**message(), "dispatchDeadline": "a while"},
        {**message(), "retryConfig": {"maxAttempts": -2}},
        {},
    ],
)
def test_an_invalid_task_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ServiceError) as refusal:
        read_new_task(QUEUE, wrong, now=NOW)
    assert refusal.value.code == 400
