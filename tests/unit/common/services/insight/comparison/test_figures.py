"""Figures of processes, and the earlier runs that they are compared with."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from common.domain.insight.comparison.processes import ProcessFigures
from common.domain.runs.access import EVERYONE
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus
from common.domain.tasks.task import TaskRequest, TaskStatus
from common.services.ingest.task_rows import write_tasks
from common.services.insight.comparison.figures import earlier_successes, median_durations, process_figures
from common.services.runs.store import RunStoreService
from tests.support.runs import NOON, OWNER, make_run, make_task

RUN = make_run().run_id
BEN = "ben@lab.example"


@pytest.fixture
def engine(emptied_engine: Engine) -> Engine:
    RunStoreService(emptied_engine).create_run(make_run())
    return emptied_engine


def test_figures_are_sums_and_medians_of_the_tasks_that_ran(engine: Engine) -> None:
    done = {
        "process": "A", "status": TaskStatus.COMPLETED, "attempt": 1, "submit_time": NOON,
        "start_time": NOON + timedelta(seconds=2), "duration_ms": 5_000, "realtime_ms": 3_000, "cpus": 2,
        "memory": 8, "memory_peak": 4, "read_bytes": 100, "request": TaskRequest(container="star:1"),
    }  # fmt: skip
    tasks = [
        make_task(hash="00/000001", **done),
        make_task(hash="00/000002", **done | {"status": TaskStatus.FAILED, "duration_ms": 1_000, "request": None}),
        make_task(hash="00/000003", **done | {"attempt": 2, "memory": 16, "duration_ms": 9_000}),
        make_task(hash="00/000004", **done | {"status": TaskStatus.CACHED, "duration_ms": 90_000}),
        make_task(hash="00/000005", process="B"),
    ]
    with engine.begin() as connection:
        write_tasks(connection, RUN, added=tasks, changed=())
        assert process_figures(connection, RUN) == {
            "A": ProcessFigures(
                tasks=3, failed=1, cached=1, retried=1, duration_ms=5_000, queue_ms=2_000, realtime_ms=3_000,
                memory=8, memory_peak=4, cpus=2, read_bytes=100, containers=("star:1",),
            ),
            "B": ProcessFigures(tasks=1),
        }  # fmt: skip


def store(engine: Engine, number: int, *, hours: int, owner: str = BEN, **changes: object) -> Run:
    """A completed run of Ben's, created so many hours after NOON."""
    created_at = NOON + timedelta(hours=hours)
    own = {"run_id": f"run-{number:08x}", "user_email": owner, "created_at": created_at, "status": RunStatus.COMPLETED}
    run = make_run(**own | changes)
    runs = RunStoreService(engine)
    runs.create_run(run)
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE runs SET status = :status, shared_with = :readers WHERE run_id = :run_id"),
            {"status": run.status.value, "readers": list(run.shared_with) or None, "run_id": run.run_id},
        )
    return run


def test_earlier_runs_are_successes_of_the_pipeline_that_the_reader_may_see(engine: Engine) -> None:
    own = store(engine, 1, hours=1)
    shared = store(engine, 2, hours=2, owner=OWNER, shared_with=(BEN,))
    for_all = store(engine, 3, hours=3, owner=OWNER, shared_with=(EVERYONE,))
    store(engine, 4, hours=4, owner=OWNER)  # another's
    store(engine, 5, hours=5, status=RunStatus.FAILED)
    store(engine, 6, hours=6, pipeline="nf-core/rnaseq")
    store(engine, 7, hours=9)  # later
    asked = {"pipeline": own.pipeline, "owner": BEN, "reader": BEN, "before": NOON + timedelta(hours=8)}
    with engine.begin() as connection:
        assert earlier_successes(connection, **asked) == [for_all.run_id, shared.run_id, own.run_id]  # type: ignore[arg-type]
        assert earlier_successes(connection, **asked, at_most=1) == [for_all.run_id]  # type: ignore[arg-type]


def test_the_medians_of_earlier_runs_are_those_of_their_summaries(engine: Engine) -> None:
    processes = {"A": {"count": 2, "p50_duration": 5000}, "B": {"count": 1, "p50_duration": None}}
    summary = json.dumps({"by_status": {}, "by_process": processes})
    with engine.begin() as connection:
        connection.execute(
            text("INSERT INTO task_summaries (run_id, summary) VALUES (:run_id, cast(:summary AS jsonb))"),
            {"run_id": RUN, "summary": summary},
        )
        assert median_durations(connection, [RUN, "run-ffffffff"]) == {"A": [5_000]}
        assert median_durations(connection, []) == {}
