"""Why a run failed: its first failure, the cause of that as far as the files prove it, and the evidence.

Symptoms are judged in this order: those in the log up to a signal, the failed task in the trace, Cloud Batch's events,
the signal or the error that the pipeline wrote last, the head job's exit status. The first symptom that proves a cause
decides. If the log has Nextflow's report on a task, only the trace can add to it; everything else is an effect.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from common.domain.diagnosis.advice import advice_for
from common.domain.diagnosis.causes import CauseClass
from common.domain.diagnosis.failure import Evidence, FailureDiagnosis
from common.domain.diagnosis.rules.rule import EvidenceSource, Statement
from common.domain.diagnosis.symptoms import (
    Symptom,
    symptom_in_head_job,
    symptom_in_trace,
    symptoms_at_the_end,
    symptoms_in_batch,
    symptoms_in_log,
)
from common.domain.nextflow.log.proof import LINE_LIMIT, is_signal, stops_the_run
from common.domain.nextflow.log.summary import LogSummary
from common.domain.tasks.task import Task

MESSAGE_LIMIT = 4000  # characters
EVIDENCE_LIMIT = 20  # lines


def diagnose(
    summary: LogSummary,
    *,
    failed_task: Task | None = None,
    batch_events: Sequence[str] = (),
    head_exit_code: int | None = None,
) -> FailureDiagnosis:
    """Why a run failed; `summary` is what its log says.

    `failed_task` is the first task that failed for good, from the trace. `batch_events` are Cloud Batch's messages on
    the head job, oldest first. `head_exit_code` is the exit status that the head job wrote, None if it wrote none.
    """
    from common.domain.diagnosis.rules.table import proof_in  # noqa: PLC0415 a hundred patterns; most runs do not fail

    symptoms = [*symptoms_in_log(summary), *symptom_in_trace(failed_task, summary)]
    if not any(symptom.is_report for symptom in symptoms):
        symptoms += symptoms_in_batch(batch_events)
        symptoms += symptoms_at_the_end(summary)
        symptoms += symptom_in_head_job(head_exit_code, batch_events)
    for symptom in symptoms:
        if proof := proof_in(symptom.statements, symptom.exit_code):
            return _advised(_diagnosis(symptom, *proof), failed_task)
    unexplained = symptoms[0] if symptoms else Symptom()
    return _diagnosis(replace(unexplained, message=summary.error_message or unexplained.message))


def failure_so_far(summary: LogSummary) -> FailureDiagnosis | None:
    """The failure of a run that Nextflow still works on; None unless its log shows that the run will fail.

    Nextflow writes a report only on a task that it neither retries nor ignores. Everything after a signal is an effect.
    """
    before_a_signal = takewhile(lambda proof: not is_signal(proof), summary.proofs)
    return diagnose(summary) if any(map(stops_the_run, before_a_signal)) else None


def _advised(found: FailureDiagnosis, failed_task: Task | None) -> FailureDiagnosis:
    """`found` with what usually helps; only the request of the task that failed counts."""
    memory, attempt = None, None
    if failed_task and failed_task.name == found.error_task:
        memory, attempt = failed_task.memory, failed_task.attempt
    lines = [evidence.line for evidence in found.evidence]
    advice = advice_for(found.cause, task=found.error_task, memory=memory, lines=lines, attempt=attempt)
    return replace(found, advice=advice)


def _diagnosis(
    symptom: Symptom, cause: CauseClass = CauseClass.UNKNOWN, proof: Statement | None = None
) -> FailureDiagnosis:
    statements = [*symptom.context[: EVIDENCE_LIMIT - 1], *([proof] if proof else [])]
    evidence = (Evidence(found.line[:LINE_LIMIT], found.offset, found.file) for found in statements)
    message = symptom.message
    if message and proof and proof.source == EvidenceSource.EXCEPTION and " " not in message:
        message = proof.line  # a bare path or key; the class of the exception says what is wrong with it
    return FailureDiagnosis(
        cause=cause,
        error_task=symptom.task,
        exit_code=symptom.exit_code,
        message=message[:MESSAGE_LIMIT] if message else None,
        evidence=tuple(dict.fromkeys(evidence)),
    )
