"""Parses the texts that Nextflow writes about failures."""

import re

from common.domain.nextflow.log.exceptions import without_stack_trace
from common.domain.nextflow.log.facts import FailureReport
from common.domain.nextflow.log.records import LogRecord
from common.domain.tasks.name import hash_of_work_dir

_HEADINGS = (  # in the order in which Nextflow writes them; some may be missing
    "Caused by:",
    "Source block:",
    "Command executed:",
    "Command exit status:",
    "Command output:",
    "Command error:",
    "Command wrapper:",
    "Work dir:",
    "Container:",
    "Tip:",
)
_FAILED_TASK = re.compile(r"Error executing process > '([^\n]*)'")
_EXIT_STATUS = re.compile(r"-?[0-9]{1,9}")


def failure_report(record: LogRecord) -> FailureReport | None:
    """The report `Error executing process > 'NAME'` in `record`; None for any other record."""
    found = _FAILED_TASK.match(record.message)
    if found is None:
        return None
    parts = _parts(without_stack_trace(record.message[found.end() :]))
    exit_status = parts.get("Command exit status:", "")
    work_dir = parts.get("Work dir:")
    return FailureReport(
        offset=record.start,
        at=record.timestamp,
        name=found[1],
        cause=parts.get("Caused by:"),
        source=parts.get("Source block:"),
        command=parts.get("Command executed:"),
        exit_code=int(exit_status) if _EXIT_STATUS.fullmatch(exit_status) else None,
        output=parts.get("Command output:"),
        error=parts.get("Command error:"),
        wrapper=parts.get("Command wrapper:"),
        work_dir=work_dir,
        hash=hash_of_work_dir(work_dir) if work_dir else None,
        container=parts.get("Container:"),
    )


def _parts(report: str) -> dict[str, str]:
    """The body under each heading of `report`.

    Bodies are indented by two spaces and may contain anything that a program printed. So only a line without
    indentation, in the right order, is a heading; other such lines belong to the body (a work directory may contain a
    newline).
    """
    bodies: dict[str, list[str]] = {}
    body: list[str] = []
    expected = 0
    for line in report.split("\n"):
        heading = "Tip:" if line.startswith("Tip: ") else line.rstrip()
        if heading in _HEADINGS[expected:]:
            expected = _HEADINGS.index(heading) + 1
            body = bodies[heading] = []
        else:
            body.append(line.removeprefix("  "))
    return {heading: _body_text(lines) for heading, lines in bodies.items()}


def _body_text(lines: list[str]) -> str:
    text = "\n".join(lines).strip("\n").rstrip()
    return "" if text == "(empty)" else text
