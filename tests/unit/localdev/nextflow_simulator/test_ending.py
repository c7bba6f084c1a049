"""How a run ends when tasks fail, and when a signal comes."""

import re
import signal
import subprocess
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import requests

from localdev.nextflow_simulator.child_jobs import ChildJobs
from localdev.nextflow_simulator.interrupt import Interrupt
from localdev.nextflow_simulator.task import TaskAttempt
from tests.unit.localdev.nextflow_simulator.conftest import (
    SIMULATOR,
    Simulator,
    before_tasks,
    environment_of_process,
    when,
)


def test_a_task_out_of_memory_is_retried_with_a_new_hash(simulator: Simulator) -> None:
    run = simulator.run("run-retried", ["fail_oom_once"])

    first, second = [row for row in run.rows() if row["process"].endswith("SIMPLEAF_QUANT")]
    assert run.exit_code == 0
    assert (first["status"], first["exit"], first["attempt"], first["error_action"]) == ("FAILED", "137", "1", "RETRY")
    assert (second["status"], second["exit"], second["attempt"]) == ("COMPLETED", "0", "2")
    assert first["hash"] != second["hash"]
    assert b"-- Execution is retried (1)" in run.log
    assert f"[{second['hash']}] Re-submitted process > {second['name']}".encode() in run.log


@pytest.mark.parametrize(
    ("sample", "exit_code", "action", "cause"),
    [
        ("fail_oom", "137", "TERMINATE", "terminated with an error exit status (137)"),
        ("fail_exit", "1", "FINISH", "terminated with an error exit status (1)"),
        ("fail_disk_full", "1", "FINISH", "terminated with an error exit status (1)"),
        ("fail_missing_output", "0", "FINISH", "Missing output file(s) `quants_mat.mtx` expected by process"),
    ],
)
def test_a_failed_task_is_reported_and_ends_the_session(
    simulator: Simulator, sample: str, exit_code: str, action: str, cause: str
) -> None:
    run = simulator.run(f"run-{sample}", [sample])

    failed = [row for row in run.rows() if row["status"] == "FAILED"][-1]
    report = run.log.decode().partition("Error executing process > ")[2]
    assert run.exit_code == 1
    assert (failed["exit"], failed["error_action"]) == (exit_code, action)
    assert report.startswith(f"'{failed['name']}'\n\nCaused by:\n  ")
    assert cause in report.splitlines()[3]
    assert f"Command exit status:\n  {exit_code}\n" in report
    assert ("Session aborted -- Cause: " in report) == (action == "TERMINATE")
    assert "Goodbye" in report


def is_gtf(task: TaskAttempt) -> bool:
    return task.planned.process.short_name == "GTF_GENE_FILTER"


def test_running_tasks_are_aborted_with_the_session(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    variables, gate = {"SIM_FAIL": "GTF_GENE_FILTER:exit"}, tmp_path / "gate"
    before_tasks(
        monkeypatch, lambda task: f"until [ -e '{gate}' ]; do sleep 0.1; done" if is_gtf(task) else "sleep 600"
    )
    when(lambda: simulator.have_started("run-aborted", "FASTQC (S2)"), gate.touch)

    run = simulator.run(
        "run-aborted", ["S1", "S2"], config="process.errorStrategy = 'terminate'\n", variables=variables
    )

    assert sorted(run.statuses()) == ["ABORTED", "ABORTED", "FAILED"]
    assert b"Killing running tasks (2)" in run.log
    assert {row["start"] != "0" for row in run.rows()} == {True}
    observed = re.findall(rb"\[([\w-]+)\] DEBUG nextflow.trace.WorkflowStatsObserver", run.log)
    assert observed == [b"TaskFinalizer-1", b"main"]
    assert run.log.index(b"Killing running tasks") < run.log.index(b"Session await >")


def test_running_tasks_may_end_after_the_first_failure(simulator: Simulator) -> None:
    run = simulator.run("run-finish", ["S1", "S2"], variables={"SIM_FAIL": "GTF_GENE_FILTER:exit", "SIM_SPEED": "1"})

    log = run.log.decode()
    assert sorted(run.statuses()) == ["COMPLETED", "COMPLETED", "FAILED"]
    assert run.exit_code == 1
    assert "Session aborted" not in log
    after = log.partition("Execution cancelled -- Finishing pending tasks before exit")[2]
    assert "work-dir=null\n  error [java.lang.InterruptedException]" in after
    assert after.index("Session await > all processes finished") < after.index("Task completed > ")
    assert after.index("Task completed > ") < after.index("Session await > all barriers passed")


def test_a_signal_after_the_first_failure_aborts_the_rest(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = replace(simulator, interrupt=Interrupt())
    before_tasks(monkeypatch, lambda task: "" if is_gtf(task) else "sleep 600")
    when(lambda: stopped.has_logged("run-late", "Execution cancelled"), partial(stopped.interrupt.record, "SIGTERM"))

    run = stopped.run("run-late", ["S1"], variables={"SIM_FAIL": "GTF_GENE_FILTER:exit"})

    log = run.log.decode()
    assert log.index("Error executing process > ") < log.index("Session aborted -- Cause: SIGTERM")
    assert run.statuses() == ["FAILED", "ABORTED"]
    assert run.exit_code == 1


def test_an_ignored_failure_only_leaves_out_what_depends_on_it(simulator: Simulator) -> None:
    run = simulator.run(
        "run-ignore", ["S1"], config="process.errorStrategy = 'ignore'\n", variables={"SIM_FAIL": "MULTIQC:exit"}
    )

    (failed,) = [row for row in run.rows() if row["status"] == "FAILED"]
    assert (run.exit_code, failed["error_action"]) == (0, "IGNORE")
    assert b"-- Error is ignored\n" in run.log


def test_a_task_that_batch_refuses_was_never_submitted(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    def submit(jobs: ChildJobs, task: TaskAttempt, script: str) -> str | None:
        if task.planned.process.short_name == "MULTIQC":
            raise requests.HTTPError("400 Client Error: machine type is not valid")
        return accepted(jobs, task, script)

    accepted = ChildJobs.submit
    monkeypatch.setattr(ChildJobs, "submit", submit)
    run = simulator.run("run-refused", ["S1"])

    (failed,) = [row for row in run.rows() if row["status"] == "FAILED"]
    assert run.exit_code == 1
    assert [failed[name] for name in ("exit", "submit", "start", "native_id", "complete")] == ["-", "0", "0", "-", "-"]
    assert b"runningCount=-1; " in run.log
    assert b"machine type is not valid" in run.log.partition(b"Error executing process > ")[2]


@pytest.mark.parametrize(("name", "code"), [("TERM", -signal.SIGTERM), ("INT", -signal.SIGINT)])
def test_a_signal_before_the_session_ends_the_process(simulator: Simulator, name: str, code: int) -> None:
    run_id = f"run-early-{name.lower()}"
    arguments = simulator.arguments(run_id, ["S1"], root=run_id)
    environment = environment_of_process(simulator.environment(run_id) | {"SIM_SPEED": "0.01"})
    process = subprocess.Popen([str(SIMULATOR), *arguments], env=environment, stdout=subprocess.DEVNULL)
    log = simulator.folder / run_id / "nextflow.log"
    while not (log.exists() and "No plugins" in log.read_text()):
        time.sleep(0.05)

    process.send_signal(getattr(signal, f"SIG{name}"))

    assert process.wait(timeout=20) == code  # a shell says 143 and 130
    assert "Session" not in log.read_text()


@pytest.mark.parametrize("name", ["TERM", "INT"])
def test_a_signal_kills_the_tasks_and_ends_with_1(simulator: Simulator, name: str) -> None:
    run_id = f"run-{name.lower()}"
    arguments = simulator.arguments(run_id, ["S1", "S2"], root=run_id)
    environment = environment_of_process(simulator.environment(run_id) | {"SIM_SPEED": "0.2"})
    process = subprocess.Popen([str(SIMULATOR), *arguments], env=environment, stdout=subprocess.DEVNULL)
    log = simulator.folder / run_id / "nextflow.log"
    while not (log.exists() and log.read_text().count("Submitted process") >= 3):
        assert process.poll() is None
        time.sleep(0.05)

    process.send_signal(getattr(signal, f"SIG{name}"))
    code = process.wait(timeout=20)

    run = simulator.result(run_id, code)
    last = run.log.decode().splitlines()[-1]
    assert code == 1
    assert f"[SIG{name} handler] DEBUG nextflow.Session - Session aborted -- Cause: SIG{name}".encode() in run.log
    assert b"Killing running tasks (3)" in run.log
    assert last.endswith("> Execution complete -- Goodbye")
    assert run.statuses() == ["ABORTED"] * 3
    assert {(row["exit"], row["complete"]) for row in run.rows()} == {("-", "-")}
    states = {str(job["status"]["state"]) for job in simulator.jobs(run_id)}
    assert states <= {"DELETION_IN_PROGRESS"}
