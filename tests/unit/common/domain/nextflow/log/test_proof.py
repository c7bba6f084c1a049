"""The number and length of the proofs that are kept."""

from common.domain.nextflow.log.facts import FailureReport, LogFact, PipelineComplaint, SessionAborted
from common.domain.nextflow.log.proof import LINE_LIMIT, proof_as_json, proof_from_json, with_proof
from tests.unit.common.domain.nextflow.texts import NEAR, facts_in, line

REPORT = (
    "Error executing process > 'P'\n\nCaused by:\n  It failed\n\nCommand exit status:\n  3\n\nCommand error:\n  {}\n"
)
SUBMITTED = line("[ab/cdef01] Submitted process > P")


def kept(*records: str) -> list[LogFact]:
    proofs: list[LogFact] = []
    for fact in facts_in("".join(records)):
        proofs = with_proof(proofs, fact)
    return proofs


def report(error: str = "no") -> str:
    return line(REPORT.format(error), level="ERROR")


def complaint(text: str) -> str:
    return line(text, level="ERROR", logger="nextflow.Nextflow")


def test_facts_about_anything_but_failures_are_not_kept() -> None:
    assert kept(SUBMITTED, line("> Execution complete -- Goodbye")) == []


def test_the_first_report_is_kept() -> None:
    (proof,) = kept(report("one"), report("two"))
    assert isinstance(proof, FailureReport)
    assert proof.error == "one"


def test_the_last_complaint_before_the_stop_and_the_last_one_after_it_are_kept_in_file_order() -> None:
    proofs = kept(*map(complaint, ("one", "two")), report(), *map(complaint, ("three", "four")))
    assert [type(proof) for proof in proofs] == [PipelineComplaint, FailureReport, PipelineComplaint]
    assert [proof.text for proof in proofs if isinstance(proof, PipelineComplaint)] == ["two", "four"]


def test_a_signal_and_the_cause_of_an_abort_are_both_kept() -> None:
    proofs = kept(*(line(f"Session aborted -- Cause: {cause}") for cause in ("Bad", "SIGTERM", "Worse", "SIGINT")))
    assert [proof.cause for proof in proofs if isinstance(proof, SessionAborted)] == ["Bad", "SIGTERM"]


def test_beginning_and_end_of_a_long_text_are_kept() -> None:
    (proof,) = kept(report("\n  ".join(f"line {number} " + "x" * 1100 for number in range(200))))
    assert isinstance(proof, FailureReport)
    assert proof.error is not None
    lines = proof.error.split("\n")
    assert (len(lines), max(map(len, lines))) == (60, LINE_LIMIT)
    assert [lines[0][:7], lines[-1][:9]] == ["line 0 ", "line 199 "]


def test_a_proof_survives_a_json_round_trip() -> None:
    (proof,) = kept(report())
    assert proof_from_json(proof_as_json(proof)) == proof
    assert proof.at is not None
    assert proof.at.year == NEAR.year


def test_fields_missing_in_older_json_are_none() -> None:
    (proof,) = kept(report())
    value = proof_as_json(proof)
    del value["container"], value["wrapper"]
    assert proof_from_json(value) == proof
