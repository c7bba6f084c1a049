"""Settings of queues: retries, backoff and rates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localdev.stand_ins.http.messages import ServiceError
from localdev.stand_ins.tasks.queue import Queue, RateLimits, RetryConfig

LIMITS = RetryConfig.from_json({"minBackoff": "10s", "maxBackoff": "300s", "maxDoublings": 3})


def test_the_backoff_doubles_then_grows_linearly_up_to_its_maximum() -> None:
    assert [LIMITS.backoff_s(retry) for retry in range(1, 9)] == [10, 20, 40, 80, 160, 240, 300, 300]


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_the_backoff_never_shrinks_and_stays_within_its_limits(retry: int, doublings: int) -> None:
    config = RetryConfig.from_json({"maxDoublings": doublings})
    assert 0.1 <= config.backoff_s(retry) <= config.backoff_s(retry + 1) <= 3600


@pytest.mark.parametrize(
    ("max_attempts", "duration", "attempts", "age_s", "gives_up"),
    [
        (3, "0s", 2, 99, False),
        (3, "0s", 3, 0, True),
        (3, "60s", 3, 59, False),
        (3, "60s", 2, 61, False),
        (3, "60s", 3, 60, True),
        (-1, "0s", 10**6, 10**6, False),
        (-1, "60s", 1, 60, True),
        (-1, "60s", 10**6, 59, False),
    ],
)
def test_a_task_is_dropped_when_both_limits_are_reached(
    max_attempts: int, duration: str, attempts: int, age_s: float, gives_up: bool
) -> None:
    config = RetryConfig.from_json({"maxAttempts": max_attempts, "maxRetryDuration": duration})
    assert config.gives_up(attempts, age_s) == gives_up


@pytest.mark.parametrize(
    "wrong", [{"maxAttempts": -2}, {"minBackoff": "-1s"}, {"maxBackoff": "soon"}, {"maxDoublings": -1}]
)
def test_invalid_retry_configs_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ServiceError):
        RetryConfig.from_json(wrong)


@pytest.mark.parametrize("wrong", [{"maxDispatchesPerSecond": 501}, {"maxConcurrentDispatches": 5001}])
def test_rates_above_the_limits_of_cloud_tasks_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ServiceError):
        RateLimits.from_json(wrong)


def test_an_update_without_a_mask_replaces_all_fields_except_the_state() -> None:
    queue = Queue.from_json({"name": "projects/p/locations/l/queues/q", "retryConfig": {"maxAttempts": 3}})
    updated = queue.in_state("PAUSED").updated({}, "")
    assert (updated.retry_config.max_attempts, updated.state) == (100, "PAUSED")
