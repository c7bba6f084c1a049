from localdev.nextflow_simulator.inputs import Sample
from localdev.nextflow_simulator.pipeline.plan import plan_of
from localdev.nextflow_simulator.task import TaskAttempt, task_hash

FIRST, *_REST = plan_of("nf-core/scrnaseq", [Sample("S1", (("r1", "r2"),))], {})


def make_task() -> TaskAttempt:
    return TaskAttempt(
        number=3,
        planned=FIRST,
        hash="ab" + "1" * 30,
        work_root="gs://b/work",
        memory=1 << 30,
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


def test_the_row_of_an_aborted_task_has_no_end() -> None:
    task = make_task()
    task.submit, task.status = 1000, "ABORTED"

    row = task.trace_row()

    assert (row["hash"], row["submit"], row["native_id"], row["exit"]) == ("ab/111111", "1000", "nf-1/0/u", "-")
    assert "complete" not in row


def test_the_handler_text_calls_every_ended_task_completed() -> None:
    task = make_task()
    task.complete, task.exit_code = 2000, 137

    assert "status: COMPLETED; exit: 137; error: -; workDir: gs://b/work/ab/" in task.handler()
