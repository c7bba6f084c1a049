"""Diagnoses of small logs written for these tests."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.diagnosis.causes import CauseClass
from common.domain.diagnosis.diagnosis import EVIDENCE_LIMIT, MESSAGE_LIMIT, diagnose, failure_so_far
from common.domain.diagnosis.failure import FailureDiagnosis
from common.domain.tasks.task import Task, TaskStatus
from tests.support.runs import make_task
from tests.unit.common.domain.nextflow.texts import line, records_of, summary_in

PREEMPTED = "Task state is updated from RUNNING to FAILED on zones/z/instances/1 with exit code 50001."
SIGTERM = line("Session aborted -- Cause: SIGTERM", thread="SIGTERM handler")
ABORT = "Session aborted -- Cause: "
LAUNCHER = "nextflow.cli.Launcher"


def failed(exit_status: int | str) -> str:
    return f"Process `P (1)` terminated with an error exit status ({exit_status})"


def report(cause: str, *, exit_status: int | str = "-", error: str = "", source: str = "", name: str = "P (1)") -> str:
    """Nextflow's report on a task."""
    parts = {
        "Caused by": cause,
        "Source block": source,
        "Command exit status": str(exit_status),
        "Command error": error,
    }
    body = "".join(
        f"\n{heading}:\n  {text.replace(chr(10), chr(10) + '  ')}\n" for heading, text in parts.items() if text
    )
    return line(f"Error executing process > '{name}'\n{body}", level="ERROR", logger="nextflow.processor.TaskProcessor")


def launcher_error(text: str) -> str:
    return line(text, level="ERROR", logger=LAUNCHER)


def in_log(*records: str) -> FailureDiagnosis:
    return diagnose(summary_in("".join(records)))


def task(exit_code: int | None, *, name: str = "P (1)") -> Task:
    return make_task(name=name, status=TaskStatus.FAILED, exit_code=exit_code)


@pytest.mark.parametrize(
    ("record", "cause"),
    [
        (report(failed(137), exit_status=137, error="line 3:  7 Killed   STAR"), CauseClass.OUT_OF_MEMORY),
        (
            report(failed(1), exit_status=1, error="java.lang.OutOfMemoryError: Java heap space"),
            CauseClass.OUT_OF_MEMORY,
        ),
        (
            report(failed(1), exit_status=1, error="Error: cannot allocate vector of size 2 Gb"),
            CauseClass.OUT_OF_MEMORY,
        ),
        (report(failed(50001), exit_status=50001), CauseClass.PREEMPTED),
        (report(PREEMPTED), CauseClass.PREEMPTED),
        (
            report("Missing output file(s) `*.bam` expected by process `P (1)`", exit_status=0),
            CauseClass.MISSING_OUTPUT,
        ),
        (report("Can't stage file gs://a/b -- reason: Unable to access path: gs://a/b"), CauseClass.MISSING_INPUT),
        (report("No such file or directory: gs://a/reads_1.fastq.gz"), CauseClass.MISSING_INPUT),
        (report(failed(2), exit_status=2, error="usage: poppunk"), CauseClass.COMMAND_FAILED),
        (report(failed(1), exit_status=1, error="Unable to find image 'x' locally"), CauseClass.COMMAND_FAILED),
        (
            report("Unknown variable 'x' -- Check script 'main.nf' at line: 3", source="cat ${x}"),
            CauseClass.SCRIPT_ERROR,
        ),
        (report("It is odd", source="cat ${x}"), CauseClass.SCRIPT_ERROR),
        (report("Process requirement exceeds available CPUs -- req: 12; avail: 8"), CauseClass.CONFIG_ERROR),
        (report("Quota 'CPUS' exceeded. Limit: 24.0 in region r"), CauseClass.QUOTA),
        (report("Zone ZONE_RESOURCE_POOL_EXHAUSTED: no machines"), CauseClass.QUOTA),
        (report("Permission 'batch.jobs.create' denied on 'p'"), CauseClass.PERMISSION),
        (report(failed(1), exit_status=1, error="a@b does not have storage.objects.get access"), CauseClass.PERMISSION),
        (report(failed(126), exit_status=126, error="run.sh: Permission denied"), CauseClass.PERMISSION),
        (report(failed(125), exit_status=125, error="docker: manifest unknown: x"), CauseClass.IMAGE_PULL),
        (report("K8s pod image cannot be pulled -- ImagePullBackOff"), CauseClass.IMAGE_PULL),
        (report(failed(143), exit_status=143), CauseClass.KILLED_BY_SIGNAL),
        (report(failed(137), exit_status=137, error="no word of a kill"), CauseClass.KILLED_BY_SIGNAL),
        (report(failed(50005), exit_status=50005), CauseClass.TIME_LIMIT),
        (report(failed(50002), exit_status=50002), CauseClass.INTERNAL_ERROR),
        (report("Process `P (1)` terminated for an unknown reason"), CauseClass.UNKNOWN),
        (report(failed(-7), exit_status=-7), CauseClass.UNKNOWN),
    ],
)
def test_a_report_on_a_task_proves_the_cause(record: str, cause: CauseClass) -> None:
    found = in_log(record)
    assert (found.error_task, found.cause) == ("P (1)", cause)


@pytest.mark.parametrize(
    ("record", "cause"),
    [
        (line(ABORT + "Missing process or function foo()"), CauseClass.SCRIPT_ERROR),
        (line(ABORT + "No such file or directory: sheet.csv"), CauseClass.MISSING_INPUT),
        (line(ABORT + "Something else"), CauseClass.UNKNOWN),
        (launcher_error("Unable to parse config file: 'a'\n\n  No such variable: x"), CauseClass.CONFIG_ERROR),
        (launcher_error("Unknown configuration profile: 'dokcer'"), CauseClass.CONFIG_ERROR),
        (launcher_error("Script compilation error\n- cause: x"), CauseClass.SCRIPT_ERROR),
        (launcher_error("Unable to acquire lock on session with ID x"), CauseClass.INTERNAL_ERROR),
        (launcher_error("It was the lark"), CauseClass.UNKNOWN),
        (line("@unknown\ngroovy.lang.X: It broke", level="ERROR"), CauseClass.SCRIPT_ERROR),
        (line("Execution aborted due to an unexpected error\njava.lang.Error: x"), CauseClass.INTERNAL_ERROR),
        (line("The BAM column is empty", level="ERROR", logger="nextflow.Nextflow"), CauseClass.SCRIPT_ERROR),
        (SIGTERM, CauseClass.KILLED_BY_SIGNAL),
        (line("Session await"), CauseClass.UNKNOWN),
    ],
)
def test_the_cause_of_a_failure_outside_of_any_task(record: str, cause: CauseClass) -> None:
    found = in_log(record)
    assert (found.error_task, found.cause) == (None, cause)


def test_the_first_failed_task_decides() -> None:
    found = in_log(report(failed(3), exit_status=3), report(failed(50001), exit_status=50001, name="Q"), SIGTERM)
    assert (found.error_task, found.exit_code, found.cause) == ("P (1)", 3, CauseClass.COMMAND_FAILED)


def test_a_failure_after_a_signal_is_its_effect() -> None:
    found = in_log(SIGTERM, report(failed(1), exit_status=1))
    assert (found.error_task, found.cause) == (None, CauseClass.KILLED_BY_SIGNAL)


def test_an_unexpected_error_outweighs_the_task_in_which_it_occurred() -> None:
    found = in_log(
        line("Execution aborted due to an unexpected error\njava.lang.StackOverflowError: null"),
        line(ABORT + failed(1)),
    )
    assert (found.error_task, found.exit_code, found.cause) == ("P (1)", 1, CauseClass.INTERNAL_ERROR)


def test_an_abort_alone_can_name_the_failed_task() -> None:
    found = in_log(line(ABORT + failed(134)))
    assert (found.error_task, found.exit_code, found.cause) == ("P (1)", 134, CauseClass.COMMAND_FAILED)


def test_a_task_that_could_not_be_finalized_is_named() -> None:
    found = in_log(line("Unexpected error while finalizing task 'V' - cause: Permission denied", level="ERROR"))
    assert (found.error_task, found.cause) == ("V", CauseClass.PERMISSION)


def test_the_name_of_a_task_is_not_evidence() -> None:
    cause = "Process `CALL_PREEMPTED (quota x exceeded)` terminated with an error exit status (1)"
    assert in_log(report(cause, exit_status=1)).cause == CauseClass.COMMAND_FAILED


def test_a_pipeline_error_followed_by_other_records_proves_nothing() -> None:
    complaint = line("some files are odd", level="ERROR", logger="nextflow.Nextflow")
    found = in_log(complaint, line("Session await"))
    assert (found.cause, found.message, found.evidence) == (CauseClass.UNKNOWN, "some files are odd", ())


def test_the_evidence_shows_the_task_the_cause_and_the_last_output() -> None:
    record = report(failed(2), exit_status=2, error="\n".join(f"line {number}" for number in range(30)))
    found = in_log(line("Session await"), record)
    lines = [evidence.line for evidence in found.evidence]
    assert lines[:2] == ["Error executing process > 'P (1)'", failed(2)]
    assert lines[-1] == "line 29"
    assert {evidence.offset for evidence in found.evidence} == {len(line("Session await"))}


def test_evidence_and_message_are_bounded() -> None:
    error = "\n".join(["Error: out of memory", *("x" * 5000 for _ in range(100))])
    found = in_log(report("\n".join("c" * 5000 for _ in range(50)), exit_status=1, error=error))
    assert found.cause == CauseClass.OUT_OF_MEMORY
    assert len(found.evidence) <= EVIDENCE_LIMIT
    assert max(len(evidence.line) for evidence in found.evidence) <= 1000
    assert found.evidence[-1].line == "Error: out of memory"
    assert len(found.message or "") == MESSAGE_LIMIT


def test_the_mark_of_a_shortened_record_is_not_evidence() -> None:
    found = in_log(report(failed(2), exit_status=2, error="\n".join("x" * 50_000 for _ in range(30))))
    assert not [evidence for evidence in found.evidence if "more bytes" in evidence.line]


def test_the_trace_supplies_an_exit_status_missing_from_the_log() -> None:
    summary = summary_in(report("Process `P (1)` terminated for an unknown reason"))
    found = diagnose(summary, failed_task=task(50001))
    assert (found.cause, found.exit_code) == (CauseClass.PREEMPTED, 50001)
    assert [(evidence.line, evidence.source) for evidence in found.evidence] == [("P (1)\tFAILED\t50001", "trace.txt")]


def test_another_task_in_the_trace_is_not_blamed() -> None:
    summary = summary_in(report("Process `P (1)` terminated for an unknown reason"))
    found = diagnose(summary, failed_task=task(1, name="Q"), batch_events=[PREEMPTED], head_exit_code=143)
    assert (found.error_task, found.cause) == ("P (1)", CauseClass.UNKNOWN)


def test_without_a_log_the_trace_names_the_task() -> None:
    found = diagnose(summary_in(""), failed_task=task(9))
    assert (found.error_task, found.exit_code, found.cause) == ("P (1)", 9, CauseClass.COMMAND_FAILED)
    assert found.message == "Task P (1) ended with exit status 9"


@pytest.mark.parametrize("exit_code", [None, 10**17])
def test_a_trace_without_a_usable_exit_status_proves_nothing(exit_code: int | None) -> None:
    assert diagnose(summary_in(""), failed_task=task(exit_code)).cause == CauseClass.UNKNOWN


@pytest.mark.parametrize(
    ("event", "cause"),
    [
        (PREEMPTED, CauseClass.PREEMPTED),
        (PREEMPTED.replace("50001", "50004"), CauseClass.INTERNAL_ERROR),
        (PREEMPTED.replace("50001", "50005"), CauseClass.TIME_LIMIT),
        (PREEMPTED.replace("50001", "1"), CauseClass.UNKNOWN),
        ("CODE_GCE_QUOTA_EXCEEDED: no CPUs left", CauseClass.QUOTA),
        ("The service account does not have batch.states.report permission", CauseClass.PERMISSION),
        ("the machine was\0lost", CauseClass.UNKNOWN),
    ],
)
def test_batch_events_prove_the_cause_of_a_lost_head_job(event: str, cause: CauseClass) -> None:
    found = diagnose(summary_in(""), batch_events=["Job is scheduled", event])
    assert found.cause == cause
    assert "\0" not in json.dumps(found.as_json())


def test_a_preempted_machine_explains_the_signal() -> None:
    assert diagnose(summary_in(SIGTERM), batch_events=[PREEMPTED]).cause == CauseClass.PREEMPTED


@pytest.mark.parametrize(("exit_code", "cause"), [(143, CauseClass.KILLED_BY_SIGNAL), (1, CauseClass.UNKNOWN)])
def test_the_exit_status_of_the_head_job_only_proves_a_signal(exit_code: int, cause: CauseClass) -> None:
    assert diagnose(summary_in(""), head_exit_code=exit_code).cause == cause


@pytest.mark.parametrize(
    ("code", "cause"), [(137, CauseClass.KILLED_BY_SIGNAL), (1, CauseClass.UNKNOWN), (50001, CauseClass.PREEMPTED)]
)
def test_the_exit_status_in_batch_events_stands_in_for_a_missing_one(code: int, cause: CauseClass) -> None:
    events = [f"Task state is updated from RUNNING to FAILED with exit code {code}.\0", "Job failed."]
    found = diagnose(summary_in(""), batch_events=events)
    assert found.cause == cause
    assert "\0" not in json.dumps(found.as_json(), ensure_ascii=False)


def test_the_exit_status_of_the_head_job_precedes_that_of_batch() -> None:
    found = diagnose(summary_in(""), batch_events=["FAILED with exit code 137."], head_exit_code=1)
    assert found.cause == CauseClass.UNKNOWN


def test_a_diagnosis_as_json() -> None:
    assert in_log(SIGTERM).as_json() == {
        "cause": "killed_by_signal",
        "advice": "Recover; if it happens again, ask the operator of Sluice.",
        "error_task": None,
        "exit_code": None,
        "message": "Session aborted -- Cause: SIGTERM",
        "evidence": [{"line": "Session aborted -- Cause: SIGTERM", "offset": 0, "source": "nextflow.log"}],
    }


WORDS = st.sampled_from(
    [
        ABORT,
        "SIGTERM",
        "\nCaused by:\n  ",
        "Killed",
        "\x1b[31m",
        "\0",
        "\r\n",
        "\u2028",
        "é",
        "@unknown\na.B: c",
        failed(137),
    ]
)
TEXTS = st.lists(st.one_of(WORDS, st.text(max_size=20)), max_size=6).map("".join)
RECORDS = st.one_of(
    st.binary(max_size=80),
    st.builds(lambda text: line(text, level="ERROR").encode(), TEXTS),
    st.builds(lambda text: launcher_error(text).encode(), TEXTS),
    st.builds(lambda cause, error: report(cause, exit_status=137, error=error).encode(), TEXTS, TEXTS),
)


@given(st.lists(RECORDS, max_size=6).map(b"".join))
def test_all_evidence_is_in_the_file(log: bytes) -> None:
    messages = {record.start: record.message for record in records_of(log)}
    found = diagnose(summary_in(log))
    assert json.dumps(found.as_json())
    for evidence in found.evidence:
        assert evidence.offset is not None
        assert evidence.line in messages[evidence.offset]


INTERNAL = line(
    "Execution aborted due to an unexpected error\njava.lang.Error: x", level="ERROR", logger="a.TaskProcessor"
)


@pytest.mark.parametrize(
    "records",
    [
        [report(failed(1), exit_status=1)],
        [report(failed(1), exit_status=1), SIGTERM],
        [INTERNAL],
        [line(f"{ABORT}Missing output")],
        [launcher_error("Unable to parse config file")],
    ],
    ids=["report", "report before a signal", "internal", "aborted", "launcher"],
)
def test_a_failure_is_known_before_nextflow_ends(records: list[str]) -> None:
    summary = summary_in("".join(records))
    assert failure_so_far(summary) == diagnose(summary)


@pytest.mark.parametrize(
    "records",
    [
        [],
        [SIGTERM],
        [SIGTERM, report(failed(143), exit_status=143)],
        [line("[12/345678] NOTE: lost -- Execution is retried (1)")],
        [line("[12/345678] NOTE: lost -- Error is ignored")],
        [line("something is wrong", level="ERROR", logger="nextflow.Nextflow")],
    ],
    ids=["nothing", "signal", "report after a signal", "retried", "ignored", "the pipeline complains"],
)
def test_no_failure_is_known_of_a_run_that_may_complete(records: list[str]) -> None:
    assert failure_so_far(summary_in("".join(records))) is None
