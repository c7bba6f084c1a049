"""The facts in single records."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.domain.nextflow.log.facts import (
    BatchJobSubmitted,
    CommandGiven,
    ExecutorStarted,
    FailureReport,
    Goodbye,
    InternalError,
    LauncherError,
    PipelineComplaint,
    RunNamed,
    ScriptError,
    ScriptLaunched,
    SessionAborted,
    SessionNamed,
    TaskCached,
    TaskCompleted,
    TaskErrored,
    TaskIgnored,
    TaskNotFinalized,
    TaskRetried,
    TaskStored,
    TaskSubmitted,
    VersionNamed,
    WorkDirNamed,
)
from common.domain.nextflow.log.parsing import facts_of
from common.domain.nextflow.log.records import LogRecord
from tests.support.doubling import assert_linear
from tests.unit.common.domain.nextflow.texts import bare_fact_in, facts_in, line

AT = datetime(2026, 11, 23, 6, 29, 30, 123_000, tzinfo=UTC)
HANDLER = "id: 3; name: {name}; status: COMPLETED; exit: {status}; error: {error}; workDir: {work_dir}"


def completed(
    *, name: str = "FASTQC (s1)", status: str = "0", error: str = "-", work_dir: str = "/w/d7/198dad00", tail: str = ""
) -> str:
    """The record of a completed task."""
    inside = HANDLER.format(name=name, status=status, error=error, work_dir=work_dir)
    return line(f"Task completed > TaskHandler[{inside}{tail}]", logger="n.processor.TaskPollingMonitor")


def completed_in(text: str) -> TaskCompleted:
    fact = bare_fact_in(text)
    assert isinstance(fact, TaskCompleted)
    return fact


@pytest.mark.parametrize(
    "command", ["nextflow run x.nf -resume", "nextflow prepare.nf", "nextflow kuberun y", "../launch.sh run", ""]
)
def test_the_command_line_is_parsed(command: str) -> None:
    assert bare_fact_in(line(f"$> {command}", logger="nextflow.cli.Launcher")) == CommandGiven(
        offset=0, at=AT, command=command
    )


@pytest.mark.parametrize("version", ["0.28.0", "19.09.0-edge", "26.04.4"])
@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
def test_the_version_is_parsed_at_any_level(version: str, level: str) -> None:
    text = line(f"N E X T F L O W  ~  version {version}", level=level, logger="nextflow.cli.CmdRun")

    assert bare_fact_in(text) == VersionNamed(offset=0, at=AT, version=version)


@pytest.mark.parametrize(
    ("tail", "branch"),
    [
        (" - revision: 361b274147", None),
        (" - revision: 361b274147 [master]", "master"),
        (" DSL1 - revision: 361b274147", None),
        (" DSL2 - revision: 361b274147 [3.12.0]", "3.12.0"),
    ],
)
def test_script_run_name_and_revision_are_parsed(tail: str, branch: str | None) -> None:
    text = line(f"Launching `https://github.com/nf-core/rnaseq` [nf-core-rnaseq-2023-1]{tail}")

    assert bare_fact_in(text) == ScriptLaunched(
        offset=0,
        at=AT,
        script="https://github.com/nf-core/rnaseq",
        run_name="nf-core-rnaseq-2023-1",
        revision="361b274147",
        branch=branch,
    )


@pytest.mark.parametrize("words", ["Session uuid", "Session UUID"])
def test_the_session_id_is_parsed_in_old_and_new_wording(words: str) -> None:
    assert bare_fact_in(line(f"{words}: b63b14ac-2b29-4937-8280-9c42b00a82e9")) == SessionNamed(
        offset=0, at=AT, session_id="b63b14ac-2b29-4937-8280-9c42b00a82e9"
    )


def test_the_run_name_is_parsed() -> None:
    assert bare_fact_in(line("Run name: lethal-jones")) == RunNamed(offset=0, at=AT, run_name="lethal-jones")


@pytest.mark.parametrize(
    ("logged", "work_dir"),
    [
        ("/data/my work [ext2/ext3]", "/data/my work"),
        ("gs://bucket/work [null]", "gs://bucket/work"),
        ("s3://zenofbucket/\nnf-testing/work [null]", "s3://zenofbucket/\nnf-testing/work"),
        ("/plain", "/plain"),
    ],
)
def test_the_work_directory_is_parsed_without_its_file_system(logged: str, work_dir: str) -> None:
    assert bare_fact_in(line(f"Work-dir: {logged}")) == WorkDirNamed(offset=0, at=AT, work_dir=work_dir)


def test_an_executor_that_starts_is_a_fact() -> None:
    text = line("[warm up] executor > k8s", logger="nextflow.executor.Executor") + line("[warm up] executor > local")

    assert [fact.executor for fact in facts_in(text) if isinstance(fact, ExecutorStarted)] == ["k8s", "local"]


@pytest.mark.parametrize(("words", "again"), [("Submitted", False), ("Re-submitted", True)])
def test_a_submitted_task_has_hash_and_name(words: str, again: bool) -> None:
    assert bare_fact_in(line(f"[ab/12cdef] {words} process > A:B (x; y, z)", level="INFO")) == TaskSubmitted(
        offset=0, at=AT, hash="ab/12cdef", name="A:B (x; y, z)", resubmitted=again
    )


def test_a_cached_task_has_hash_and_name() -> None:
    text = line("[ab/12cdef] Cached process > FASTQC (s1)", logger="nextflow.processor.TaskProcessor")

    assert bare_fact_in(text) == TaskCached(offset=0, at=AT, hash="ab/12cdef", name="FASTQC (s1)")


def test_a_stored_task_has_no_hash() -> None:
    assert bare_fact_in(line("[skipping] Stored process > QC:BLAST (1)")) == TaskStored(
        offset=0, at=AT, name="QC:BLAST (1)"
    )


def test_all_fields_of_a_completed_task_are_parsed() -> None:
    assert completed_in(completed()) == TaskCompleted(
        offset=0,
        at=AT,
        task_id=3,
        name="FASTQC (s1)",
        hash="d7/198dad",
        work_dir="/w/d7/198dad00",
        exit_code=0,
        error=None,
        native_id=None,
        started=None,
        exited=None,
    )


def test_a_grid_task_has_a_job_and_times() -> None:
    text = completed(tail=" started: 1642395569926; exited: 2022-01-17T04:59:26.600908Z; ").replace(
        "[id:", "[jobId: 11; id:"
    )

    fact = completed_in(text)

    assert (fact.native_id, fact.work_dir, fact.hash) == ("11", "/w/d7/198dad00", "d7/198dad")
    assert fact.started == datetime(2022, 1, 17, 4, 59, 29, 926_000, tzinfo=UTC)
    assert fact.exited == datetime(2022, 1, 17, 4, 59, 26, 600_908, tzinfo=UTC)


def test_a_grid_task_may_lack_its_times() -> None:
    fact = completed_in(completed(tail=" started: -; exited: -; ").replace("[id:", "[jobId: 11; id:"))

    assert (fact.hash, fact.started, fact.exited) == ("d7/198dad", None, None)


@pytest.mark.parametrize(("logged", "exit_code"), [("0", 0), ("137", 137), ("-1", -1), ("-", None)])
def test_an_exit_status_may_be_unknown(logged: str, exit_code: int | None) -> None:
    assert completed_in(completed(status=logged)).exit_code == exit_code


def test_the_error_of_a_completed_task_is_parsed() -> None:
    error = "nextflow.exception.ProcessUnrecoverableException: Essential container in task exited"

    assert completed_in(completed(status="-", error=error)).error == error


def test_a_handler_may_be_split_over_two_lines() -> None:
    fact = completed_in(completed(work_dir="s3://zenofbucket/\nnf-testing/work/fa/1524adb1"))

    assert fact.work_dir == "s3://zenofbucket/\nnf-testing/work/fa/1524adb1"
    assert fact.hash == "fa/1524ad"


@pytest.mark.parametrize(
    "name",
    ["P (T: AAA, S: 300)", "P (level: 2)", "P (a;min-freq:10;exit: 1; error: x)", "P (null)", "P (a\nb)", "P ([x])"],
)
def test_a_tag_may_contain_anything(name: str) -> None:
    assert completed_in(completed(name=name)).name == name


def test_a_pending_task_in_a_dump_is_not_completed() -> None:
    dump = "!! executor k8s > tasks to be completed: 2 -- submitted tasks are shown below"
    handler = "~> TaskHandler[id: 3; name: P; status: RUNNING; exit: -; error: -; workDir: /w/d7/198dad00]"

    assert facts_in(line(f"{dump}\n{handler}\n.. remaining tasks omitted.")) == []


def test_a_failed_task_has_a_reason() -> None:
    text = line(
        "Handling unexpected condition for\n  task: name=P (a; b); work-dir=gs://b/work/ca/a9dbed77\n"
        "  error [nextflow.exception.ProcessFailedException]: Process `P (a; b)` terminated for an unknown reason"
    )

    assert bare_fact_in(text) == TaskErrored(
        offset=0,
        at=AT,
        name="P (a; b)",
        hash="ca/a9dbed",
        work_dir="gs://b/work/ca/a9dbed77",
        error_class="nextflow.exception.ProcessFailedException",
        reason="Process `P (a; b)` terminated for an unknown reason",
    )


def test_a_task_that_never_had_a_directory_has_no_hash() -> None:
    text = line(
        "Handling unexpected condition for\n  task: name=P; work-dir=null\n"
        "  error [java.lang.InterruptedException]: java.lang.InterruptedException"
    )

    fact = bare_fact_in(text)

    assert isinstance(fact, TaskErrored)
    assert (fact.hash, fact.work_dir, fact.reason) == (None, None, "java.lang.InterruptedException")


@pytest.mark.parametrize("note", ["Process `P` terminated", "K8s Job nf-1 execution failed: backoff -- limit\nreached"])
def test_a_retry_is_recognised_by_the_end_of_its_note(note: str) -> None:
    assert bare_fact_in(line(f"[ca/a9dbed] NOTE: {note} -- Execution is retried (2)")) == TaskRetried(
        offset=0, at=AT, hash="ca/a9dbed", note=note, retry=2
    )


def test_an_ignored_failure_is_recognised_by_the_end_of_its_note() -> None:
    assert bare_fact_in(line("[ca/a9dbed] NOTE: Process `P` terminated -- Error is ignored")) == TaskIgnored(
        offset=0, at=AT, hash="ca/a9dbed", note="Process `P` terminated"
    )


def test_any_other_note_is_not_a_fact() -> None:
    assert facts_in(line("[ca/a9dbed] NOTE: have a nice day")) == []


def test_a_failure_report_is_a_fact() -> None:
    fact = bare_fact_in(line("Error executing process > 'P (it's)'\n\nCaused by:\n  Because\n", level="ERROR"))

    assert isinstance(fact, FailureReport)
    assert (fact.name, fact.cause) == ("P (it's)", "Because")


def test_an_internal_error_has_the_text_of_its_exception() -> None:
    text = line(
        "Execution aborted due to an unexpected error\njava.lang.StackOverflowError: null\n\tat a.B.c(B.java:1)"
    )

    assert bare_fact_in(text) == InternalError(offset=0, at=AT, reason="java.lang.StackOverflowError")


def test_a_stack_of_any_depth_does_not_hide_an_internal_error() -> None:
    stack = "\tat nextflow.processor.TaskProcessor.handle(TaskProcessor.groovy:1)\n" * 1_024
    text = line(f"Execution aborted due to an unexpected error\njava.lang.StackOverflowError: null\n{stack}")

    assert bare_fact_in(text) == InternalError(offset=0, at=AT, reason="java.lang.StackOverflowError")


def test_a_task_that_cannot_be_finalized_is_a_fact() -> None:
    text = line("Unexpected error while finalizing task 'V (x)' - cause: Failed to publish", level="ERROR")

    assert bare_fact_in(text) == TaskNotFinalized(offset=0, at=AT, name="V (x)", reason="Failed to publish")


@pytest.mark.parametrize(
    ("cause", "signal"),
    [("SIGTERM", "SIGTERM"), ("SIGHUP", "SIGHUP"), ("Missing process foo()", None), ("SIGTERM x", None)],
)
def test_an_aborted_session_has_a_cause_or_a_signal(cause: str, signal: str | None) -> None:
    assert bare_fact_in(line(f"Session aborted -- Cause: {cause}\nmore")) == SessionAborted(
        offset=0, at=AT, cause=signal or f"{cause}\nmore", signal=signal
    )


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("Premature EOF\njava.io.IOException: Premature EOF\n\tat a.b(C.java:1)", "Premature EOF"),
        (
            "Unable to parse config file: 'F'\n\n  Compile failed\n\njava.lang.Error: x\n\tat a.b(C.java:1)",
            "Unable to parse config file: 'F'\n\n  Compile failed",
        ),
        (
            "@unknown\ngroovy.lang.MissingPropertyException: No such variable: x\n\tat a.b(C.java:1)",
            "No such variable: x",
        ),
        ("@unknown", "@unknown"),
        ("Session is odd", "Session is odd"),
    ],
)
def test_a_launcher_error_is_parsed_without_its_stack_trace(message: str, text: str) -> None:
    record = line(message, level="ERROR", logger="nextflow.cli.Launcher")

    assert bare_fact_in(record) == LauncherError(offset=0, at=AT, text=text)


def test_an_aborted_operation_has_its_reason_in_the_next_line() -> None:
    exception = "nextflow.exception.AbortOperationException: Cannot find script file: x.nf\n\tat a.b(C.java:1)"
    message = f"Operation aborted\n{exception}"

    assert bare_fact_in(line(message, logger="nextflow.cli.Launcher")) == LauncherError(
        offset=0, at=AT, text="Cannot find script file: x.nf"
    )


def test_an_unknown_error_outside_the_launcher_is_a_script_error() -> None:
    message = (
        "@unknown\nnextflow.exception.MissingProcessException: Missing process or function test()\n\tat a.b(C.java:1)"
    )

    assert bare_fact_in(line(message, level="ERROR", logger="nextflow.extension.OperatorImpl")) == ScriptError(
        offset=0, at=AT, text="Missing process or function test()"
    )


@pytest.mark.parametrize("message", ["the BAM column is empty", "Session aborted -- Cause: SIGTERM", "$> rm"])
def test_errors_written_by_the_pipeline_are_complaints(message: str) -> None:
    assert bare_fact_in(line(message, level="ERROR", logger="nextflow.Nextflow")) == PipelineComplaint(
        offset=0, at=AT, text=message
    )
    assert facts_in(line(message, level="INFO", logger="nextflow.Nextflow")) == []


def test_goodbye_is_a_fact() -> None:
    assert bare_fact_in(line("> Execution complete -- Goodbye")) == Goodbye(offset=0, at=AT)


def test_a_submitted_batch_job_has_task_job_and_uid() -> None:
    text = line(
        "[GOOGLE BATCH] Process `P (a`b)` submitted > job=nf-eb1af425-17; uid=nf-eb1af425-17-9c; work-dir=gs://b/eb/1af425ff"
    )

    assert bare_fact_in(text) == BatchJobSubmitted(
        offset=0,
        at=AT,
        name="P (a`b)",
        job="nf-eb1af425-17",
        uid="nf-eb1af425-17-9c",
        work_dir="gs://b/eb/1af425ff",
        hash="eb/1af425",
    )


@pytest.mark.parametrize(
    "message",
    [
        "[GOOGLE BATCH] Cannot read exit status for task: `P` - For input string",
        "[GOOGLE BATCH] Process `P (x)` - terminated job=nf-1; task=0; state=FAILED",
        "[SLURM] submitted process P > jobId: 3; workDir: /w/ab/12cdef",
        "K8s label exceeds allowed size",
        "Launch cmd line: /bin/bash -ue .command.run",
        "Execution cancelled -- Finishing pending tasks before exit",
        "The following nodes are still active:\n[process] X\n  status=ACTIVE",
        "",
    ],
)
def test_other_records_are_not_facts(message: str) -> None:
    assert facts_in(line(message)) == []


@pytest.mark.parametrize("part", ["; status: A; exit: 0; error: ", "; work-dir=x", "a", "` [x] ", "; workDir: /w]"])
@pytest.mark.parametrize(
    "start",
    ["Task completed > TaskHandler[id: 1; name: ", "Handling unexpected condition for\n  task: name=", "Launching `"],
)
def test_no_record_takes_long_to_parse(start: str, part: str) -> None:
    assert_linear(lambda text: facts_in(line(text)), part, start, longest=1_000_000)


def test_a_fact_knows_where_its_record_starts() -> None:
    text = line("Session start") + line("Run name: x")

    assert bare_fact_in(text).offset == len(line("Session start"))


PREFIXES = [
    "$> ",
    "N E X T",
    "Launching `",
    "Session ",
    "Work",
    "[ab/12cdef] ",
    "Task completed > TaskHandler[",
    "Error ex",
]
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.sampled_from(PREFIXES) | TEXTS, TEXTS, st.sampled_from(["ERROR", "DEBUG", None]), st.text())
@settings(deadline=None)
def test_any_record_can_be_parsed(prefix: str, rest: str, level: str | None, logger: str) -> None:
    assert len(facts_of(LogRecord(0, 1, None, level, "main", logger, (prefix + rest).encode()))) <= 1
