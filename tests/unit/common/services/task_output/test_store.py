"""Kept output, on a real Postgres."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from common.domain.tasks.output import OutputSource, TaskOutput
from common.services.runs.store import RunStoreService
from common.services.task_output.store import KeptOutput, TaskLogStore
from tests.support.runs import NOON, make_run

RUN = "run-1a2b3c4d"
WHOLE = TaskOutput(
    stdout="a\nµ", stderr="b", log="c", truncated=("stdout", "log"), source=OutputSource.WORK_DIR, merged=False
)


@pytest.fixture
def store(emptied_engine: Engine) -> TaskLogStore:
    RunStoreService(emptied_engine).create_run(make_run(run_id=RUN))
    return TaskLogStore(emptied_engine)


@pytest.mark.parametrize("output", [WHOLE, TaskOutput(), TaskOutput(stdout="x", merged=True)])
@pytest.mark.parametrize("is_final", [True, False])
def test_what_is_kept_is_found_again(store: TaskLogStore, output: TaskOutput, is_final: bool) -> None:
    kept = KeptOutput(output=output, is_final=is_final, fetched_at=NOON)
    store.keep(RUN, "ab/cdef01", kept)
    assert store.find(RUN, "ab/cdef01") == kept


def test_nothing_is_found_before_anything_was_kept(store: TaskLogStore) -> None:
    store.keep(RUN, "ab/cdef01", KeptOutput(output=WHOLE, is_final=True, fetched_at=NOON))
    assert store.find(RUN, "ab/cdef02") is None
    assert store.find("run-00000002", "ab/cdef01") is None


def test_the_newest_takes_the_place_of_what_was_kept(store: TaskLogStore) -> None:
    first = KeptOutput(output=TaskOutput(), is_final=False, fetched_at=NOON)
    second = replace(first, output=WHOLE, is_final=True, fetched_at=NOON + timedelta(seconds=9))
    store.keep(RUN, "ab/cdef01", first)
    store.keep(RUN, "ab/cdef01", second)
    assert store.find(RUN, "ab/cdef01") == second
