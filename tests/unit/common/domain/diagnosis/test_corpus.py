"""Diagnoses of the failed runs in the corpus compared with labels that a person gave. Needs SLUICE_CORPUS."""

import pytest

from common.domain.diagnosis.causes import CauseClass
from common.domain.diagnosis.diagnosis import diagnose
from common.domain.diagnosis.failure import FailureDiagnosis
from tests.unit.common.domain.diagnosis.labels import LABELS
from tests.unit.common.domain.nextflow.corpus import CorpusFile, logs, name_of, needs_corpus
from tests.unit.common.domain.nextflow.texts import summary_in

pytestmark = needs_corpus

FAILED = [file for file in logs() if file.outcome.startswith(("failed", "error", "config"))]
SIGNALLED = [file for file in logs() if file.outcome.startswith("signal")]


def diagnosis(file: CorpusFile) -> FailureDiagnosis:
    return diagnose(summary_in(file.data))


def test_every_failed_run_is_labelled() -> None:
    assert {file.path.name for file in FAILED} == set(LABELS)


@pytest.mark.parametrize("file", FAILED, ids=name_of)
def test_every_failure_is_diagnosed_correctly(file: CorpusFile) -> None:
    found = diagnosis(file)
    assert (found.error_task, found.cause) == LABELS[file.path.name]


@pytest.mark.parametrize("file", FAILED, ids=name_of)
def test_every_cause_has_evidence_in_the_file(file: CorpusFile) -> None:
    found = diagnosis(file)
    assert found.evidence or found.cause == CauseClass.UNKNOWN
    text = file.data.decode()
    assert [line for line in found.evidence if line.line not in text] == []


@pytest.mark.parametrize("file", SIGNALLED, ids=name_of)
def test_a_signal_is_recognised(file: CorpusFile) -> None:
    found = diagnosis(file)
    assert (found.error_task, found.cause) == (None, CauseClass.KILLED_BY_SIGNAL)
