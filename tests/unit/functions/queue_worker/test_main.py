"""The function under functions-framework, called by the timer."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, select

from common.models.checkpoints import CheckpointRow
from localdev.stack.layout import TASKS_CALLER
from tests.support.functions.clients import Clouds, FunctionClient


@pytest.fixture
def environment(clouds: Clouds, database_url: str) -> dict[str, str]:
    return clouds.environment("queue_worker", database_url)


@pytest.fixture
def worker(clouds: Clouds, environment: dict[str, str]) -> Iterator[FunctionClient]:
    client = FunctionClient("queue_worker", environment, clouds.iap)
    yield client
    client.close()


def test_the_timer_deletes_conversations_without_activity_for_30_days(
    worker: FunctionClient, clouds: Clouds, environment: dict[str, str], engine: Engine
) -> None:
    ages = [timedelta(days=31), timedelta(days=29)]
    old_ones = [
        {"thread_id": f"{age.days} days", "checkpoint_id": "1", "checkpoint": {}, "created_at": datetime.now(UTC) - age}
        for age in ages
    ]
    with engine.begin() as connection:
        connection.execute(insert(CheckpointRow), old_ones)
    token = clouds.oidc.token(TASKS_CALLER, environment["SERVICE_AUDIENCE"])
    answer = worker("POST", "/work/reconcile", {}, user=None, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.get_json()["status"]) == (200, "done")
    with engine.connect() as connection:
        assert connection.scalars(select(CheckpointRow.thread_id)).all() == ["29 days"]
