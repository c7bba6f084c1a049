"""One run: what it is, what happens to it, what it wrote."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final
from urllib.parse import quote

from sluice.api import Api, Records
from sluice.decoding import Json, RecordT
from sluice.errors import RunCancelled, RunFailed, TimedOut, UnavailableError
from sluice.models.runs import RecoveryPlan, RunInputsResponse, RunResponse
from sluice.models.tasks import FileInfo, LogEntry, TaskInfo, TaskLogs, TaskSummary
from sluice.sse import StreamEvent

FINAL: Final = frozenset({"completed", "failed", "cancelled"})
GROUPS: Final = ("inputs", "results", "logs")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFile(FileInfo):
    """A file of a run; `group` is inputs, results or logs."""

    group: str

    @property
    def path(self) -> str:
        """The name below the run, such as `results/multiqc/multiqc_report.html`."""
        return f"{self.group}/{self.name}"


class Run:
    """A run by its id. All methods raise SluiceError."""

    def __init__(self, api: Api, run_id: str) -> None:
        self._api = api
        self.id = run_id
        self._path = f"/api/runs/{quote(run_id, safe='')}"

    def __repr__(self) -> str:
        return f"Run({self.id!r})"

    def info(self) -> RunResponse:
        """The run as it is now."""
        return self._api.decode(RunResponse, self._api.get(self._path))

    def inputs(self) -> RunInputsResponse:
        """The request that made the run; secrets are `•••`."""
        return self._api.decode(RunInputsResponse, self._api.get(f"{self._path}/inputs"))

    def events(self, *, from_the_start: bool = False, deadline: float | None = None) -> Iterator[StreamEvent]:
        """The state now, or every event since the start, and then what happens, until `done`. Reconnects by itself.

        Raises TimedOut when the monotonic clock reaches `deadline`.
        """
        last_id = "0" if from_the_start else None
        return self._api.follow(f"{self._path}/events", last_id=last_id, deadline=deadline)

    def wait(self, timeout: float | None = None) -> RunResponse:
        """The run when it has completed. Raises RunFailed, RunCancelled, and TimedOut after `timeout` seconds."""
        for _ in self.events(deadline=None if timeout is None else self._api.clock() + timeout):
            pass
        return require_completed(self.info())

    def tasks(
        self, *, status: str | None = None, process: str | None = None, search: str | None = None,
        sort: str | None = None,
    ) -> Records[TaskInfo]:  # fmt: skip
        """The tasks, oldest first; `sort` is a field, with `-` in front for descending."""
        query = {"status": status, "process": process, "search": search, "sort": sort, "limit": 1000}
        return self._records(TaskInfo, "tasks", query)

    def task_summary(self) -> TaskSummary:
        """Counts of the tasks by status and by process."""
        page = self._api.get(f"{self._path}/tasks", {"limit": 1})
        return self._api.decode(TaskSummary, page["summary"])

    def task_output(self, task_id: str) -> TaskLogs:
        """What a task printed; a Nextflow hash (`ab/cdef01`) is an id too."""
        return self._api.decode(TaskLogs, self._api.get(f"{self._task_path(task_id)}/logs"))

    def follow_task_output(self, task_id: str) -> Iterator[StreamEvent]:
        """`stdout`, `stderr`, `reset` and at the end `done`."""
        return self._api.follow(f"{self._task_path(task_id)}/logs/stream")

    def log(self, *, level: str | None = None, search: str | None = None) -> Records[LogEntry]:
        """The entries of the log so far, oldest first."""
        return self._records(LogEntry, "logs", {"level": level, "search": search, "limit": 5000}, key="entries")

    def log_tail(self, count: int, *, level: str | None = None, search: str | None = None) -> list[LogEntry]:
        """The last `count` entries, oldest first."""
        query = {"level": level, "search": search, "limit": min(max(count, 1), 5000), "order": "desc"}
        newest = self._records(LogEntry, "logs", query, key="entries")
        return list(islice(newest, count))[::-1]

    def follow_log(self, *, offset: int = 0) -> Iterator[LogEntry]:
        """Each complete entry once and in order, from number `offset` to the end of the run."""
        for event in self._api.follow(f"{self._path}/logs/stream", query={"offset": offset}):
            if event.kind == "entry" and not event.data.get("open"):
                yield self._api.decode(LogEntry, event.data)

    def files(self, group: str | None = None) -> Records[RunFile]:
        """The inputs, then the results, then the logs."""

        def found() -> Iterator[RunFile]:
            for page in self._api.pages(f"{self._path}/files", {"group": group, "page_size": 50}):
                for name in GROUPS:
                    yield from (self._api.decode(RunFile, {"group": name, **one}) for one in page["files"][name])

        return Records(found)

    def cancel(self) -> RunResponse:
        """Ask for the run to be cancelled; it is once none of its jobs is left."""
        return self._api.decode(RunResponse, self._api.delete(self._path))

    def plan_recovery(self, changes: Json) -> RecoveryPlan:
        """What `recover` with these changes would reuse; starts nothing."""
        plan = self._api.ask(f"{self._path}/recover", changes, {"plan": "true"})
        return self._api.decode(RecoveryPlan, plan)

    def recover(self, changes: Json | None = None) -> "Run":
        """The run that continues this one; `changes` are those of `POST /api/runs/{run_id}/recover`."""
        made, _ = self._api.create(f"{self._path}/recover", changes or {})
        return Run(self._api, str(made["run_id"]))

    def _task_path(self, task_id: str) -> str:
        return f"{self._path}/tasks/{quote(task_id.replace('/', '-'), safe='')}"

    def _records(self, kind: type[RecordT], name: str, query: Json, *, key: str | None = None) -> Records[RecordT]:
        def found() -> Iterator[RecordT]:
            for page in self._api.pages(f"{self._path}/{name}", query):
                if page.get("restoring"):
                    raise UnavailableError("the log of this old run is being read again; repeat in some seconds")
                yield from (self._api.decode(kind, one) for one in page[key or name])

        return Records(found)


def require_completed(run: RunResponse) -> RunResponse:
    """The run. Raises RunFailed, RunCancelled, or TimedOut if it has not ended."""
    if run.status == "failed":
        found = run.diagnosis
        cause = found.cause if found else "unknown"
        message = f"run {run.run_id} failed ({cause}): {run.error_message or 'no reason is known'}"
        raise RunFailed(message, cause=cause, evidence=[one.line for one in found.evidence] if found else ())
    if run.status == "cancelled":
        raise RunCancelled(f"run {run.run_id} was cancelled")
    if run.status not in FINAL:
        raise TimedOut(f"run {run.run_id} is {run.status}")
    return run
