import pytest

from common.domain.diagnosis.causes import CauseClass
from common.domain.diagnosis.rules.rule import EvidenceSource, Statement
from common.domain.diagnosis.rules.table import RULES, proof_in
from tests.support.doubling import assert_linear


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
        "WARNING: cannot cache the index: No space left on device",
        "[W::hts_open] Warn: No space left on device",
        "-- ** !! WARNING: No space left on device",
        "use another folder when tools say No space left on device",
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
        (
            EvidenceSource.COMMAND,
            'samtools sort: failed to write to "a.bam": No space left on device',
            CauseClass.DISK_FULL,
        ),
        (EvidenceSource.COMMAND, "OSError: [Errno 28] No space left on device: 'a.h5ad'", CauseClass.DISK_FULL),
        (EvidenceSource.COMMAND, "java.io.IOException: No space left on device", CauseClass.DISK_FULL),
        (EvidenceSource.COMMAND, "Error: No space left on device (os error 28)", CauseClass.DISK_FULL),
        (EvidenceSource.COMMAND, "npm ERR! ENOSPC: no space left on device, write", CauseClass.DISK_FULL),
        (EvidenceSource.COMMAND, "cp: error writing 'a.bam': Disk quota exceeded", CauseClass.DISK_FULL),
        (EvidenceSource.COMMAND, "tee: .command.log: No space left on device", CauseClass.DISK_FULL),
        (
            EvidenceSource.COMMAND,
            "docker: failed to pull image: write /layer: no space left on device.",
            CauseClass.DISK_FULL,
        ),
        (EvidenceSource.LAST_LINE, "sort failed with No space left on device", CauseClass.DISK_FULL),
        (EvidenceSource.NEXTFLOW, "java.io.IOException: Disk quota exceeded", CauseClass.DISK_FULL),
        (
            EvidenceSource.INTERNAL,
            "java.nio.file.FileSystemException: t: No space left on device",
            CauseClass.DISK_FULL,
        ),
        (EvidenceSource.SCRIPT, "BackgroundProcessingException: No space left on device", CauseClass.DISK_FULL),
        (EvidenceSource.BATCH, "Task failed: write /mnt/x: no space left on device", CauseClass.DISK_FULL),
        (EvidenceSource.BATCH, "Persistent disk quota exceeded: SSD_TOTAL_GB", CauseClass.QUOTA),
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


@pytest.mark.parametrize("text", [": ", ":", " ", "a ", "error ", "' "])
def test_a_long_line_is_matched_quickly(text: str) -> None:
    def proof(line: str) -> object:
        return proof_in([stated(source, line) for source in (EvidenceSource.COMMAND, EvidenceSource.LAST_LINE)], None)

    assert proof(text * (8000 // len(text))) is None
    assert_linear(proof, text, longest=8 * 1024)
