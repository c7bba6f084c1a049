"""Keeps the group of a run's failure, and the line that is searched, in step with its diagnosis, in its transaction."""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, delete
from sqlalchemy.dialects.postgresql import insert as upsert

from common.domain.runs.run import Run
from common.models.runs import FailureRow
from common.services.insight.search.lines import keep_diagnosis


def keep_failure(connection: Connection, run: Run, *, at: datetime) -> None:
    """Store the group and the line of the run's failure, noticed `at`; a group that was stored before keeps its time.

    A run that is over without a diagnosis has no failure, whatever its log had shown.
    """
    if run.diagnosis:
        from common.domain.insight.failures import failure_group  # noqa: PLC0415 its patterns take long to compile

        group = failure_group(run.diagnosis)
    else:
        group = None
    if group:
        row = {"run_id": run.run_id, "fingerprint": group.fingerprint, "user_email": run.user_email, "at": at}
        connection.execute(_keep(), row)
    elif run.is_over:
        connection.execute(_forget(), {"of_run": run.run_id})
    keep_diagnosis(connection, run, at=at)


@cache
def _keep() -> Any:  # noqa: ANN401 an INSERT
    row = upsert(FailureRow)
    return row.on_conflict_do_update(index_elements=[FailureRow.run_id], set_={"fingerprint": row.excluded.fingerprint})


@cache
def _forget() -> Any:  # noqa: ANN401 a DELETE
    return delete(FailureRow).where(FailureRow.run_id == bindparam("of_run"))
