"""A completed run of 100,000 tasks and 1,000,000 log entries, for the journeys through it."""

from datetime import UTC, datetime
from typing import Final

from bench.harness.databases import engine_on
from bench.log_pages import store_log, store_tasks
from common.domain.runs.status import RunStatus
from common.services.runs.store import RunStoreService
from tests.support.runs import make_run

LARGE_RUN: Final = "run-0000abcd"
OWNER: Final = "lena@lab.example"

_TASKS: Final = 100_000
_ENTRIES: Final = 1_000_000


def store_large_run(database_url: str) -> None:
    """Store the run, its tasks last. Takes about ten seconds of processor time."""
    engine = engine_on(database_url)
    runs, now = RunStoreService(engine), datetime.now(UTC)
    runs.create_run(make_run(run_id=LARGE_RUN, user_email=OWNER, created_at=now, updated_at=now))
    for status in (RunStatus.SUBMITTED, RunStatus.RUNNING, RunStatus.COMPLETED):  # no live run, or it would be launched
        runs.update_run_status(LARGE_RUN, status, at=now)
    store_log(engine, LARGE_RUN, _ENTRIES)
    store_tasks(engine, LARGE_RUN, _TASKS)
    engine.dispose()
