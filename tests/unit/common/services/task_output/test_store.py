"""Stored task output, on a real Postgres."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from common.domain.tasks.output import OutputSource, TaskOutput
from common.services.runs.store import RunStoreService
from common.services.task_output.store import KEPT_FOR, StoredOutput, TaskOutputStore
from tests.support.runs import NOON, make_run

RUN = "run-1a2b3c4d"
WHOLE = TaskOutput(
    stdout="a\nµ",
    stderr="b",
    log="c",
    command="d",
    truncated=("stdout", "log", "command"),
    source=OutputSource.WORK_DIR,
    merged=False,
)


@pytest.fixture
def store(emptied_engine: Engine) -> TaskOutputStore:
    RunStoreService(emptied_engine).create_run(make_run(run_id=RUN))
    return TaskOutputStore(emptied_engine)


@pytest.mark.parametrize("output", [WHOLE, TaskOutput(), TaskOutput(stdout="x", merged=True)])
@pytest.mark.parametrize("is_final", [True, False])
def test_saved_output_is_found(store: TaskOutputStore, output: TaskOutput, is_final: bool) -> None:
    stored = StoredOutput(output=output, is_final=is_final, fetched_at=NOON)
    store.save(RUN, "ab/cdef01", stored)
    assert store.find(RUN, "ab/cdef01") == stored


def test_nothing_is_found_for_other_tasks_and_runs(store: TaskOutputStore) -> None:
    store.save(RUN, "ab/cdef01", StoredOutput(output=WHOLE, is_final=True, fetched_at=NOON))
    assert store.find(RUN, "ab/cdef02") is None
    assert store.find("run-00000002", "ab/cdef01") is None


def test_saving_replaces_the_stored_output(store: TaskOutputStore) -> None:
    first = StoredOutput(output=TaskOutput(), is_final=False, fetched_at=NOON)
    second = replace(first, output=WHOLE, is_final=True, fetched_at=NOON + timedelta(seconds=9))
    store.save(RUN, "ab/cdef01", first)
    store.save(RUN, "ab/cdef01", second)
    assert store.find(RUN, "ab/cdef01") == second


def test_old_output_is_deleted(store: TaskOutputStore) -> None:
    for number, age in enumerate((KEPT_FOR, KEPT_FOR - timedelta(seconds=1))):
        output = StoredOutput(output=WHOLE, is_final=True, fetched_at=NOON - age)
        store.save(RUN, f"ab/cdef0{number}", output)
    assert store.delete_old(at=NOON) == 1
    assert (store.find(RUN, "ab/cdef00"), store.find(RUN, "ab/cdef01") is not None) == (None, True)
