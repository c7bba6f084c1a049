"""Why a run failed, as it is stored and shown; apart from the rules, which most functions never load."""

from dataclasses import asdict, dataclass
from typing import Any

from common.domain.diagnosis.causes import CauseClass


@dataclass(frozen=True, slots=True)
class Evidence:
    """A line as it stands in its source, without terminal colours.

    `source` is nextflow.log, trace.txt, exit_code or batch; `offset` is the byte in the log at which the record of the
    line starts, None for other sources.
    """

    line: str
    offset: int | None
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureDiagnosis:
    """Why a run failed.

    `error_task` is the task that failed, None if none did; `exit_code` is the task's, None if unknown. `advice` is what
    usually helps, None if the cause is unknown.
    """

    cause: CauseClass
    error_task: str | None
    exit_code: int | None
    message: str | None
    evidence: tuple[Evidence, ...]
    advice: str | None = None

    def as_json(self) -> dict[str, Any]:
        """This diagnosis as JSON values, never longer than about 25,000 characters."""
        return asdict(self) | {"cause": self.cause.value, "evidence": [asdict(line) for line in self.evidence]}

    def as_columns(self) -> dict[str, Any]:
        """This diagnosis as values of the columns of a run that hold it."""
        return {"error_message": self.message, "error_task": self.error_task, "diagnosis": self.as_json()}
