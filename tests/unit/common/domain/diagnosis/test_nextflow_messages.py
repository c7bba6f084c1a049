"""A cause for each message template of Nextflow's own source, as the abort of the main thread."""

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from common.domain.diagnosis.causes import CauseClass
from common.domain.diagnosis.diagnosis import diagnose
from common.domain.diagnosis.failure import FailureDiagnosis
from tests.unit.common.domain.nextflow.texts import line, summary_in

# The package of each class that is not Nextflow's own; it decides nothing, but a log always has it.
PACKAGES: Final = {
    "java.lang": "IllegalArgumentException IllegalStateException UnsupportedOperationException RuntimeException"
    " NullPointerException InterruptedException IndexOutOfBoundsException ClassCastException",
    "java.io": "IOException",
    "java.nio.file": "NoSuchFileException FileAlreadyExistsException",
    "groovy.lang": "MissingMethodException MissingPropertyException GroovyRuntimeException",
    "org.eclipse.jgit.api.errors": "RefNotFoundException",
    "org.pf4j": "PluginRuntimeException InvalidPluginDescriptorException",
    "jakarta.mail": "MessagingException",
}
PACKAGE_OF: Final = {name: package for package, names in PACKAGES.items() for name in names.split()}


@dataclass(frozen=True, slots=True)
class Template:
    exception: str
    message: str
    causes: frozenset[str]  # those that a person holds right; empty if nobody has labelled it


def templates() -> list[Template]:
    """All rows of the table beside this file."""
    with Path(__file__).with_name("nextflow_messages.tsv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Template(row["exception"], row["message"], frozenset(filter(None, row["cause"].split("|")))) for row in rows
    ]


TEMPLATES: Final = templates()
LABELLED: Final = [template for template in TEMPLATES if template.causes]


def log_of(template: Template) -> str:
    """The end of a log: the session's abort, and the launcher's record with the exception and its stack."""
    name = f"{PACKAGE_OF.get(template.exception, 'nextflow.exception')}.{template.exception}"
    stack = f"{name}: {template.message}\n\tat nextflow.cli.Launcher.run(Launcher.groovy:513)"
    is_refused = template.exception == "AbortOperationException"
    heading, level = ("Operation aborted", "DEBUG") if is_refused else ("@unknown", "ERROR")
    aborted = line(f"Session aborted -- Cause: {template.message}")
    return aborted + line(f"{heading}\n{stack}", level=level, logger="nextflow.cli.Launcher")


def diagnosis(template: Template) -> FailureDiagnosis:
    return diagnose(summary_in(log_of(template)))


def test_the_labels_are_spread_over_all_classes() -> None:
    classes = {template.exception for template in TEMPLATES} - {"Error", "TypeError"}  # of web pages
    assert {template.exception for template in LABELLED} == classes
    assert (len(TEMPLATES), len(LABELLED)) == (807, 91)


@pytest.mark.parametrize("template", LABELLED, ids=lambda template: f"{template.exception}: {template.message[:60]}")
def test_a_labelled_message_has_its_cause(template: Template) -> None:
    assert diagnosis(template).cause in template.causes


def test_most_messages_have_a_cause_and_evidence_from_their_log() -> None:
    found = Counter[CauseClass]()
    for template in TEMPLATES:
        made = diagnosis(template)
        found[made.cause] += 1
        assert made.cause == CauseClass.UNKNOWN or made.evidence
        assert all(evidence.line in log_of(template) for evidence in made.evidence)
    assert len(TEMPLATES) - found[CauseClass.UNKNOWN] >= 780, found
