import pytest

from common.domain.diagnosis.rules import RULES, CauseClass, EvidenceSource, Statement, proof_in


def stated(source: EvidenceSource, text: str) -> Statement:
    return Statement(source, text, "nextflow.log", 0)


@pytest.mark.parametrize("cause", set(CauseClass) - {CauseClass.UNKNOWN})
def test_every_cause_can_be_proved(cause: CauseClass) -> None:
    assert cause in {rule.cause for rule in RULES}


def test_no_rule_proves_the_cause_unknown() -> None:
    assert CauseClass.UNKNOWN not in {rule.cause for rule in RULES}


def test_the_more_specific_rule_decides_whatever_comes_first() -> None:
    statements = [stated(EvidenceSource.EXIT, "1"), stated(EvidenceSource.COMMAND, "std::bad_alloc")]
    assert proof_in(statements, 1) == (CauseClass.OUT_OF_MEMORY, statements[1])


def test_words_count_only_in_the_sources_of_their_rule() -> None:
    assert proof_in([stated(EvidenceSource.COMMAND, "Script compilation error")], None) is None


@pytest.mark.parametrize(
    "line",
    [
        "Picked up JAVA_TOOL_OPTIONS: -XX:+ExitOnOutOfMemoryError",
        "java -XX:+HeapDumpOnOutOfMemoryError -XX:OnOutOfMemoryError=kill -jar picard.jar",
        "no memory limit is set; tools may run out of memory on small machines",
        "WARNING: errors may follow when tools run out of memory",
        "[2026-11-25 12:00:00] INFO: errors follow when tools run out of memory",
        "could not check for updates: 403 Forbidden",
    ],
)
def test_words_that_programs_also_print_without_a_failure_prove_nothing(line: str) -> None:
    assert proof_in([stated(EvidenceSource.COMMAND, line)], 1) is None


@pytest.mark.parametrize(
    ("source", "line", "cause"),
    [
        (EvidenceSource.COMMAND, "java.lang.OutOfMemoryError: GC overhead limit exceeded", CauseClass.OUT_OF_MEMORY),
        (EvidenceSource.COMMAND, "torch.cuda.OutOfMemoryError: CUDA out of memory.", CauseClass.OUT_OF_MEMORY),
        (EvidenceSource.COMMAND, "EXITING because of fatal ERROR: out of memory", CauseClass.OUT_OF_MEMORY),
        (EvidenceSource.COMMAND, "Out of memory: Killed process 71 (STAR)", CauseClass.OUT_OF_MEMORY),
        (EvidenceSource.COMMAND, "ERROR: out of memory; for more info see the docs", CauseClass.OUT_OF_MEMORY),
        (EvidenceSource.LAST_LINE, "Error: out of memory (note: raise --mem)", CauseClass.OUT_OF_MEMORY),
        (EvidenceSource.LAST_LINE, "bwa: out of memory", CauseClass.OUT_OF_MEMORY),
        (EvidenceSource.NEXTFLOW, "The task ran out of memory", CauseClass.OUT_OF_MEMORY),
        (EvidenceSource.COMMAND, "ERROR 403: 403 Forbidden", CauseClass.PERMISSION),
        (EvidenceSource.LAST_LINE, "wget: server returned error: HTTP/1.1 403 Forbidden", CauseClass.PERMISSION),
    ],
)
def test_the_same_words_count_in_an_error_message_or_in_the_last_line(
    source: EvidenceSource, line: str, cause: CauseClass
) -> None:
    statement = stated(source, line)
    assert proof_in([statement], 1) == (cause, statement)


@pytest.mark.parametrize("exit_code", [None, 0, 1])
def test_a_rule_with_exit_codes_needs_one_of_them(exit_code: int | None) -> None:
    assert proof_in([stated(EvidenceSource.COMMAND, "7 Killed  STAR")], exit_code) is None


def test_no_statements_prove_nothing() -> None:
    assert proof_in([], 1) is None
