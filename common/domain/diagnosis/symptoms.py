"""The signs of a failure in log, trace and Cloud Batch, as statements that the rules can judge."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import takewhile

from common.domain.batch.job import SIGNALS, exit_code_in
from common.domain.diagnosis.rules.rule import EvidenceSource, Statement
from common.domain.nextflow.log.facts import (
    ErrorNoted,
    FailureFact,
    FailureReport,
    InternalError,
    LauncherError,
    LogFact,
    PipelineComplaint,
    ScriptError,
    SessionAborted,
    TaskErrored,
    TaskNotFinalized,
)
from common.domain.nextflow.log.proof import is_signal, stops_the_run
from common.domain.nextflow.log.summary import LogSummary
from common.domain.runs.files import EXIT_CODE, NEXTFLOW_LOG, TRACE
from common.domain.tasks.task import Task
from common.domain.text.storable import storable_text

_REASONS = (ErrorNoted, PipelineComplaint, TaskErrored)  # facts that come before a failure, and end no run
_BATCH = "batch"
_LARGEST_EXIT_CODE = 2**31 - 1  # of the database column; a trace may hold any number
_CAUSE_LINES = 6  # shown as context: the first lines of the cause in a report
_OUTPUT_LINES = 8  # shown as context: the last lines that a failed command printed
_COMPLAINT_CLASS = "WorkflowScriptErrorException"  # raised by the function `error` of scripts
_COMPILER_FAULT = " @ line "
_CUT_OFF = re.compile(r"\[… \d+ more bytes in the log file\]")  # added by the log reader, not part of the file
_ERROR_STATUS = re.compile(r"Process `(.*)` terminated with an error exit status \((-?\d{1,9})\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """One sign of the failure: `statements` may prove its cause, `context` is shown together with the proof.

    `task`, `exit_code` and `message` describe what failed. `is_report`: this is Nextflow's report on a task.
    """

    statements: tuple[Statement, ...] = ()
    context: tuple[Statement, ...] = ()
    task: str | None = None
    exit_code: int | None = None
    message: str | None = None
    is_report: bool = False


def symptoms_in_log(summary: LogSummary) -> Iterator[Symptom]:
    """The symptoms in the log, in file order, up to a signal or a report; what follows those is their effect.

    A failure is often written several times, by the thread that met it, the session and the launcher: one symptom.
    """
    before: list[LogFact] = []  # what may be the reason of the next symptom
    latest: Symptom | None = None
    for proof in takewhile(lambda proof: not is_signal(proof), summary.proofs):
        if isinstance(proof, _REASONS):
            before.append(proof)
            continue
        for symptom in map(partial(_with_reasons, proof=proof, before=before), _symptom_of(proof, summary)):
            same = latest is not None and _is_same_failure(latest, symptom)
            if latest and not same:
                yield latest
            latest, before = _joined(latest, symptom) if latest and same else symptom, []
        if isinstance(proof, FailureReport):
            break
    if latest:
        yield latest


def symptom_in_trace(task: Task | None, summary: LogSummary) -> Iterator[Symptom]:
    """The exit code of the failed task in the trace, unless the log blames another task."""
    if task is None or task.exit_code is None or summary.error_task not in (None, task.name):
        return
    if abs(task.exit_code) > _LARGEST_EXIT_CODE:
        return
    row = f"{task.name}\t{task.status.value}\t{task.exit_code}"  # the order of the columns in the trace
    statements = (Statement(EvidenceSource.EXIT, row, TRACE),)
    message = summary.error_message or task.message or f"Task {task.name} ended with exit status {task.exit_code}"
    yield Symptom(statements=statements, context=statements, task=task.name, exit_code=task.exit_code, message=message)


def symptoms_in_batch(events: Sequence[str]) -> Iterator[Symptom]:
    """One symptom for each of Cloud Batch's messages about the head job, the newest first."""
    for event in reversed(events):
        text = storable_text(event)
        statements = (Statement(EvidenceSource.BATCH, text, _BATCH),)
        yield Symptom(statements=statements, context=statements, message=text)


def symptoms_at_the_end(summary: LogSummary) -> Iterator[Symptom]:
    """The signal that ended the session, and the error that the pipeline wrote last."""
    for proof in summary.proofs:
        if isinstance(proof, SessionAborted) and proof.signal:
            statements = _statements(proof, EvidenceSource.SIGNAL, f"Session aborted -- Cause: {proof.cause}")
            yield Symptom(statements=statements, context=statements, message=statements[0].line)
    if (final := summary.final_complaint) and not any(map(stops_the_run, summary.proofs)):  # else it is a banner
        statements = _statements(final, EvidenceSource.PIPELINE, final.text)
        yield Symptom(statements=statements, context=statements, message=final.text)


def symptom_in_head_job(exit_code: int | None, batch_events: Sequence[str]) -> Iterator[Symptom]:
    """The exit status of the head job if it is that of a signal; Nextflow itself ends with 0 or 1.

    If the head job was killed before it wrote its exit status, the one in Batch's events counts.
    """
    statement = Statement(EvidenceSource.HEAD, str(exit_code), EXIT_CODE)
    if exit_code is None and (found := exit_code_in(batch_events)):
        exit_code, statement = found[0], Statement(EvidenceSource.HEAD, storable_text(found[1]), _BATCH)
    if exit_code is not None and exit_code in SIGNALS:
        yield Symptom(statements=(statement,), context=(statement,), exit_code=exit_code)


def _with_reasons(symptom: Symptom, *, proof: LogFact, before: Sequence[LogFact]) -> Symptom:
    """`symptom` with what the facts before it prove, and without words of its own with the pipeline's message."""
    statements, context, message = list(symptom.statements), list(symptom.context), symptom.message
    thread = proof.thread if isinstance(proof, FailureFact) else None
    for reason in before:
        match reason:
            case TaskErrored() if isinstance(proof, InternalError) and _ERROR_STATUS.match(reason.reason):
                continue  # Nextflow knows how to handle that; it broke down while it did
            case TaskErrored() if thread is not None and reason.thread == thread:
                text = f"error [{reason.error_class}]: {reason.reason}"
                statements += _statements(reason, EvidenceSource.EXCEPTION, f"{text}\n{reason.exception or ''}")
            case ErrorNoted() if symptom.exit_code is None:
                statements += _statements(reason, EvidenceSource.NOTED, f"{reason.text}\n{reason.exception or ''}")
            case PipelineComplaint() if not message:
                complaint = _statements(reason, EvidenceSource.PIPELINE, reason.text)
                statements, context, message = [*statements, *complaint], [*complaint, *context], reason.text
    return replace(symptom, statements=tuple(statements), context=tuple(context), message=message)


def _is_same_failure(first: Symptom, second: Symptom) -> bool:
    """Whether both are about one failure: the second repeats the first line of the first, or says nothing itself."""
    if first.is_report or second.is_report or first.exit_code is not None:
        return False
    return not (first.message and second.message) or _first_line(first.message) == _first_line(second.message)


def _joined(first: Symptom, second: Symptom) -> Symptom:
    message = max(first.message or "", second.message or "", key=len)
    return replace(
        first,
        statements=(*first.statements, *second.statements),
        context=first.context or second.context,
        task=first.task or second.task,
        message=message or None,
    )


def _first_line(text: str) -> str:
    return text.partition("\n")[0].strip()


def _exception_of(proof: FailureFact) -> tuple[Statement, ...]:
    """The exceptions in the record of `proof`; by `error`, a pipeline complains in its own words."""
    found = _statements(proof, EvidenceSource.EXCEPTION, proof.exception)
    if _COMPLAINT_CLASS not in (proof.exception or ""):
        return found
    return tuple(replace(statement, source=EvidenceSource.PIPELINE) for statement in found)


def _own_text(proof: FailureFact, text: str) -> str:
    """`text`, or nothing if it is only the name of the exception's class."""
    return "" if proof.exception and text == _first_line(proof.exception).rstrip(": ") else text


def _symptom_of(proof: LogFact, summary: LogSummary) -> Iterator[Symptom]:
    match proof:
        case FailureReport():
            yield _symptom_in_report(proof)
        case InternalError(reason=reason):
            text = f"Execution aborted due to an unexpected error\n{reason}\n{proof.exception or ''}"
            statements = _statements(proof, EvidenceSource.INTERNAL, text)
            context = statements[:_CAUSE_LINES]
            task, exit_code = summary.error_task, summary.exit_code
            yield Symptom(statements=statements, context=context, task=task, exit_code=exit_code, message=reason)
        case TaskNotFinalized(name=name, reason=reason):
            text = f"Unexpected error while finalizing task '{name}' - cause: {reason}"
            context = _statements(proof, EvidenceSource.NEXTFLOW, text)
            statements = (*_statements(proof, EvidenceSource.NEXTFLOW, reason), *_exception_of(proof))
            yield Symptom(statements=statements, context=context, task=name, message=reason)
        case SessionAborted(cause=cause):
            yield _symptom_in_abort(proof, cause)
        case LauncherError(text=text):
            yield _symptom_in_text(proof, EvidenceSource.NEXTFLOW, text)
        case ScriptError(text=text):
            yield _symptom_in_text(proof, EvidenceSource.SCRIPT, text)


def _symptom_in_text(proof: FailureFact, source: EvidenceSource, text: str) -> Symptom:
    """The symptom in the words of Nextflow; those that a pipeline gave to `error` are the pipeline's.

    The faults that a compiler found, with file and line, follow its message.
    """
    exception = _exception_of(proof)
    if _COMPLAINT_CLASS in (proof.exception or ""):
        source = EvidenceSource.PIPELINE
    own = _statements(proof, source, _own_text(proof, text))
    faults = [found for found in exception if _COMPILER_FAULT in found.line and found.line not in text]
    message = "\n".join([_own_text(proof, text), *(found.line for found in faults)]).strip()
    context = (own or exception)[:_CAUSE_LINES]
    return Symptom(statements=(*own, *exception), context=(*context, *faults), message=message or None)


def _symptom_in_abort(proof: SessionAborted, cause: str) -> Symptom:
    found = _ERROR_STATUS.match(cause)
    if found is None:
        statements = (*_statements(proof, EvidenceSource.NEXTFLOW, cause), *_exception_of(proof))
        return Symptom(statements=statements, context=statements[:_CAUSE_LINES], message=cause or None)
    statements = _statements(proof, EvidenceSource.EXIT, cause)
    return Symptom(statements=statements, context=statements, task=found[1], exit_code=int(found[2]), message=cause)


def _symptom_in_report(report: FailureReport) -> Symptom:
    heading = _statements(report, EvidenceSource.NEXTFLOW, f"Error executing process > '{report.name}'")
    causes = [
        replace(statement, source=EvidenceSource.EXIT) if _ERROR_STATUS.match(statement.line) else statement
        for statement in _statements(report, EvidenceSource.NEXTFLOW, report.cause)
    ]
    exit_status = () if report.exit_code is None else _statements(report, EvidenceSource.EXIT, str(report.exit_code))
    texts = [text for text in (report.error, report.wrapper, report.output) if text]
    printed = [_statements(report, EvidenceSource.COMMAND, text) for text in texts]
    last_printed = printed[0][-_OUTPUT_LINES:] if printed else ()
    last_lines = [replace(lines[-1], source=EvidenceSource.LAST_LINE) for lines in printed if lines]
    block = _statements(report, EvidenceSource.SOURCE, report.source)
    return Symptom(
        statements=(
            *(*causes, *block, *(line for lines in printed for line in lines), *last_lines, *exit_status),
            *_exception_of(report),
        ),
        context=(*heading, *causes[:_CAUSE_LINES], *last_printed),
        task=report.name,
        exit_code=report.exit_code,
        message=report.cause,
        is_report=True,
    )


def _statements(proof: LogFact, source: EvidenceSource, text: str | None) -> tuple[Statement, ...]:
    """One statement for each line of `text` that is not blank."""
    lines = (line.strip() for line in (text or "").split("\n"))
    return tuple(
        Statement(source, line, NEXTFLOW_LOG, proof.offset) for line in lines if line and not _CUT_OFF.fullmatch(line)
    )
