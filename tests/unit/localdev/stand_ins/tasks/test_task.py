"""The state of a task after an attempt."""

from dataclasses import replace

import pytest

from localdev.stand_ins.tasks.new_task import read_new_task
from localdev.stand_ins.tasks.queue import RetryConfig
from localdev.stand_ins.tasks.task import CloudTask, after_failure, begun, succeeded
from tests.unit.localdev.stand_ins.tasks.conftest import QUEUE

NOW = 1_700_000_000.0
RETRY = RetryConfig.from_json({"maxAttempts": 3, "minBackoff": "10s"})


def new_task() -> CloudTask:
    return read_new_task(
        QUEUE, {"name": f"{QUEUE}/tasks/t", "httpRequest": {"url": "http://a", "body": "eA=="}}, now=NOW
    )


def test_the_time_of_the_first_dispatch_is_kept() -> None:
    task = begun(begun(new_task(), at=NOW + 1), at=NOW + 2)
    assert (task.dispatch_count, task.first_dispatch) == (2, NOW + 1)


@pytest.mark.parametrize(
    ("status", "responses", "executions", "previous"), [(503, 1, 0, 503), (404, 1, 1, 404), (None, 0, 0, None)]
)
def test_a_failure_counts_as_response_and_execution_by_its_status(
    status: int | None, responses: int, executions: int, previous: int | None
) -> None:
    retry = after_failure(begun(new_task(), at=NOW), status, RETRY, began=NOW, at=NOW + 1)
    assert retry is not None
    assert retry.due == NOW + 11
    assert (retry.response_count, retry.execution_count, retry.previous_status) == (responses, executions, previous)


def test_the_last_attempt_is_not_retried() -> None:
    last = replace(new_task(), dispatch_count=3, first_dispatch=NOW)
    assert after_failure(last, 500, RETRY, began=NOW, at=NOW) is None


def test_the_retry_config_of_a_task_overrides_that_of_its_queue() -> None:
    own = replace(begun(new_task(), at=NOW), retry_config=RetryConfig.from_json({"minBackoff": "60s"}).as_json())
    retry = after_failure(own, 500, RETRY, began=NOW, at=NOW)
    assert retry is not None
    assert retry.due == NOW + 60


def test_the_message_has_its_attempts_and_only_the_full_view_the_body() -> None:
    retry = after_failure(begun(new_task(), at=NOW), 500, RETRY, began=NOW, at=NOW + 1)
    assert retry is not None
    message = retry.as_json()
    assert message["scheduleTime"] == "2023-11-14T22:13:31Z"
    assert message["firstAttempt"] == {"dispatchTime": "2023-11-14T22:13:20Z"}
    assert message["lastAttempt"]["responseStatus"] == {"code": 2, "message": "HTTP status code 500"}
    assert "body" not in message["httpRequest"]
    assert retry.as_json("FULL")["httpRequest"]["body"] == "eA=="


def test_only_2xx_is_success() -> None:
    assert [status for status in (None, 199, 200, 299, 300, 404, 503) if succeeded(status)] == [200, 299]
