"""An attempt of a task, and its row in the trace."""

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
    """An attempt of a task; times in milliseconds since 1970, None until reached."""

    number: int  # Nextflow's task_id
    planned: TaskPlan
    hash: str  # 32 hex digits
    work_root: str
    memory: int  # requested, in bytes
    disk: int | None = None  # the same, of the boot disk; None if it was not requested
    time: int | None = None  # the longest that it may run, in milliseconds
    attempt: int = 1
    failure: Failure = NONE
    job_id: str = ""
    job_uid: str = ""
    submit: int | None = None
    start: int | None = None  # when Nextflow first saw it running, up to a poll too late
    complete: int | None = None  # the same, of its end
    measured: int | None = None  # milliseconds, from .command.trace, which a task that fails does not write
    exit_code: int | None = None
    status: str = "SUBMITTED"  # as in the trace
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
        """The run time in milliseconds: as the task measured it, else as Nextflow saw it."""
        return (self.complete or 0) - (self.start or 0) if self.measured is None else self.measured

    def handler(self) -> str:
        """Nextflow's TaskHandler text in the log."""
        status = "COMPLETED" if self.complete else "RUNNING" if self.start else "SUBMITTED"
        return (
            f"TaskHandler[id: {self.number}; name: {self.name}; status: {status}; exit: {_text(self.exit_code)}; "
            f"error: -; workDir: {self.work_dir}]"
        )

    def trace_row(self) -> TraceRow:
        """All fields that a trace can have, as raw values; a time that was never reached is 0, except the end."""
        process = self.planned.process
        row = {
            "task_id": str(self.number),
            "hash": self.short_hash,
            "native_id": f"{self.job_id}/0/{self.job_uid}" if self.job_uid else MISSING,
            "process": process.name,
            "tag": self.planned.tag or MISSING,
            "name": self.name,
            "status": self.status,
            "submit": str(self.submit or 0),
            "start": str(self.start or 0),
            "exit": _text(self.exit_code),
            "container": process.container,
            "attempt": str(self.attempt),
            "cpus": str(process.cpus),
            "memory": str(self.memory),
            "disk": _text(self.disk),
            "time": _text(self.time),
            "workdir": self.work_dir,
        }
        return row | (self._end() if self.complete else {}) | self.measurements()

    def _end(self) -> TraceRow:
        return {
            "complete": _text(self.complete),
            "duration": str((self.complete or 0) - (self.submit or 0)),
            "realtime": str(self.realtime),
            "error_action": self.error_action,
        }

    def measurements(self) -> TraceRow:
        """What .command.trace says; empty when the command failed or was stopped."""
        if self.measured is None:
            return {}
        process = self.planned.process
        peak = self.memory * (20 + self._pseudo_random(60)) // 100
        return {
            "realtime": str(self.realtime),
            "%cpu": str(process.cpus * (500 + self._pseudo_random(480)) / 10),
            "%mem": str(self._pseudo_random(300) / 10),
            "rss": str(peak * 9 // 10),
            "peak_rss": str(peak),
            "vmem": str(peak * 11 // 10),
            "peak_vmem": str(peak * 12 // 10),
            "rchar": str(self._pseudo_random(5_000_000_000)),
            "wchar": str(self._pseudo_random(500_000_000)),
            "read_bytes": str(self._pseudo_random(4_000_000_000)),
            "write_bytes": str(self._pseudo_random(400_000_000)),
        }

    def _pseudo_random(self, below: int) -> int:
        """A number from 0 to `below` - 1 that is always the same for this task."""
        return crc32(f"{self.hash}{below}".encode()) % below


def task_hash(session: str, planned: TaskPlan, upstream: Sequence[str], tries: int) -> str:
    """The hash that decides on reuse: of session, task, command, inputs, upstream hashes and try number."""
    text = "\0".join([session, planned.name, planned.process.command, *planned.inputs, *upstream, str(tries)])
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def folder_of(task_hash: str) -> str:
    """The path of a task's work directory, relative to the work root."""
    return f"{task_hash[:2]}/{task_hash[2:]}"


def _text(value: int | None) -> str:
    return MISSING if value is None else str(value)
