from common.domain.batch.launch_config import TRACE_FIELDS
from localdev.nextflow_simulator.inputs import Sample
from localdev.nextflow_simulator.pipeline.plan import plan_of
from localdev.nextflow_simulator.task import TaskAttempt, task_hash

MEASURED = {"%cpu", "peak_rss", "peak_vmem", "rchar", "wchar", "read_bytes", "write_bytes"}
FIRST, *_REST = plan_of([Sample("S1", (("r1", "r2"),))], {})


def make_task() -> TaskAttempt:
    return TaskAttempt(
        number=3,
        planned=FIRST,
        hash="ab" + "1" * 30,
        work_root="gs://b/work",
        memory=1 << 30,
        disk=100 << 30,
        time=3_600_000,
        job_id="nf-1",
        job_uid="u",
    )


def test_the_hash_determines_the_work_directory() -> None:
    task = make_task()

    assert (task.short_hash, task.work_dir) == ("ab/111111", f"gs://b/work/ab/{'1' * 30}")


def test_the_hash_depends_on_session_upstream_and_try() -> None:
    first = task_hash("session", FIRST, ["x"], 1)

    assert first == task_hash("session", FIRST, ["x"], 1)
    others = [
        task_hash("other", FIRST, ["x"], 1),
        task_hash("session", FIRST, ["y"], 1),
        task_hash("session", FIRST, ["x"], 2),
    ]
    assert len({first, *others}) == 4


def empty_cells(row: dict[str, str]) -> set[str]:
    return {name for name in TRACE_FIELDS.split(",") if row.get(name, "-") == "-"} - {"exit", "tag"}


def test_the_row_of_an_aborted_task_has_no_end() -> None:
    task = make_task()
    task.submit, task.start, task.status = 1000, 2000, "ABORTED"

    row = task.trace_row()

    assert (row["submit"], row["start"], row["native_id"], row["exit"]) == ("1000", "2000", "nf-1/0/u", "-")
    assert empty_cells(row) == {"complete", "duration", "realtime", "error_action", *MEASURED}


def test_the_row_of_a_failed_task_has_no_measurements() -> None:
    task = make_task()
    task.submit, task.start, task.complete, task.exit_code = 1000, 2000, 2500, 137

    row = task.trace_row()

    assert (row["duration"], row["realtime"]) == ("1500", "500")
    assert empty_cells(row) == {"error_action", *MEASURED}


def test_the_row_of_a_task_that_was_never_submitted_has_zeros() -> None:
    task = make_task()
    task.job_uid, task.status = "", "FAILED"

    row = task.trace_row()

    assert (row["submit"], row["start"], row["native_id"], row["exit"]) == ("0", "0", "-", "-")


def test_the_row_of_an_ended_task_has_its_own_run_time() -> None:
    task = make_task()
    task.submit, task.start, task.complete, task.measured, task.exit_code = 1000, 2000, 2010, 900, 0

    row = task.trace_row()

    assert (row["duration"], row["realtime"]) == ("1010", "900")
    assert empty_cells(row) == {"error_action"}


def test_the_handler_text_calls_every_ended_task_completed() -> None:
    task = make_task()
    task.complete, task.exit_code = 2000, 137

    assert "status: COMPLETED; exit: 137; error: -; workDir: gs://b/work/ab/" in task.handler()
