"""The group of a failure is stored with the diagnosis, in its transaction."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from common.domain.diagnosis.causes import CauseClass
from common.domain.diagnosis.failure import FailureDiagnosis
from common.domain.insight.failures import failure_group
from common.domain.runs.status import RunStatus
from common.services.runs.store import RunStoreService
from tests.support.runs import NOON, OWNER, make_run

RUN = make_run().run_id
LATER = NOON + timedelta(hours=1)


def out_of_memory(task: str = "SCRNASEQ:STAR_ALIGN (donor 1)") -> FailureDiagnosis:
    return FailureDiagnosis(
        cause=CauseClass.OUT_OF_MEMORY, error_task=task, exit_code=137, message="killed", evidence=()
    )


@pytest.fixture
def running(runs: RunStoreService) -> None:
    """A running run."""
    runs.create_run(make_run())
    for status in (RunStatus.SUBMITTED, RunStatus.RUNNING):
        runs.update_run_status(RUN, status, at=NOON)


def stored(engine: Engine) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        found = connection.execute(text("SELECT run_id, fingerprint, user_email, at FROM failures ORDER BY run_id"))
        return [tuple(row) for row in found]


def fingerprint_of(failure: FailureDiagnosis) -> str:
    group = failure_group(failure.as_json())
    assert group
    return group.fingerprint


@pytest.mark.usefixtures("running")
def test_a_failed_run_has_a_group(runs: RunStoreService, engine: Engine) -> None:
    assert stored(engine) == []
    runs.update_run_status(RUN, RunStatus.FAILED, at=LATER, facts=out_of_memory().as_columns())
    assert stored(engine) == [(RUN, fingerprint_of(out_of_memory()), OWNER, LATER)]


@pytest.mark.usefixtures("running")
def test_a_failing_run_has_a_group_that_its_end_may_change_but_not_its_time(
    runs: RunStoreService, engine: Engine
) -> None:
    runs.note_failing(RUN, out_of_memory("A:FASTQC (x)"), at=NOON)
    assert stored(engine) == [(RUN, fingerprint_of(out_of_memory("A:FASTQC (x)")), OWNER, NOON)]
    runs.update_run_status(RUN, RunStatus.FAILED, at=LATER, facts=out_of_memory().as_columns())
    assert stored(engine) == [(RUN, fingerprint_of(out_of_memory()), OWNER, NOON)]


@pytest.mark.usefixtures("running")
def test_a_run_that_completes_after_all_has_none(runs: RunStoreService, engine: Engine) -> None:
    runs.note_failing(RUN, out_of_memory(), at=NOON)
    nothing = {"error_message": None, "error_task": None, "diagnosis": None}
    runs.update_run_status(RUN, RunStatus.COMPLETED, at=LATER, facts=nothing)
    assert stored(engine) == []


@pytest.mark.usefixtures("running")
def test_a_refused_change_stores_no_group(runs: RunStoreService, engine: Engine) -> None:
    runs.update_run_status(RUN, RunStatus.COMPLETED, at=LATER)
    runs.update_run_status(RUN, RunStatus.FAILED, at=LATER, facts=out_of_memory().as_columns())
    assert stored(engine) == []
