"""Which failures are in one group. Real logs are used as well if SLUICE_CORPUS names a folder of them."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.diagnosis.causes import CauseClass
from common.domain.insight.failures import failure_group, process_of
from tests.unit.common.domain.diagnosis.test_corpus import FAILED
from tests.unit.common.domain.diagnosis.test_corpus import diagnosis as diagnosis_of
from tests.unit.common.domain.diagnosis.test_nextflow_messages import TEMPLATES
from tests.unit.common.domain.diagnosis.test_nextflow_messages import diagnosis as diagnosis_of_template
from tests.unit.common.domain.insight.rewriting import REWRITINGS, rewritten
from tests.unit.common.domain.nextflow.corpus import needs_corpus

EXIT_STATUS = "Process `STAR_ALIGN (donor 1)` terminated with an error exit status (1)"


def failed(
    *lines: str,
    cause: CauseClass = CauseClass.COMMAND_FAILED,
    task: str | None = "SCRNASEQ:STAR_ALIGN (donor 1)",
    message: str | None = EXIT_STATUS,
) -> dict[str, Any]:
    """A stored diagnosis with `lines` as evidence."""
    evidence = [{"line": line, "offset": 7, "source": "nextflow.log"} for line in lines]
    return {"cause": cause.value, "error_task": task, "exit_code": 1, "message": message, "evidence": evidence}


FAILURES = (
    failed("EXITING because of FATAL ERROR: could not open genome file /refs/GRCh38/genome.txt", "Nov 23 12:01"),
    failed("EXITING because of FATAL INPUT ERROR: unknown parameter name: outSAMtypes"),
    failed("gzip: donor_1_R1.fastq.gz: unexpected end of file", task="FASTQC (donor_1)"),
    failed("gzip: donor_1_R1.fastq.gz: not in gzip format", task="FASTQC (donor_1)"),
    failed("Error: package 'Seurat' could not be loaded", "Execution halted", task="SEURAT (x)"),
    failed("Error: object 'counts' not found", "Execution halted", task="SEURAT (x)"),
    failed(".command.sh: line 11:   7 Killed  STAR --runThreadN 8", cause=CauseClass.OUT_OF_MEMORY),
    failed(".command.sh: line 11:   7 Killed  STAR --runThreadN 8", cause=CauseClass.OUT_OF_MEMORY, task="BWA (d)"),
    failed("137", cause=CauseClass.KILLED_BY_SIGNAL, task=None, message=None),
    failed(
        cause=CauseClass.MISSING_OUTPUT,
        message="Missing output file(s) `*.bam` expected by process `STAR_ALIGN (donor 1)`",
    ),
    failed(
        cause=CauseClass.MISSING_OUTPUT,
        message="Missing output file(s) `*.tab` expected by process `STAR_ALIGN (donor 1)`",
    ),
    failed(cause=CauseClass.PERMISSION, task=None, message="Access to gs://lab/v1/x.fa denied at 2026-11-23T10Z"),
    failed(cause=CauseClass.UNKNOWN, task=None, message="Odd end of session 0e9c6c5e-2b6f-4b27-9d0e-3a4f5b6c7d8e"),
)  # fmt: skip


def fingerprints_of(diagnoses: Iterable[Mapping[str, Any]]) -> list[str | None]:
    groups = map(failure_group, diagnoses)
    return [group.fingerprint if group else None for group in groups]


def require_one_group_each(failures: Iterable[Mapping[str, Any]]) -> None:
    """Rewritten failures are in the group of the first, and two different failures in none."""
    first = list(failures)
    own = fingerprints_of(first)
    assert None not in own
    for failure, fingerprint in zip(first, own, strict=True):
        others = [rewritten(failure, seed) for seed in range(REWRITINGS)]
        assert set(fingerprints_of(others)) == {fingerprint}, failure_group(failure)
    assert len(set(own)) == len(own)


def test_rewritten_failures_are_in_one_group_and_different_ones_in_none() -> None:
    require_one_group_each(FAILURES)


@needs_corpus
def test_real_failures_that_are_rewritten_are_in_one_group_and_different_ones_in_none() -> None:
    assert len(FAILED) >= 36
    require_one_group_each(diagnosis_of(file).as_json() for file in FAILED)


def test_each_message_of_nextflow_stays_in_its_group() -> None:
    for template in TEMPLATES:
        found = diagnosis_of_template(template).as_json()
        fingerprint, *others = fingerprints_of([found, *(rewritten(found, seed) for seed in range(REWRITINGS))])
        assert fingerprint
        assert set(others) == {fingerprint}, template


def test_the_scope_of_a_process_makes_no_difference() -> None:
    first, second = failed("error: x", task="A:B:STAR_ALIGN (d)"), failed("error: x", task="STAR_ALIGN (d)")
    assert fingerprints_of([first]) == fingerprints_of([second])


def test_what_a_program_prints_last_is_no_matter_if_the_cause_says_enough() -> None:
    killed = CauseClass.OUT_OF_MEMORY
    first, second = failed("Killed", "sorting done", cause=killed), failed("Killed", "12 reads", cause=killed)
    assert fingerprints_of([first]) == fingerprints_of([second])


def test_failures_of_which_nothing_is_known_have_no_group() -> None:
    assert failure_group(failed(cause=CauseClass.UNKNOWN, task=None, message=None)) is None


def test_hex_digits_without_a_decimal_one_make_no_difference() -> None:
    first, second = failed("error: no layer abcdefab"), failed("error: no layer fedcba")
    assert fingerprints_of([first]) == fingerprints_of([second])


def test_a_cause_that_a_later_release_stored_is_unknown() -> None:
    group = failure_group(failed("error: x") | {"cause": "moon_phase"})
    assert group
    assert (group.cause, group.line) == (CauseClass.UNKNOWN, "error: x")


def test_a_group_shows_its_line_with_placeholders() -> None:
    group = failure_group(failed("mv: cannot stat '/data/a7/x.fasta': No such file or directory"))
    assert group
    assert (group.process, group.line) == ("STAR_ALIGN", "mv: cannot stat '…': No such file or directory")


@pytest.mark.parametrize(
    ("task", "process"), [("A:B:C (x:y (z))", "C"), ("C", "C"), ("", None), (None, None), ("A:C (a b)", "C")]
)
def test_the_process_of_a_task_has_neither_scope_nor_tag(task: str | None, process: str | None) -> None:
    assert process_of(task) == process


@given(st.text(), st.text(), st.none() | st.text())
def test_any_text_has_a_group_or_none_and_the_same_each_time(message: str, line: str, task: str | None) -> None:
    diagnosis = failed(line, message=message, task=task)
    assert failure_group(diagnosis) == failure_group(diagnosis)
