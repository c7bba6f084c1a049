"""Two tasks of a run with the same first eight hex digits, from log and trace to rows, jobs and lists."""

import pytest
from sqlalchemy import text

from common.domain.batch.job import JobState
from common.domain.runs.ending import RunEnd
from common.domain.runs.files import NEXTFLOW_LOG, TRACE
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus
from common.domain.runs.work_items import ChainStep
from common.domain.tasks.task import TaskStatus
from common.schemas.logs import TaskInfo
from common.services.runs.reuse_forecast import ReuseForecast
from common.services.tasks.listing import TASK_ORDERS, TaskFilter, task_page
from tests.support.actions.stage import RUN, Stage
from tests.support.tasks import tasks_on

DIGITS = "ab/cdef01"
WORK = f"gs://sluice-work/runs/{RUN}/work/{DIGITS}"
HEADER = (
    *("task_id", "hash", "native_id", "name", "status", "exit", "submit", "realtime", "%cpu", "peak_rss"),
    *("attempt", "cpus", "memory", "workdir"),
)
A, B = "P:ALIGN (s1)", "P:QC (s77123)"
REST_A, REST_B = "a" * 24, "b" * 24
FURTHER = f"{DIGITS}-{REST_B}"


def record(second: int, message: str, level: str = "DEBUG") -> str:
    return f"Nov-23 12:00:{second:02}.000 [Task monitor] {level:5} nextflow.Session - {message}\n"


def submitted(second: int, name: str, number: int, rest: str) -> str:
    job = f"job=nf-abcdef01-{number}; uid=u{number}; work-dir={WORK}{rest}"
    return record(second, f"[GOOGLE BATCH] Process `{name}` submitted > {job}") + record(
        second, f"[{DIGITS}] Submitted process > {name}", "INFO"
    )


def completed(second: int, name: str, number: int, exit_code: int, rest: str) -> str:
    handler = f"id: {number}; name: {name}; status: COMPLETED; exit: {exit_code}; error: -; workDir: {WORK}{rest}"
    return record(second, f"Task completed > TaskHandler[{handler}]")


def row(number: int, name: str, status: str, exit_code: int, rest: str) -> str:
    native_id = f"nf-abcdef01-{number}/0/u{number}"
    times_and_sizes = (1795435200000 + number, 2500, 99, 1 << 20, 1, 2, 1 << 30)
    return "\t".join(map(str, (number, DIGITS, native_id, name, status, exit_code, *times_and_sizes, WORK + rest)))


LIVE_LOG = record(3, "Session UUID: 0e9c6c5e-2b6f-4b27-9d0e-3a4f5b6c7d8e") + submitted(5, A, 1, REST_A)
LIVE_LOG += submitted(6, B, 2, REST_B)
LOG = LIVE_LOG + completed(9, A, 1, 1, REST_A) + completed(10, B, 2, 0, REST_B) + record(11, "end")
ROWS = "\n".join(["\t".join(HEADER), row(1, A, "FAILED", 1, REST_A), row(2, B, "COMPLETED", 0, REST_B), ""])


@pytest.fixture
def running(stage: Stage) -> Run:
    return stage.running()


def read(stage: Stage, *, log: str = "", trace: str = "") -> None:
    stage.upload(log=log.encode(), trace=trace.encode())
    for file in [name for name, content in ((NEXTFLOW_LOG, log), (TRACE, trace)) if content]:
        stage.read_file.run(stage.run(), file)


def tasks_by_name(stage: Stage) -> list[TaskInfo]:
    with stage.engine.connect() as connection:
        return tasks_on(task_page(connection, RUN, TaskFilter(sort="name")))


@pytest.mark.parametrize("files", [("log",), ("trace",), ("log", "trace"), ("trace", "log")])
def test_two_tasks_with_the_same_digits_are_two_rows(stage: Stage, running: Run, files: tuple[str, ...]) -> None:
    for file in files:
        read(stage, **{file: {"log": LOG, "trace": ROWS}[file]})

    assert stage.rows(
        "SELECT hash, task_id, name, status, exit_code, native_id, work_dir FROM tasks ORDER BY hash"
    ) == [
        (DIGITS, 1, A, "FAILED", 1, "nf-abcdef01-1/0/u1", WORK + REST_A),
        (FURTHER, 2, B, "COMPLETED", 0, "nf-abcdef01-2/0/u2", WORK + REST_B),
    ]
    metrics = stage.run(running.run_id).metrics or {}
    assert (metrics["total"], metrics["tasks"]) == (2, {"COMPLETED": 1, "FAILED": 1})


@pytest.mark.parametrize("lost", [2, 20, 30, 40])
def test_the_last_row_of_a_trace_that_was_cut_off_adds_no_task(stage: Stage, running: Run, lost: int) -> None:
    read(stage, log=LOG, trace=ROWS[:-lost])
    stage.end_run.run(running, RunEnd(status=RunStatus.FAILED), job=None, log=stage.ingest.cursor(RUN, NEXTFLOW_LOG))

    assert stage.rows("SELECT hash, status, work_dir FROM tasks ORDER BY hash") == [
        (DIGITS, "FAILED", WORK + REST_A),
        (FURTHER, "COMPLETED", WORK + REST_B),
    ]


def test_the_failed_task_is_found_by_digits_and_name(stage: Stage, running: Run) -> None:
    read(stage, log=LOG, trace=ROWS.replace("COMPLETED\t0", "FAILED\t2"))
    for name in (A, B):
        found = stage.ingest.failed_task(running.run_id, task_hash=DIGITS, name=name)
        assert found is not None
        assert found.name == name
    first = stage.ingest.failed_task(running.run_id, task_hash="ff/ffffff", name=B)
    assert first is not None
    assert first.name == A


def test_the_jobs_of_both_tasks_are_swept(stage: Stage, running: Run) -> None:
    read(stage, log=LIVE_LOG + record(7, "x"))
    assert sorted(stage.ingest.jobs_named(running.run_id)) == ["nf-abcdef01-1", "nf-abcdef01-2"]


@pytest.mark.parametrize(("job", "key"), [("nf-abcdef01-1", DIGITS), ("nf-abcdef01-2", FURTHER)])
def test_only_the_task_with_a_running_job_is_marked_as_running(stage: Stage, running: Run, job: str, key: str) -> None:
    read(stage, log=LIVE_LOG + record(7, "x"))
    with stage.ingest.writing(running.run_id) as writer:
        writer.mark_running({DIGITS: [job]})
    assert {at for at, status in stage.tasks().items() if status == TaskStatus.RUNNING} == {key}


def test_a_sync_marks_both_tasks_as_running(stage: Stage, running: Run) -> None:
    read(stage, log=LIVE_LOG + record(7, "x"))
    for job in ("nf-abcdef01-1", "nf-abcdef01-2"):
        stage.batch.add_child(running.run_id, job, JobState.RUNNING)
    stage.sync.run(ChainStep(run_id=running.run_id, chain="launch"))
    assert set(stage.tasks().values()) == {"RUNNING"}


def test_both_tasks_have_different_ids_in_the_api(stage: Stage, running: Run) -> None:
    read(stage, log=LIVE_LOG + record(7, "x"))
    before = [task.task_id for task in tasks_by_name(stage)]
    read(stage, log=LOG, trace=ROWS)
    assert [task.task_id for task in tasks_by_name(stage)] == before == ["ab-cdef01", f"ab-cdef01-{REST_B}"]
    assert all(task.has_logs for task in tasks_by_name(stage))


@pytest.mark.parametrize("sort", TASK_ORDERS)
def test_pages_with_one_task_each_list_both_tasks(stage: Stage, running: Run, sort: str) -> None:
    read(stage, log=LOG, trace=ROWS)
    names, cursor = [], None
    with stage.engine.connect() as connection:
        for _ in range(2):
            page = task_page(connection, running.run_id, TaskFilter(sort=sort, limit=1, cursor=cursor))
            names += [task.name for task in tasks_on(page)]
            cursor = page.next_cursor
    assert (sorted(names), cursor) == ([A, B], None)


@pytest.mark.parametrize(
    ("search", "names"),
    [("ab/cdef01", [A, B]), ("ab-cdef01", [A, B]), (f"ab-cdef01-{REST_B[:4]}", [B]), (f"f01-{REST_B}", [B])],
)
def test_a_search_finds_each_task_by_its_id(stage: Stage, running: Run, search: str, names: list[str]) -> None:
    read(stage, log=LOG)
    with stage.engine.connect() as connection:
        page = task_page(connection, running.run_id, TaskFilter(search=search, sort="name"))
    assert [task.name for task in tasks_on(page)] == names


def test_the_plan_of_a_recovery_counts_both_tasks(stage: Stage, running: Run) -> None:
    read(stage, log=LOG, trace=ROWS)
    forecast = ReuseForecast(stage.engine).of(running.run_id, reusable=[TaskStatus.COMPLETED])
    assert [(task.name, task.reused) for task in forecast.tasks] == [(A, False), (B, True)]


def test_a_row_of_an_older_release_keeps_its_key(stage: Stage, running: Run) -> None:
    """An older release merged both into one row."""
    read(stage, log=LIVE_LOG + record(7, "x"))
    with stage.engine.begin() as connection:
        connection.execute(text("DELETE FROM tasks WHERE hash <> :digits"), {"digits": DIGITS})
    read(stage, trace=ROWS)
    assert stage.tasks() == {DIGITS: "FAILED", FURTHER: "COMPLETED"}
