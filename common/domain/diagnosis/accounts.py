"""What each source says about the failure of a run, taken apart into statements that rules can judge. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from common.domain.diagnosis.rules import EvidenceSource, Statement
from common.domain.nextflow.log.facts import (
    FailureReport,
    InternalError,
    LauncherError,
    LogFact,
    ScriptError,
    SessionAborted,
    TaskNotFinalized,
)
from common.domain.nextflow.log.summary import LogSummary
from common.domain.runs.files import NEXTFLOW_LOG, TRACE
from common.domain.tasks.task import Task

_LARGEST_EXIT_CODE = 2**31 - 1  # of our tables; a trace may hold any number
_SHOWN_OF_CAUSE = 6  # lines
_SHOWN_OF_COMMAND = 8  # the last lines that a failed command printed
_CUT_OFF = re.compile(r"\[… \d+ more bytes in the log file\]")  # the reader's word, and none of the file
_ERROR_STATUS = re.compile(r"Process `(.*)` terminated with an error exit status \((-?\d{1,9})\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What one source says: `shown` are the lines to show beside the one that proves something.

    `task` and `exit_code` are those that it speaks of. `is_report` says that it is Nextflow's report on a task.
    """

    statements: tuple[Statement, ...] = ()
    shown: tuple[Statement, ...] = ()
    task: str | None = None
    exit_code: int | None = None
    message: str | None = None
    is_report: bool = False


def accounts_of_log(summary: LogSummary) -> Iterator[Account]:
    """What the log says, in file order, up to a signal or a report: what follows those is their effect."""
    for proof in summary.proofs:
        if isinstance(proof, SessionAborted) and proof.signal:
            return
        yield from _account_of(proof, summary)
        if isinstance(proof, FailureReport):
            return


def account_of_trace(task: Task | None, summary: LogSummary) -> Iterator[Account]:
    """What the trace says about the failed task, unless the log holds another one responsible."""
    if task is None or task.exit_code is None or summary.error_task not in (None, task.name):
        return
    if abs(task.exit_code) > _LARGEST_EXIT_CODE:
        return
    row = f"{task.name}\t{task.status.value}\t{task.exit_code}"  # as our own trace has these columns
    said = Statement(EvidenceSource.EXIT, row, TRACE)
    message = summary.error_message or task.message or f"Task {task.name} ended with exit status {task.exit_code}"
    yield Account(statements=(said,), shown=(said,), task=task.name, exit_code=task.exit_code, message=message)


def account_of_end(summary: LogSummary) -> Iterator[Account]:
    """The signal that ended the session, or the pipeline's last words."""
    for proof in summary.proofs:
        if isinstance(proof, SessionAborted) and proof.signal:
            said = _said(proof, EvidenceSource.SIGNAL, f"Session aborted -- Cause: {proof.cause}")
            yield Account(statements=said, shown=said, message=said[0].line)
    if summary.last_words:
        said = _said(summary.last_words, EvidenceSource.SCRIPT, summary.last_words.text)
        yield Account(statements=said, shown=said, message=summary.last_words.text)


def _account_of(proof: LogFact, summary: LogSummary) -> Iterator[Account]:
    match proof:
        case FailureReport():
            yield _of_report(proof)
        case InternalError(reason=reason):
            said = _said(proof, EvidenceSource.INTERNAL, f"Execution aborted due to an unexpected error\n{reason}")
            yield Account(
                statements=said, shown=said, task=summary.error_task, exit_code=summary.exit_code, message=reason
            )
        case TaskNotFinalized(name=name, reason=reason):
            shown = _said(
                proof, EvidenceSource.NEXTFLOW, f"Unexpected error while finalizing task '{name}' - cause: {reason}"
            )
            yield Account(
                statements=_said(proof, EvidenceSource.NEXTFLOW, reason), shown=shown, task=name, message=reason
            )
        case SessionAborted(cause=cause):
            yield _of_abort(proof, cause)
        case LauncherError(text=text):
            said = _said(proof, EvidenceSource.NEXTFLOW, text)
            yield Account(statements=said, shown=said, message=text)
        case ScriptError(text=text):
            said = _said(proof, EvidenceSource.SCRIPT, text)
            yield Account(statements=said, shown=said, message=text)


def _of_abort(proof: SessionAborted, cause: str) -> Account:
    found = _ERROR_STATUS.match(cause)
    if found is None:
        said = _said(proof, EvidenceSource.NEXTFLOW, cause)
        return Account(statements=said, shown=said, message=cause)
    said = _said(proof, EvidenceSource.EXIT, cause)
    return Account(statements=said, shown=said, task=found[1], exit_code=int(found[2]), message=cause)


def _of_report(report: FailureReport) -> Account:
    heading = _said(report, EvidenceSource.NEXTFLOW, f"Error executing process > '{report.name}'")
    causes = [
        Statement(
            EvidenceSource.EXIT if _ERROR_STATUS.match(said.line) else said.place, said.line, said.source, said.offset
        )
        for said in _said(report, EvidenceSource.NEXTFLOW, report.cause)
    ]
    exit_status = () if report.exit_code is None else _said(report, EvidenceSource.EXIT, str(report.exit_code))
    printed = [
        _said(report, EvidenceSource.COMMAND, text) for text in (report.error, report.wrapper, report.output) if text
    ]
    last_printed = printed[0][-_SHOWN_OF_COMMAND:] if printed else ()
    last_lines = [replace(text[-1], place=EvidenceSource.LAST_LINE) for text in printed if text]
    source = _said(report, EvidenceSource.SOURCE, report.source)
    return Account(
        statements=(*causes, *source, *(said for text in printed for said in text), *last_lines, *exit_status),
        shown=(*heading, *causes[:_SHOWN_OF_CAUSE], *last_printed),
        task=report.name,
        exit_code=report.exit_code,
        message=report.cause,
        is_report=True,
    )


def _said(proof: LogFact, place: EvidenceSource, text: str | None) -> tuple[Statement, ...]:
    """The lines of `text` that say something."""
    lines = (line.strip() for line in (text or "").split("\n"))
    return tuple(
        Statement(place, line, NEXTFLOW_LOG, proof.offset) for line in lines if line and not _CUT_OFF.fullmatch(line)
    )
