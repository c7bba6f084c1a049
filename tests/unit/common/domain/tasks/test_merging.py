from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.nextflow.trace.reader import TraceReader
from common.domain.nextflow.trace.row import TraceRow
from common.domain.tasks.merging import TaskSource, merge, update_from_log, update_from_trace
from common.domain.tasks.task import ENDED, Task, TaskStatus
from tests.support.rows import each_row
from tests.support.runs import NOON, make_task
from tests.unit.common.domain.nextflow.texts import facts_in, line, trace

AT = datetime(2026, 11, 23, 6, 29, 30, 123000, tzinfo=UTC)
NAME = "NFCORE:FASTQC (sample_1)"
WORK_DIR = "gs://work/run/ab/cdef0123456789"


def task_in(text: str) -> Task:
    """The only task in a log."""
    (task,) = [task for fact in facts_in(text) if (task := update_from_log(fact))]
    return task


def completed(exit_status: str, error: str = "-") -> str:
    handler = f"id: 3; name: {NAME}; status: COMPLETED; exit: {exit_status}; error: {error}; workDir: {WORK_DIR}"
    return line(f"Task completed > TaskHandler[{handler}]", thread="Task monitor")


def row_in(*rows: str, columns: str = "task_id hash name status exit") -> TraceRow:
    (row,) = TraceReader().feed(trace(*rows, columns=columns.split()).encode())
    assert isinstance(row, TraceRow)
    return row


def test_a_submitted_task_has_its_full_name() -> None:
    assert task_in(line(f"[ab/cdef01] Submitted process > {NAME}", level="INFO")) == Task(
        hash="ab/cdef01",
        name=NAME,
        process="NFCORE:FASTQC",
        tag="sample_1",
        status=TaskStatus.SUBMITTED,
        submit_time=AT,
    )


def test_a_cached_task_has_ended() -> None:
    assert task_in(line(f"[ab/cdef01] Cached process > {NAME}")).status == TaskStatus.CACHED


def test_the_batch_job_of_a_task_becomes_its_native_id() -> None:
    task = task_in(
        line(f"[GOOGLE BATCH] Process `{NAME}` submitted > job=nf-ab-1; uid=nf-ab-1-uid; work-dir={WORK_DIR}")
    )
    assert (task.native_id, task.work_dir) == ("nf-ab-1/0/nf-ab-1-uid", WORK_DIR)
    assert task.status == TaskStatus.SUBMITTED


def test_exit_status_0_counts_as_success() -> None:
    task = task_in(completed("0"))
    assert (task.status, task.exit_code, task.end_time) == (TaskStatus.COMPLETED, 0, AT)
    assert (task.hash, task.task_id, task.work_dir) == ("ab/cdef01", 3, WORK_DIR)


@pytest.mark.parametrize("text", [completed("137"), completed("0", "boom"), completed("-", "boom")])
def test_an_error_or_another_exit_status_counts_as_failure(text: str) -> None:
    assert task_in(text).status == TaskStatus.FAILED


def test_an_unknown_exit_status_leaves_the_task_submitted() -> None:
    """Native tasks that succeeded have none, and killed tasks have none; the trace says which it was."""
    task = task_in(completed("-"))
    assert (task.status, task.exit_code) == (TaskStatus.SUBMITTED, None)


def test_a_task_with_an_error_after_exit_status_0_has_failed() -> None:
    errored = line(
        f"Handling unexpected condition for\n  task: name={NAME}; work-dir={WORK_DIR}\n"
        "  error [nextflow.exception.ProcessFailedException]: Missing output file(s) `x.bam`"
    )
    known = merge(task_in(completed("0")), task_in(errored), TaskSource.LOG)
    assert known.status == TaskStatus.FAILED
    assert known.message == "Missing output file(s) `x.bam`"


@pytest.mark.parametrize(("end", "action"), [("Execution is retried (1)", "RETRY"), ("Error is ignored", "IGNORE")])
def test_a_note_says_whether_nextflow_retries_or_ignores_a_failure(end: str, action: str) -> None:
    task = task_in(line(f"[ab/cdef01] NOTE: Process `{NAME}` terminated with an error exit status (1) -- {end}"))
    assert (task.status, task.error_action) == (TaskStatus.FAILED, action)
    assert task.message == f"Process `{NAME}` terminated with an error exit status (1)"


def test_a_note_without_a_name_keeps_the_name_of_its_task() -> None:
    submitted = task_in(line(f"[ab/cdef01] Submitted process > {NAME}"))
    note = task_in(line("[ab/cdef01] NOTE: killed -- Error is ignored"))
    assert merge(submitted, note, TaskSource.LOG).name == NAME
    assert merge(note, submitted, TaskSource.LOG).name == NAME


def test_facts_about_the_run_give_no_update() -> None:
    assert [update_from_log(fact) for fact in facts_in(line("> Execution complete -- Goodbye"))] == [None]


def test_a_trace_row_becomes_a_task() -> None:
    columns = "task_id hash native_id name status exit submit realtime %cpu peak_rss attempt workdir"
    row = row_in(f"7|ab/cdef01|77|{NAME}|FAILED|137|1763879370123|2500|150.5|1024|2|{WORK_DIR}", columns=columns)
    task = update_from_trace(row)
    assert (task.hash, task.task_id, task.name, task.process, task.tag) == (
        "ab/cdef01",
        7,
        NAME,
        "NFCORE:FASTQC",
        "sample_1",
    )
    assert (task.status, task.exit_code, task.attempt) == (TaskStatus.FAILED, 137, 2)
    assert (task.realtime_ms, task.cpu_percent, task.memory_peak) == (2500, 150.5, 1024)
    assert (task.native_id, task.work_dir) == ("77", WORK_DIR)


@pytest.mark.parametrize("status", TaskStatus)
def test_every_status_in_a_trace_is_kept(status: TaskStatus) -> None:
    assert update_from_trace(row_in(f"7|ab/cdef01|x|{status.value}|0")).status == status


@pytest.mark.parametrize(
    ("exit_code", "status"), [("0", TaskStatus.COMPLETED), ("1", TaskStatus.FAILED), ("-", TaskStatus.NEW)]
)
def test_without_a_status_the_exit_code_decides(exit_code: str, status: TaskStatus) -> None:
    assert update_from_trace(row_in(f"7|ab/cdef01|x|-|{exit_code}")).status == status


def test_a_row_without_a_hash_is_identified_by_its_number_or_its_name() -> None:
    assert update_from_trace(row_in("7|-|x|COMPLETED|0")).hash == "#7"
    assert update_from_trace(row_in("-|-|x|COMPLETED|0")).hash == update_from_trace(row_in("-|-|x|FAILED|1")).hash
    assert len(update_from_trace(row_in("-|-|x|COMPLETED|0")).hash) == 40


def test_memory_peak_falls_back_to_resident_memory() -> None:
    columns = "task_id hash name status exit rss"
    assert update_from_trace(row_in("7|ab/cdef01|x|COMPLETED|0|2048", columns=columns)).memory_peak == 2048


# ── Merging ─────────────────────────────────────────────────────────────────────────────────────────────


LIVE_ORDER = [TaskStatus.NEW, TaskStatus.SUBMITTED, TaskStatus.RUNNING]
UPDATES = st.tuples(st.builds(make_task, status=st.sampled_from(TaskStatus)), st.sampled_from(TaskSource))
FROM_LOG = st.sampled_from([TaskStatus.SUBMITTED, TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CACHED])


def merged(known: TaskStatus, update: TaskStatus, source: TaskSource) -> TaskStatus:
    return merge(make_task(status=known), make_task(status=update), source).status


def test_the_first_update_is_kept_unchanged() -> None:
    assert merge(None, make_task(), TaskSource.LOG) == make_task()


@each_row("known", "update", "source", of=product(LIVE_ORDER, LIVE_ORDER, TaskSource))
def test_a_live_task_only_moves_forward(known: TaskStatus, update: TaskStatus, source: TaskSource) -> None:
    assert merged(known, update, source) == max(known, update, key=LIVE_ORDER.index)


@each_row("known", "update", "source", of=product(LIVE_ORDER, ENDED, TaskSource))
def test_any_live_task_may_end(known: TaskStatus, update: TaskStatus, source: TaskSource) -> None:
    assert merged(known, update, source) == update


@each_row("known", "update", "source", of=product(ENDED, LIVE_ORDER, TaskSource))
def test_an_ended_task_never_becomes_live_again(known: TaskStatus, update: TaskStatus, source: TaskSource) -> None:
    assert merged(known, update, source) == known


@each_row("known", "update", of=product(ENDED, ENDED))
def test_the_trace_decides_how_a_task_ended(known: TaskStatus, update: TaskStatus) -> None:
    assert merged(known, update, TaskSource.TRACE) == update


@each_row("known", "update", of=product(ENDED, ENDED))
def test_the_log_may_only_turn_an_ended_task_into_a_failed_one(known: TaskStatus, update: TaskStatus) -> None:
    assert merged(known, update, TaskSource.LOG) == (update if update == TaskStatus.FAILED else known)


@given(st.lists(UPDATES, min_size=1, max_size=20))
def test_no_order_of_updates_makes_an_ended_task_live_again(updates: list[tuple[Task, TaskSource]]) -> None:
    known, has_ended = None, False
    for task, source in updates:
        known = merge(known, task, source)
        has_ended = has_ended or task.status in ENDED
        assert (known.status in ENDED) == has_ended


@given(st.lists(FROM_LOG, max_size=10), st.sampled_from(sorted(ENDED)), st.integers(min_value=1, max_value=3))
def test_the_trace_decides_whatever_the_log_said_before(logged: list[TaskStatus], end: TaskStatus, times: int) -> None:
    known = None
    for status in logged:
        known = merge(known, make_task(status=status), TaskSource.LOG)
    for _ in range(times):
        known = merge(known, make_task(status=end), TaskSource.TRACE)
    assert known is not None
    assert known.status == end


@given(st.lists(FROM_LOG, max_size=10), st.sampled_from(sorted(ENDED)), st.integers(min_value=0, max_value=10))
def test_the_trace_decides_whenever_it_comes(logged: list[TaskStatus], end: TaskStatus, position: int) -> None:
    updates = [(make_task(status=status), TaskSource.LOG) for status in logged]
    updates.insert(position, (make_task(status=end), TaskSource.TRACE))
    known = None
    for task, source in updates:
        known = merge(known, task, source)
    assert known is not None
    assert (known.status, known.is_settled) == (end, True)


@given(st.lists(UPDATES, min_size=1, max_size=10))
def test_merging_the_last_update_again_changes_nothing(updates: list[tuple[Task, TaskSource]]) -> None:
    known = None
    for task, source in updates:
        known = merge(known, task, source)
    assert known is not None
    assert merge(known, *updates[-1]) == known


def test_the_trace_replaces_only_the_fields_it_gives() -> None:
    known = make_task(exit_code=0, work_dir="gs://w/ab/cdef01", message="noted by the log")
    after = merge(known, make_task(exit_code=137, memory_peak=5), TaskSource.TRACE)
    assert (after.exit_code, after.memory_peak) == (137, 5)
    assert (after.work_dir, after.message) == ("gs://w/ab/cdef01", "noted by the log")


def test_the_log_only_fills_gaps() -> None:
    after = merge(make_task(exit_code=137), make_task(exit_code=0, submit_time=NOON), TaskSource.LOG)
    assert (after.exit_code, after.submit_time) == (137, NOON)


@pytest.mark.parametrize("name", [name for name in Task._fields if name not in {"hash", "status", "is_settled"}])
@pytest.mark.parametrize("source", TaskSource)
def test_fields_missing_from_an_update_stay_known(name: str, source: TaskSource) -> None:
    known = make_task(**{name: "known"})
    assert getattr(merge(known, make_task(**{name: None}), source), name) == "known"
