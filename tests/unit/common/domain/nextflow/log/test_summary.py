"""The summary of a log, and the outcome of its run."""

import json

import pytest

from common.domain.nextflow.log.summary import LogSummary, Outcome
from tests.unit.common.domain.nextflow.texts import facts_in, line, summary_in, summary_of

COMMAND = line("$> nextflow run nf-core/scrnaseq -r 2.7.1", logger="nextflow.cli.Launcher")
GOODBYE = line("> Execution complete -- Goodbye", stamp="Nov-23 08:00:00.000")
REPORT = line(
    "Error executing process > 'P (1)'\n\nCaused by:\n  It failed\n\nCommand exit status:\n  3\n", level="ERROR"
)
SIGTERM = line("Session aborted -- Cause: SIGTERM", thread="SIGTERM handler")
NO_SCRIPT = line(
    "Operation aborted\nnextflow.exception.AbortOperationException: No file", logger="nextflow.cli.Launcher"
)


def stats(*, failed: int, ignored: int = 0, retries: int = 0) -> str:
    return line(
        f"Workflow completed > WorkflowStats[succeededCount=4; failedCount={failed}; ignoredCount={ignored}; "
        f"cachedCount=0; retriesCount={retries}; ]"
    )


def aborted(cause: str) -> str:
    return line(f"Session aborted -- Cause: {cause}")


def summary(*records: str) -> LogSummary:
    return summary_of(facts_in("".join(records)))


@pytest.mark.parametrize(
    ("records", "outcome"),
    [
        ([GOODBYE], Outcome.COMPLETED),
        ([stats(failed=6, ignored=6), GOODBYE], Outcome.COMPLETED),
        ([stats(failed=0)], Outcome.COMPLETED),  # the log was copied before its end
        ([stats(failed=1, retries=1)], Outcome.COMPLETED),
        ([stats(failed=1)], Outcome.UNKNOWN),
        ([], Outcome.UNKNOWN),
        ([REPORT, aborted("It failed"), stats(failed=1), GOODBYE], Outcome.TASK_FAILED),
        ([line("Execution cancelled -- Finishing pending tasks before exit"), REPORT, GOODBYE], Outcome.TASK_FAILED),
        ([line("Execution aborted due to an unexpected error\njava.lang.Error: x"), GOODBYE], Outcome.TASK_FAILED),
        ([aborted("Missing process or function foo()"), GOODBYE], Outcome.ABORTED),
        ([line("Bad", level="ERROR", logger="nextflow.cli.Launcher"), aborted("Bad")], Outcome.ABORTED),
        ([line("Bad", level="ERROR", logger="nextflow.cli.Launcher")], Outcome.NOT_STARTED),
        ([NO_SCRIPT], Outcome.NOT_STARTED),
        ([SIGTERM, stats(failed=0), GOODBYE], Outcome.SIGNALLED),
        ([REPORT, aborted("It failed"), SIGTERM, GOODBYE], Outcome.TASK_FAILED),
        ([aborted("It failed"), SIGTERM], Outcome.ABORTED),
        ([REPORT.replace("  3\n", "  130\n"), SIGTERM], Outcome.SIGNALLED),
        ([line("BAM column is empty", level="ERROR", logger="nextflow.Nextflow")], Outcome.UNKNOWN),
    ],
)
def test_the_outcome_follows_the_order_of_the_rules(records: list[str], outcome: Outcome) -> None:
    assert summary(COMMAND, *records).outcome == outcome


def test_the_log_of_a_kubernetes_launcher_has_the_outcome_elsewhere() -> None:
    command = line("$> nextflow kuberun nf-core/mag", logger="nextflow.cli.Launcher")

    assert summary(command, NO_SCRIPT, GOODBYE).outcome == Outcome.ELSEWHERE


def test_a_file_with_two_runs_is_read_as_the_last_one() -> None:
    found = summary(COMMAND, REPORT, aborted("It failed"), GOODBYE, COMMAND, GOODBYE)

    assert (found.outcome, found.earlier_runs, found.error_task, found.proofs) == (Outcome.COMPLETED, 1, None, [])


def test_an_unexpected_error_has_the_task_that_its_thread_handled_before() -> None:
    errored = "Handling unexpected condition for\n  task: name=P (1); work-dir=null\n  error [java.io.IOException]: x"
    unexpected = "Execution aborted due to an unexpected error\njava.io.IOException: x"

    assert summary(line(errored), line(unexpected)).error_task == "P (1)"
    assert summary(line(errored, thread="Task monitor"), line(unexpected)).error_task is None


def test_a_script_error_in_the_last_record_is_the_final_complaint() -> None:
    complaint = line("BAM column is empty", level="ERROR", logger="nextflow.Nextflow")
    stopped, continued = summary_in(COMMAND + complaint), summary_in(COMMAND + complaint + line("Session await"))

    assert (stopped.outcome, continued.outcome) == (Outcome.ABORTED, Outcome.UNKNOWN)
    assert summary_in(GOODBYE + complaint).outcome == Outcome.COMPLETED


def test_proofs_survive_a_json_round_trip() -> None:
    found = summary(REPORT, aborted("It failed"), SIGTERM, NO_SCRIPT)

    assert len(found.proofs) == 4
    assert LogSummary.from_json(json.loads(json.dumps(found.as_json()))) == found


def test_lines_after_goodbye_still_count() -> None:
    assert summary(GOODBYE, SIGTERM).signal == "SIGTERM"


def test_the_last_of_several_counts_is_kept() -> None:
    kept = summary(stats(failed=1), stats(failed=2), stats(failed=3)).stats

    assert kept is not None
    assert kept.failed == 3


def test_the_first_report_decides_the_error() -> None:
    found = summary(REPORT, REPORT.replace("P (1)", "Q").replace("  3", "  4"), aborted("It failed"))

    assert (found.error_task, found.exit_code, found.error_message) == ("P (1)", 3, "It failed")


def test_an_abort_alone_can_name_the_failed_task() -> None:
    found = summary(aborted("Process `P (x)` terminated with an error exit status (1)"))

    assert (found.error_task, found.exit_code) == ("P (x)", 1)


def test_a_task_that_could_not_be_finalized_is_the_error_task() -> None:
    text = line("Unexpected error while finalizing task 'V (x)' - cause: Failed to publish", level="ERROR")

    assert summary(text, aborted("Failed to publish")).error_task == "V (x)"


def test_a_successful_run_has_no_error_message() -> None:
    complaint = line("some files are odd", level="ERROR", logger="nextflow.Nextflow")

    assert summary(complaint).error_message == "some files are odd"
    assert summary(complaint, GOODBYE).error_message is None


def test_names_and_directories_of_the_run_are_collected() -> None:
    found = summary(
        COMMAND,
        line("N E X T F L O W  ~  version 25.10.4"),
        line("Launching `nf-core/scrnaseq` [run-1a2b3c4d] DSL2 - revision: abc123 [2.7.1]"),
        line("Session UUID: b63b14ac-2b29-4937-8280-9c42b00a82e9"),
        line("Work-dir: gs://work/x [null]"),
        line("[warm up] executor > google-batch"),
        line("[warm up] executor > local"),
        line("[warm up] executor > local"),
    )

    assert found.command == "nextflow run nf-core/scrnaseq -r 2.7.1"
    assert (found.version, found.script, found.run_name) == ("25.10.4", "nf-core/scrnaseq", "run-1a2b3c4d")
    assert (found.revision, found.branch) == ("abc123", "2.7.1")
    assert found.session_id == "b63b14ac-2b29-4937-8280-9c42b00a82e9"
    assert (found.work_dir, found.executors) == ("gs://work/x", ("google-batch", "local"))
    assert found.started_at is not None


def test_tasks_are_counted_by_outcome() -> None:
    found = summary(
        line("[ab/12cdef] Submitted process > P"),
        line("[ab/12cdef] NOTE: x -- Execution is retried (1)"),
        line("[ab/34cdef] Re-submitted process > P"),
        line("[ab/56cdef] Cached process > Q"),
        line("[skipping] Stored process > R"),
        line(
            "Task completed > TaskHandler[id: 2; name: P; status: COMPLETED; exit: 1; error: -; workDir: /ab/34cdef0]"
        ),
        line("[ab/34cdef] NOTE: x -- Error is ignored"),
    )

    counts = (found.submitted, found.retried, found.cached, found.stored, found.completed, found.ignored)
    assert counts == (2, 1, 1, 1, 1, 1)


def test_a_summary_can_be_continued_from_json() -> None:
    records = [COMMAND, line("Session UUID: x"), REPORT, stats(failed=1), aborted("It failed"), GOODBYE]
    kept = LogSummary()
    for fact in facts_in("".join(records)):
        kept.add(fact)
        kept = LogSummary.from_json(json.loads(json.dumps(kept.as_json())))

    assert kept == summary(*records)


def test_a_summary_of_an_older_release_can_be_read() -> None:
    value = summary(COMMAND).as_json()
    del value["branch"], value["stats"]

    assert LogSummary.from_json({**value, "forgotten": 1}) == summary(COMMAND)


def test_a_log_that_names_any_number_of_executors_does_not_make_the_summary_grow() -> None:
    named = "".join(line(f"[warm up] executor > e{number}", level="DEBUG") for number in range(100))

    found = summary(COMMAND, named)

    assert found.executors == tuple(f"e{number}" for number in range(20))
