"""The timeline of tasks, as Postgres counts it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from common.domain.tasks.task import TaskStatus
from common.domain.tasks.timeline import ProcessLane
from common.schemas.timeline import TaskSpan
from common.services.ingest.task_rows import write_tasks
from common.services.runs.store import RunStoreService
from common.services.tasks.timeline import TaskTimeline, task_timeline
from tests.support.runs import NOON, make_run, make_task

RUN_ID = make_run().run_id
MANY = text("""
    INSERT INTO tasks (run_id, hash, name, process, status, submit_time, start_time, end_time)
    SELECT :run_id, to_char(number, 'FM000000000'), 'A', 'A', 'COMPLETED', cast(:noon AS timestamptz),
        cast(:noon AS timestamptz), cast(:noon AS timestamptz) + interval '1 s'
    FROM generate_series(1, 2000) AS number
""")


@pytest.fixture
def engine(emptied_engine: Engine) -> Engine:
    RunStoreService(emptied_engine).create_run(make_run())
    return emptied_engine


def at(seconds: float) -> Any:  # noqa: ANN401 a time
    return NOON + timedelta(seconds=seconds)


def timeline(engine: Engine, *tasks: Any, bins: int = 10, **values: Any) -> TaskTimeline:  # noqa: ANN401 tasks
    with engine.begin() as connection:
        write_tasks(connection, RUN_ID, added=tasks, changed=())
        return task_timeline(connection, RUN_ID, bins=bins, **{"until": None} | values)


def test_tasks_wait_and_run_in_bins(engine: Engine) -> None:
    first = make_task(hash="ab/000001", process="A", submit_time=at(0), start_time=at(4.5), end_time=at(10))
    second = make_task(hash="ab/000002", process="B", submit_time=at(5), start_time=at(7), end_time=at(8))

    found = timeline(engine, second, first)

    assert (found.tasks, found.start, found.end, found.bin_ms) == (2, at(0), at(10), 1_001)
    assert list(found.lanes) == [
        ProcessLane("A", [0, 4, 5], [1, 1, 0], [0, 1, 1]),
        ProcessLane("B", [4, 6, 7, 8], [1, 1, 0, 0], [0, 1, 1, 0]),
    ]
    spans = [TaskSpan.model_validate(span) for span in json.loads(f"[{found.lines}]")]
    assert [(span.task_id, span.start_time) for span in spans] == [("ab-000001", at(4.5)), ("ab-000002", at(7))]


def test_tasks_that_have_not_ended_last_until_now(engine: Engine) -> None:
    waiting = make_task(hash="ab/000001", process="A", submit_time=at(0))
    running = make_task(hash="ab/000002", process="B", status=TaskStatus.RUNNING, submit_time=at(0), start_time=at(0))

    found = timeline(engine, waiting, running, until=at(100))

    assert found.end == at(100)
    assert {lane.process: (lane.queued[-1], lane.running[-1]) for lane in found.lanes} == {"A": (1, 0), "B": (0, 1)}


def test_a_task_that_never_started_waited_until_its_end(engine: Engine) -> None:
    aborted = make_task(process="A", status=TaskStatus.ABORTED, submit_time=at(0), end_time=at(5))
    last = make_task(hash="ab/000002", process="B", submit_time=at(0), start_time=at(0), end_time=at(10))

    lane = timeline(engine, aborted, last).lanes[0]

    assert (lane.process, lane.queued[0], lane.queued[-1], set(lane.running)) == ("A", 1, 0, {0})


def test_cached_tasks_and_tasks_without_times_are_left_out(engine: Engine) -> None:
    cached = make_task(status=TaskStatus.CACHED, submit_time=at(0), start_time=at(0), end_time=at(9))

    found = timeline(engine, cached, make_task(hash="ab/000002"))

    assert (found.tasks, found.start, found.end, found.bin_ms, found.lanes, found.lines) == (0, None, None, 0, [], "")


def test_a_run_whose_tasks_have_one_time_has_one_bin(engine: Engine) -> None:
    found = timeline(engine, make_task(process="A", submit_time=at(0)), bins=1_000)

    assert (found.bin_ms, list(found.lanes)) == (1, [ProcessLane("A", [0], [1], [0])])


def test_many_tasks_are_counted_only(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(MANY, {"run_id": RUN_ID, "noon": NOON})

    found = timeline(engine)

    assert (found.tasks, found.lines) == (2_000, "")
    assert [max(lane.running) for lane in found.lanes] == [2_000]
