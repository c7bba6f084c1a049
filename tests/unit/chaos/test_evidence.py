"""What a trial left is read without changes in between."""

from sqlalchemy import Engine, event

from chaos.evidence import read_runs
from common.domain.runs.status import RunStatus
from common.services.runs.store import RunStoreService
from tests.support.runs import NOON, make_run

RUN = make_run()


def test_a_run_that_ends_while_it_is_read_keeps_its_earlier_state(engine: Engine) -> None:
    store = RunStoreService(engine)
    store.create_run(RUN)

    def end_run(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "FROM run_events" in statement and store.get_run(RUN.run_id).status == RunStatus.PENDING:
            store.update_run_status(RUN.run_id, RunStatus.FAILED, at=NOON)

    event.listen(engine, "after_cursor_execute", end_run)
    record = read_runs(engine)[RUN.run_id]
    event.remove(engine, "after_cursor_execute", end_run)

    assert (record.status, [data["status"] for _, data in record.events]) == ("pending", ["pending"])
    assert read_runs(engine)[RUN.run_id].status == "failed"
