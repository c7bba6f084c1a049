"""Failure reports and stack traces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.nextflow.log.exceptions import exception_text, without_stack_trace
from common.domain.nextflow.log.facts import FailureReport
from common.domain.nextflow.log.failure_report import failure_report
from common.domain.nextflow.log.records import LogRecord

STAR_FAILED = """Error executing process > 'SCRNASEQ:STAR_ALIGN (s1)'

Caused by:
  Process `SCRNASEQ:STAR_ALIGN (s1)` terminated with an error exit status (137)

Command executed:

  STAR --runThreadN 12 \\
      --genomeDir star

  touch done

Command exit status:
  137

Command output:
  (empty)

Command error:
  Traceback (most recent call last):
  Caused by:
    killed
  Command exit status:
    0

Work dir:
  gs://sluice-work/runs/run-1a2b3c4d/work/ab/12cdef34

Container:
  quay.io/biocontainers/star:2.7.10a

Tip: view the complete command output by changing to the process work dir
"""


def report_in(message: str) -> FailureReport:
    report = failure_report(LogRecord(0, 9, None, "ERROR", "TaskFinalizer-1", "n.p.TaskProcessor", message.encode()))
    assert report is not None
    return report


def test_a_report_is_split_at_its_headings() -> None:
    report = report_in(STAR_FAILED)

    assert report.name == "SCRNASEQ:STAR_ALIGN (s1)"
    assert report.cause == "Process `SCRNASEQ:STAR_ALIGN (s1)` terminated with an error exit status (137)"
    assert report.command == "STAR --runThreadN 12 \\\n    --genomeDir star\n\ntouch done"
    assert report.exit_code == 137
    assert report.output == ""
    assert report.work_dir == "gs://sluice-work/runs/run-1a2b3c4d/work/ab/12cdef34"
    assert report.hash == "ab/12cdef"
    assert report.container == "quay.io/biocontainers/star:2.7.10a"
    assert (report.source, report.wrapper) == (None, None)


def test_indented_headings_belong_to_the_command_output() -> None:
    assert report_in(STAR_FAILED).error == (
        "Traceback (most recent call last):\nCaused by:\n  killed\nCommand exit status:\n  0"
    )


@pytest.mark.parametrize(("logged", "exit_code"), [("0", 0), ("-", None), ("banana", None)])
def test_an_exit_status_may_be_zero_or_unknown(logged: str, exit_code: int | None) -> None:
    assert report_in(STAR_FAILED.replace("  137\n", f"  {logged}\n")).exit_code == exit_code


def test_a_task_that_never_ran_has_no_command_part() -> None:
    report = report_in("Error executing process > 'P (7)'\n\nCaused by:\n  Can't stage file x\n\n\nTip: try again\n")

    assert report.cause == "Can't stage file x"
    assert (report.command, report.exit_code, report.work_dir, report.hash) == (None, None, None, None)


def test_a_cause_may_have_several_lines() -> None:
    report = report_in("Error executing process > 'P'\n\nCaused by:\n  one\n  two\n\nSource block:\n  x = 1\n")

    assert (report.cause, report.source) == ("one\ntwo", "x = 1")


def test_the_quote_that_ends_a_name_is_the_last_of_its_line() -> None:
    assert report_in("Error executing process > 'P (it's 'x')'\n\nCaused by:\n  'y'\n").name == "P (it's 'x')"


def test_a_work_directory_may_contain_a_newline() -> None:
    report = report_in("Error executing process > 'foo'\n\nWork dir:\n  s3://b/\nnf/work/7f/fe7e5a3e\n\nTip: x\n")

    assert report.work_dir == "s3://b/\nnf/work/7f/fe7e5a3e"
    assert report.hash == "7f/fe7e5a"


def test_a_heading_out_of_order_belongs_to_the_body() -> None:
    report = report_in("Error executing process > 'P'\n\nWork dir:\n  /w\n\nCommand output:\n  x\n")

    assert (report.work_dir, report.output) == ("/w\n\nCommand output:\nx", None)


def test_a_stack_trace_after_the_report_is_left_out() -> None:
    report = report_in("Error executing process > 'P'\n\nCaused by:\n  x\n\njava.lang.Error: y\n\tat a.B.c(B.java:1)")

    assert report.cause == "x"


def test_another_record_is_not_a_report() -> None:
    assert failure_report(LogRecord(0, 9, None, "ERROR", "main", "x", b"Error parsing")) is None


def test_the_text_of_an_exception_may_have_several_lines() -> None:
    message = "@unknown\njava.lang.IllegalStateException: one\n  two\n\tat a.B.c(B.java:1)\nCaused by: x"

    assert exception_text(message) == "one\n  two"
    assert without_stack_trace(message) == "@unknown"


def test_a_message_without_an_exception_is_kept() -> None:
    assert exception_text("See https://x.org: there") == ""
    assert without_stack_trace("See www.x.org: there\n") == "See www.x.org: there"


@given(st.text())
def test_any_report_can_be_read(rest: str) -> None:
    assert report_in(f"Error executing process > 'P'\n\nCaused by:\n{rest}").name == "P"
