from common.domain.diagnosis.rules.rule import EvidenceSource
from common.domain.diagnosis.symptoms import symptom_in_trace, symptoms_at_the_end, symptoms_in_log
from tests.support.runs import make_task
from tests.unit.common.domain.nextflow.texts import line, summary_in

REPORT = line(
    "Error executing process > 'P'\n\nCaused by:\n  It failed\n\nSource block:\n  cat\n\nCommand exit status:\n  3\n\n"
    "Command output:\n  out\n\nCommand error:\n  err\n",
    level="ERROR",
)
ABORT = line("Session aborted -- Cause: It failed")
SIGNAL = line("Session aborted -- Cause: SIGHUP")


def test_every_part_of_a_report_is_its_own_source() -> None:
    (symptom,) = symptoms_in_log(summary_in(REPORT))
    assert [(found.source, found.line) for found in symptom.statements] == [
        (EvidenceSource.NEXTFLOW, "It failed"),
        (EvidenceSource.SOURCE, "cat"),
        (EvidenceSource.COMMAND, "err"),
        (EvidenceSource.COMMAND, "out"),
        (EvidenceSource.LAST_LINE, "err"),
        (EvidenceSource.LAST_LINE, "out"),
        (EvidenceSource.EXIT, "3"),
    ]
    assert [found.line for found in symptom.context] == ["Error executing process > 'P'", "It failed", "err"]


def test_records_after_a_report_are_not_symptoms() -> None:
    assert [symptom.is_report for symptom in symptoms_in_log(summary_in(ABORT + REPORT + ABORT))] == [False, True]


def test_records_after_a_signal_are_not_symptoms() -> None:
    assert list(symptoms_in_log(summary_in(SIGNAL + REPORT))) == []
    assert [symptom.message for symptom in symptoms_at_the_end(summary_in(SIGNAL))] == [
        "Session aborted -- Cause: SIGHUP"
    ]


def test_another_task_in_the_trace_is_not_a_symptom() -> None:
    assert list(symptom_in_trace(make_task(exit_code=1), summary_in(REPORT))) == []
