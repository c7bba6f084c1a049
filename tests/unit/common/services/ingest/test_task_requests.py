"""What tasks ask for is stored once for all of them."""

from collections.abc import Sequence
from functools import partial

import pytest
from sqlalchemy import Engine, func, select

from common.domain.tasks.merging import TaskSource
from common.domain.tasks.task import LONGEST_CONTAINER, Task, TaskRequest
from common.models.tasks import TaskRequestRow
from common.services.ingest.store import IngestStore
from common.services.ingest.task_rows import stored_tasks, task_from
from common.services.runs.store import RunStoreService
from tests.support.runs import make_run, make_task
from tests.support.threads import all_at_once

RUN_IDS = [f"run-0000000{number}" for number in range(1, 5)]
STAR = TaskRequest(disk=100 << 30, time_ms=14_400_000, container="quay.io/biocontainers/star:2.7.10b")


@pytest.fixture(autouse=True)
def stored_runs(runs: RunStoreService) -> None:
    for run_id in RUN_IDS:
        runs.create_run(make_run(run_id=run_id))


def merge(store: IngestStore, run_id: str, updates: Sequence[Task]) -> None:
    with store.writing(run_id) as writer:
        writer.merge_tasks(updates, TaskSource.TRACE)


def requests(engine: Engine) -> list[TaskRequest | None]:
    with engine.connect() as connection:
        return [task_from(row).request for row in connection.execute(stored_tasks().order_by("run_id", "hash"))]


def rows(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(TaskRequestRow)).scalar_one()


@pytest.mark.parametrize("count", [1, 101])  # more than a hundred new tasks are copied
def test_what_many_tasks_ask_for_is_stored_once(store: IngestStore, engine: Engine, count: int) -> None:
    merge(store, RUN_IDS[0], [make_task(hash=f"ab/{number:06}", request=STAR) for number in range(count)])
    merge(store, RUN_IDS[1], [make_task(hash="ff/000001"), make_task(hash="ff/000002", request=STAR)])

    assert requests(engine) == [*[STAR] * count, None, STAR]
    assert rows(engine) == 1


def test_requests_that_differ_in_one_value_are_different(store: IngestStore, engine: Engine) -> None:
    asked = [STAR, STAR._replace(disk=200 << 30), STAR._replace(time_ms=None), STAR._replace(container=None)]
    merge(store, RUN_IDS[0], [make_task(hash=f"ab/{number:06}", request=one) for number, one in enumerate(asked)])

    assert requests(engine) == asked
    assert rows(engine) == len(asked)


def test_runs_that_ask_for_the_same_at_once_share_the_rows(store: IngestStore, engine: Engine) -> None:
    asked = [TaskRequest(time_ms=number) for number in range(1, 21)]
    tasks = [make_task(hash=f"ab/{number:06}", request=one) for number, one in enumerate(asked)]
    orders = [tasks, tasks[::-1], tasks, tasks[::-1]]

    all_at_once([partial(merge, store, run_id, order) for run_id, order in zip(RUN_IDS, orders, strict=True)])

    assert requests(engine) == asked * len(RUN_IDS)
    assert rows(engine) == len(asked)


def test_the_longest_container_is_stored(store: IngestStore, engine: Engine) -> None:
    longest = TaskRequest(
        disk=1 << 62, time_ms=1 << 62, container="".join(map(chr, range(0x1F300, 0x1F300 + LONGEST_CONTAINER)))
    )
    merge(store, RUN_IDS[0], [make_task(request=longest)])

    assert requests(engine) == [longest]
