import subprocess

import pytest

from localdev.nextflow_simulator.inputs import Sample
from localdev.nextflow_simulator.output.task_texts import cause_of_failure, output_of, script_of
from localdev.nextflow_simulator.pipeline.failures import KINDS, NONE, Failure
from localdev.nextflow_simulator.pipeline.plan import plan_of
from localdev.nextflow_simulator.task import TaskAttempt


def make_task(*, exit_code: int | None = 0, failure: Failure = NONE) -> TaskAttempt:
    plan = plan_of([Sample("it's $1", (("r1", "r2"),))], {})
    planned = next(one for one in plan if one.process.short_name == "FASTQC")
    return TaskAttempt(
        number=1,
        planned=planned,
        hash="ab" * 16,
        work_root="gs://b/w",
        memory=1 << 30,
        exit_code=exit_code,
        failure=failure,
    )


def test_the_job_prints_the_content_of_command_log() -> None:
    task = make_task()

    done = subprocess.run(["/bin/sh", "-c", script_of(task, speed=1000)], capture_output=True, text=True, check=True)

    assert done.stdout == output_of(task)
    assert "it's $1" in done.stdout


def test_a_failing_task_ends_with_its_exit_code() -> None:
    script = script_of(make_task(failure=KINDS["oom"]), speed=1000)

    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=False)

    assert done.returncode == 137
    assert "Killed" in done.stdout


@pytest.mark.parametrize(
    ("exit_code", "failure", "exception"),
    [
        (None, NONE, "ProcessFailedException"),
        (1, KINDS["exit"], "ProcessFailedException"),
        (0, KINDS["missing_output"], "MissingFileException"),
    ],
)
def test_a_failure_has_the_exception_class_of_nextflow(exit_code: int | None, failure: Failure, exception: str) -> None:
    cause = cause_of_failure(make_task(exit_code=exit_code, failure=failure))

    assert cause
    assert cause[0] == exception


def test_success_has_no_cause() -> None:
    assert cause_of_failure(make_task()) is None
