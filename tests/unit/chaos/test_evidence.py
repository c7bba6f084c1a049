"""What a trial left is read without changes in between."""

from dataclasses import replace

from sqlalchemy import Engine, event

from chaos.evidence import EntryRecord, Job, add_entry, late_children, read_runs, slow_cancels
from common.domain.runs.status import RunStatus
from common.domain.tasks.merging import TaskSource
from common.services.ingest.store import IngestStore
from common.services.runs.store import RunStoreService
from localdev.stand_ins.batch.slowness import Slowness
from tests.support.runs import NOON, make_run, make_task

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


def test_children_that_are_created_after_the_end_of_their_head_job_are_late() -> None:
    head = Job("h", "run-1", is_head=True, has_ended=True, created_at=1, changed_at=5)
    children = [Job(f"nf-{at}", "run-1", is_head=False, has_ended=True, created_at=at) for at in (2, 6, 7)]
    assert late_children([*children, head]) == 2
    assert late_children([*children, replace(head, has_ended=False)]) == 0


def test_tasks_are_known_by_their_whole_work_directory(engine: Engine) -> None:
    store = RunStoreService(engine)
    store.create_run(RUN)
    work_dirs = [f"gs://work/ab/cdef01{rest}" for rest in ("aaaa", "bbbb")]
    tasks = [make_task(name=f"P ({work_dir[-1]})", work_dir=work_dir) for work_dir in work_dirs]
    with IngestStore(engine).writing(RUN.run_id) as writer:
        writer.merge_tasks(tasks, TaskSource.TRACE)
    assert sorted(read_runs(engine)[RUN.run_id].tasks) == work_dirs


def test_entries_that_are_missing_or_doubled_show_in_the_byte_ranges() -> None:
    def ranges_of(*entries: tuple[int, int]) -> list[tuple[int, int]]:
        records: list[EntryRecord] = []
        for number, end in entries:
            add_entry(records, number, end, "12345")
        return [(record.byte_start, record.byte_end) for record in records]

    assert ranges_of((0, 10), (1, 20), (2, 30)) == [(0, 10), (10, 20), (20, 30)]
    assert ranges_of((0, 10), (2, 30)) == [(0, 10), (25, 30)]
    assert ranges_of((0, 10), (1, 10)) == [(0, 10), (5, 10)]


def test_cancelled_jobs_that_end_late_are_counted() -> None:
    jobs = [Job(f"nf-{number}", "run-1", is_head=False, has_ended=True, was_cancelled=True) for number in range(100)]
    assert slow_cancels(jobs, Slowness(stop=1, share=1)) == 100
    assert slow_cancels(jobs, Slowness(share=1)) == 0
    assert slow_cancels([replace(job, was_cancelled=False) for job in jobs], Slowness(stop=1, share=1)) == 0
