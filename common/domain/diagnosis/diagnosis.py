"""Why a run failed: the first thing that went wrong, its cause as far as the files prove it, and the proof. Pure.

Accounts are heard in turn: the log in file order up to a signal (what follows one is its effect), the failed task in
the trace, Cloud Batch, the signal or the pipeline's last words, the head job's exit status. The first that proves a
cause decides. After Nextflow's report on a task only the trace is asked, about the same task: the rest is its effect.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from common.domain.batch.job import exit_code_in
from common.domain.diagnosis.accounts import Account, account_of_end, account_of_trace, accounts_of_log
from common.domain.diagnosis.rules import SIGNALS, CauseClass, EvidenceSource, Statement, proof_in
from common.domain.nextflow.log.proof import LINE_LIMIT
from common.domain.nextflow.log.summary import LogSummary
from common.domain.runs.files import EXIT_CODE
from common.domain.tasks.task import Task
from common.domain.text.storable import storable_text

__all__ = ["CauseClass", "Evidence", "FailureDiagnosis", "diagnose"]

MESSAGE_LIMIT = 4000  # characters
EVIDENCE_LIMIT = 20  # lines
_BATCH = "batch"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A line word for word; `offset` is the byte at which its record starts, None outside of the log.

    `source` is nextflow.log, trace.txt, exit_code or batch. Terminal colours are left out, as in log entries.
    """

    line: str
    offset: int | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureDiagnosis:
    """Why a run failed; `error_task` is None when it was no task, `exit_code` is the task's, None when unknown."""

    cause: CauseClass
    error_task: str | None
    exit_code: int | None
    message: str | None
    evidence: tuple[Evidence, ...]

    def as_json(self) -> dict[str, Any]:
        """This diagnosis as JSON values, never longer than about 25,000 characters."""
        return asdict(self) | {"cause": self.cause.value, "evidence": [asdict(line) for line in self.evidence]}


def diagnose(
    summary: LogSummary,
    *,
    failed_task: Task | None = None,
    batch_events: Sequence[str] = (),
    head_exit_code: int | None = None,
) -> FailureDiagnosis:
    """Why the run failed whose log says `summary`.

    `failed_task` is the first task that failed for good, as the trace has it; `batch_events` is what Cloud Batch says
    about the head job, oldest first, and `head_exit_code` the exit status that it left; None when it left none.
    """
    accounts = [*accounts_of_log(summary), *account_of_trace(failed_task, summary)]
    if not any(account.is_report for account in accounts):
        accounts += [*_of_batch(batch_events), *account_of_end(summary), *_of_head(head_exit_code, batch_events)]
    for account in accounts:
        if proof := proof_in(account.statements, account.exit_code):
            return _diagnosis(account, *proof)
    unexplained = accounts[0] if accounts else Account()
    return _diagnosis(replace(unexplained, message=summary.error_message or unexplained.message))


def _diagnosis(
    account: Account, cause: CauseClass = CauseClass.UNKNOWN, proof: Statement | None = None
) -> FailureDiagnosis:
    lines = [*account.shown[: EVIDENCE_LIMIT - 1], *([proof] if proof else [])]
    message = account.message
    evidence = dict.fromkeys(Evidence(said.line[:LINE_LIMIT], said.offset, said.source) for said in lines)
    return FailureDiagnosis(
        cause=cause,
        error_task=account.task,
        exit_code=account.exit_code,
        message=message[:MESSAGE_LIMIT] if message else None,
        evidence=tuple(evidence),
    )


def _of_batch(events: Sequence[str]) -> Iterator[Account]:
    for event in reversed(events):
        text = storable_text(event)
        said = Statement(EvidenceSource.BATCH, text, _BATCH)
        yield Account(statements=(said,), shown=(said,), message=text)


def _of_head(exit_code: int | None, batch_events: Sequence[str]) -> Iterator[Account]:
    """Nextflow itself ends with 0 or 1, so a higher status is that of the signal that killed it.

    A head that was killed before it could leave a status has one in Batch's events.
    """
    said = Statement(EvidenceSource.EXIT, str(exit_code), EXIT_CODE)
    if exit_code is None and (told := exit_code_in(batch_events)):
        exit_code, said = told[0], Statement(EvidenceSource.EXIT, storable_text(told[1]), _BATCH)
    if exit_code is not None and exit_code in SIGNALS:
        yield Account(statements=(said,), shown=(said,), exit_code=exit_code)
