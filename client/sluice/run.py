"""One run: what it is, what happens to it, what it wrote."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import quote

from sluice.api import Api, Records
from sluice.decoding import Json, RecordT, member
from sluice.errors import RunCancelled, RunFailed, TimedOut, UnavailableError
from sluice.models.comparison import RunComparison
from sluice.models.costs import RunCostResponse, TaskCostInfo
from sluice.models.failures import SimilarFailures
from sluice.models.runs import RecoveryPlan, RunInputsResponse, RunResponse
from sluice.models.tasks import FileInfo, LogEntry, TaskInfo, TaskLogs, TaskSummary
from sluice.sse import StreamEvent
from sluice.vocabulary import FINAL, GROUPS, LEVELS


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFile(FileInfo):
    """A file of a run; `group` is inputs, results or logs."""

    group: str

    @property
    def path(self) -> str:
        """The name below the run, such as `results/multiqc/multiqc_report.html`."""
        return f"{self.group}/{self.name}"


class Run:
    """A run by its id. All methods raise SluiceError.

    After `submit` and `recover`, `created` is the answer, and `was_there` says that an earlier request, whose answer
    was lost, had made the run.
    """

    def __init__(self, api: Api, run_id: str, *, created: Json | None = None, was_there: bool = False) -> None:
        self._api = api
        self.id = run_id
        self.created = created or {}
        self.was_there = was_there
        self._path = f"/api/runs/{quote(run_id, safe='')}"

    @property
    def clock(self) -> Callable[[], float]:
        """The clock of deadlines, in seconds."""
        return self._api.clock

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
        return self._records(TaskInfo, "tasks", lambda: self._api.pages(f"{self._path}/tasks", query))

    def task_summary(self) -> TaskSummary:
        """Counts of the tasks by status and by process."""
        page = self._api.get(f"{self._path}/tasks", {"limit": 1})
        return self._api.decode(TaskSummary, member(page, "summary"))

    def task_output(self, task_id: str) -> TaskLogs:
        """What a task printed; a Nextflow hash (`ab/cdef01`) is an id too."""
        return self._api.decode(TaskLogs, self._api.get(f"{self._task_path(task_id)}/logs"))

    def follow_task_output(self, task_id: str) -> Iterator[StreamEvent]:
        """`stdout`, `stderr`, `reset` and at the end `done`."""
        return self._api.follow(f"{self._task_path(task_id)}/logs/stream")

    def log(self, *, level: str | None = None, search: str | None = None) -> Records[LogEntry]:
        """The entries of the log so far, oldest first."""
        return self._log({"level": level, "search": search, "limit": 5000})

    def log_tail(self, count: int, *, level: str | None = None, search: str | None = None) -> list[LogEntry]:
        """The last `count` entries, oldest first."""
        query = {"level": level, "search": search, "limit": min(max(count, 1), 5000), "order": "desc"}
        return list(islice(self._log(query), count))[::-1]

    def next_entry(self) -> int:
        """The number of the entry that comes next, or that may still grow."""
        newest = self.log_tail(1)
        return newest[0].number + (not newest[0].open) if newest else 0

    def follow_log(self, *, offset: int = 0, level: str | None = None, search: str | None = None) -> Iterator[LogEntry]:
        """Each complete entry once and in order, from number `offset` to the end of the run."""
        for event in self._api.follow(f"{self._path}/logs/stream", query={"offset": offset}):
            if event.kind == "entry" and not event.data.get("open"):
                entry = self._api.decode(LogEntry, event.data)
                if _has_level(entry, level) and (search or "").lower() in entry.message.lower():
                    yield entry

    def files(self, group: str | None = None) -> Records[RunFile]:
        """The inputs, then the results, then the logs."""

        def found() -> Iterator[RunFile]:
            for page in self._api.pages(f"{self._path}/files", {"group": group, "page_size": 50}):
                for name in GROUPS:
                    yield from (
                        self._api.decode(RunFile, {"group": name, **one}) for one in member(member(page, "files"), name)
                    )

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
        made, was_there = self._api.create(f"{self._path}/recover", changes or {})
        return Run(self._api, str(member(made, "run_id")), created=made, was_there=was_there)

    def cost(self) -> RunCostResponse:
        """An estimate of what the run cost so far, by process, in nano-dollars."""
        return self._api.decode(RunCostResponse, self._api.get(f"{self._path}/cost"))

    def task_costs(self) -> Records[TaskCostInfo]:
        """What each task cost, the dearest first, with its attempts on machines."""
        pages = f"{self._path}/cost/tasks"
        return self._records(TaskCostInfo, "tasks", lambda: self._api.pages(pages, {"page_size": 100}))

    def compare(self, other: "Run | None" = None) -> RunComparison:
        """What differs from `other`, or from the last completed run of the same pipeline; its values are `before`.

        Raises NotFoundError if no such run has completed.
        """
        path = f"{self._path}/compare" if other is None else f"{self._path}/compare/{quote(other.id, safe='')}"
        return self._api.decode(RunComparison, self._api.get(path))

    def similar_failures(self) -> SimilarFailures:
        """How often this failure was seen, and the recovery that got over it."""
        return self._api.decode(SimilarFailures, self._api.get(f"{self._path}/failure"))

    def _task_path(self, task_id: str) -> str:
        return f"{self._path}/tasks/{quote(task_id.replace('/', '-'), safe='')}"

    def _log(self, query: Json) -> Records[LogEntry]:
        return self._records(LogEntry, "entries", lambda: self._log_pages(query))

    def _log_pages(self, query: Json) -> Iterator[Json]:
        """The pages of the log; that of an old run is read again from its files first, which takes seconds."""
        patience = self._api.transport.patience()
        while True:
            pages = self._api.pages(f"{self._path}/logs", query)
            first = next(pages)
            if not first.get("restoring"):
                yield first
                yield from pages
                return
            if not patience.pause(None):
                raise UnavailableError("the log of this old run is being read again; try again in a minute")

    def _records(self, kind: type[RecordT], key: str, pages: Callable[[], Iterator[Json]]) -> Records[RecordT]:
        return Records(lambda: (self._api.decode(kind, one) for page in pages() for one in member(page, key)))


def _has_level(entry: LogEntry, least: str | None) -> bool:
    """Whether an entry has this level or a higher one, by the rule of the service's lists."""
    if least is None:
        return True
    return entry.level in LEVELS and LEVELS.index(entry.level) >= LEVELS.index(least.upper())


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
