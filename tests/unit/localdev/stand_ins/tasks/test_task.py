"""What an attempt makes of a task."""

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


def test_the_first_dispatch_is_remembered() -> None:
    task = begun(begun(new_task(), at=NOW + 1), at=NOW + 2)
    assert (task.dispatch_count, task.first_dispatch) == (2, NOW + 1)


@pytest.mark.parametrize(
    ("status", "responses", "executions", "previous"), [(503, 1, 0, 503), (404, 1, 1, 404), (None, 0, 0, None)]
)
def test_a_failure_is_counted_as_what_it_was(
    status: int | None, responses: int, executions: int, previous: int | None
) -> None:
    again = after_failure(begun(new_task(), at=NOW), status, RETRY, began=NOW, at=NOW + 1)
    assert again is not None
    assert again.due == NOW + 11
    assert (again.response_count, again.execution_count, again.previous_status) == (responses, executions, previous)


def test_after_the_last_attempt_there_is_no_next() -> None:
    last = replace(new_task(), dispatch_count=3, first_dispatch=NOW)
    assert after_failure(last, 500, RETRY, began=NOW, at=NOW) is None


def test_its_own_retries_go_before_the_queues() -> None:
    own = replace(begun(new_task(), at=NOW), retry_config=RetryConfig.from_json({"minBackoff": "60s"}).as_json())
    again = after_failure(own, 500, RETRY, began=NOW, at=NOW)
    assert again is not None
    assert again.due == NOW + 60


def test_the_message_tells_of_the_attempts_and_hides_the_body() -> None:
    again = after_failure(begun(new_task(), at=NOW), 500, RETRY, began=NOW, at=NOW + 1)
    assert again is not None
    message = again.as_json()
    assert message["scheduleTime"] == "2023-11-14T22:13:31Z"
    assert message["firstAttempt"] == {"dispatchTime": "2023-11-14T22:13:20Z"}
    assert message["lastAttempt"]["responseStatus"] == {"code": 2, "message": "HTTP status code 500"}
    assert "body" not in message["httpRequest"]
    assert again.as_json("FULL")["httpRequest"]["body"] == "eA=="


def test_only_2xx_is_success() -> None:
    assert [status for status in (None, 199, 200, 299, 300, 404, 503) if succeeded(status)] == [200, 299]
