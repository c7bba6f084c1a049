"""One attempt at a task: what is known of it, and what its row of the trace says."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

from localdev.nextflow_simulator.pipeline.failures import NONE, Failure
from localdev.nextflow_simulator.pipeline.plan import TaskPlan

TraceRow = dict[str, str]
MISSING = "-"


@dataclass(slots=True, kw_only=True)
class TaskAttempt:
    """An attempt from its submission to its end; times are milliseconds since 1970, None when it has not come to it."""

    number: int  # what Nextflow calls task_id
    planned: TaskPlan
    hash: str  # 32 hex digits
    work_root: str
    memory: int  # what is asked for, bytes
    attempt: int = 1
    failure: Failure = NONE
    job_id: str = ""
    job_uid: str = ""
    running: bool = False
    submit: int | None = None
    start: int | None = None
    complete: int | None = None
    exit_code: int | None = None
    status: str = "SUBMITTED"  # the word of the trace
    error_action: str = MISSING

    @property
    def name(self) -> str:
        return self.planned.name

    @property
    def short_hash(self) -> str:
        return f"{self.hash[:2]}/{self.hash[2:8]}"

    @property
    def work_dir(self) -> str:
        return f"{self.work_root}/{folder_of(self.hash)}"

    @property
    def realtime(self) -> int:
        """How long the command itself ran, milliseconds."""
        return max(0, (self.complete or 0) - (self.start or 0) - self._chance(40))

    def handler(self) -> str:
        """As the log describes it."""
        status = "COMPLETED" if self.complete else "RUNNING" if self.running else "SUBMITTED"
        return (
            f"TaskHandler[id: {self.number}; name: {self.name}; status: {status}; exit: {_text(self.exit_code)}; "
            f"error: -; workDir: {self.work_dir}]"
        )

    def trace_row(self) -> TraceRow:
        """All fields that the trace may ask for, raw."""
        process = self.planned.process
        row = {
            "task_id": str(self.number),
            "hash": self.short_hash,
            "native_id": f"{self.job_id}/0/{self.job_uid}" if self.job_id else MISSING,
            "process": process.name,
            "tag": self.planned.tag or MISSING,
            "name": self.name,
            "status": self.status,
            "submit": _text(self.submit),
            "exit": _text(self.exit_code),
            "container": process.container,
            "attempt": str(self.attempt),
            "cpus": str(process.cpus),
            "memory": str(self.memory),
            "workdir": self.work_dir,
            "error_action": self.error_action,
        }
        return row | (self._measured() if self.complete and self.status != "ABORTED" else {})

    def _measured(self) -> TraceRow:
        process = self.planned.process
        times = {
            "start": _text(self.start),
            "complete": _text(self.complete),
            "duration": str((self.complete or 0) - (self.submit or 0)),
            "realtime": str(self.realtime),
        }
        if self.exit_code == 137:
            return times  # killed together with whatever measures it
        peak = self.memory * (20 + self._chance(60)) // 100
        return times | {
            "%cpu": str(process.cpus * (500 + self._chance(480)) / 10),
            "%mem": str(self._chance(300) / 10),
            "rss": str(peak * 9 // 10),
            "peak_rss": str(peak),
            "vmem": str(peak * 11 // 10),
            "peak_vmem": str(peak * 12 // 10),
            "rchar": str(self._chance(5_000_000_000)),
            "wchar": str(self._chance(500_000_000)),
        }

    def _chance(self, below: int) -> int:
        """A number that is always the same for the same task."""
        return crc32(f"{self.hash}{below}".encode()) % below


def task_hash(session: str, planned: TaskPlan, upstream: Sequence[str], tries: int) -> str:
    """What decides on reuse: the session, the process, its inputs, the tasks it reads from, and the try."""
    text = "\0".join([session, planned.name, planned.process.command, *planned.inputs, *upstream, str(tries)])
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def folder_of(task_hash: str) -> str:
    """The work directory of a hash below the work root."""
    return f"{task_hash[:2]}/{task_hash[2:]}"


def _text(value: int | None) -> str:
    return MISSING if value is None else str(value)
