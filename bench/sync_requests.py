"""sync.requests_growth: how the requests to Cloud Batch grow with the child jobs of a run that have ended.

Three syncs of a live run are counted, with Google's client and the lists of the Batch stand-in. ENDED_LATELY jobs have
ended since the sync before; the others were read when they ended, as each job is read once.
"""

import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text, update
from werkzeug.wrappers import Response

from bench.harness.databases import database_with_runs, engine_on, running_postgres
from bench.harness.figures import Figure, worst
from bench.harness.seeding import LIVE_RUNS, id_of_run
from common.actions.steps.end_run import EndRun
from common.actions.steps.keep_jobs import KeepJobs
from common.actions.steps.queue_notifications import QueueNotifications
from common.actions.steps.read_file import ReadFile
from common.actions.steps.sweep_jobs import SweepJobs
from common.actions.sync import SyncRun
from common.domain.runs.work_items import ChainStep, WorkKind
from common.models.runs import RunRow
from common.services.batch.child_jobs import ChildJobStore
from common.services.batch.service import BatchService, BatchSettings
from common.services.ingest.store import IngestStore
from common.services.insight.cost.sums import CostSums
from common.services.notifications.store import NotificationStore
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService
from common.services.storage.service import StorageService
from localdev.stack.layout import HEAD_JOB_ACCOUNT, PARENT, REGION
from localdev.stand_ins.batch.documents import new_job, new_task, with_machine, with_outcome, with_task_state
from localdev.stand_ins.batch.job_store import JobStore
from localdev.stand_ins.batch.listing import list_jobs
from localdev.stand_ins.http.messages import Json, Request, json_response
from localdev.stand_ins.http.rest_service import RestService

CHILDREN, RUNNING, ENDED_LATELY, SYNCS = (100, 100_000), 10, 50, 3
GOAL = 1.3

_JOB = "projects/*/locations/*/jobs/*"
_SPEC: Json = {"taskSpec": {"runnables": [{"script": {"text": "true"}}], "computeResource": {"cpuMilli": "2000"}}}
_INSTANCE = f"zones/{REGION}-b/instances/1"
_KEPT = text("""
    INSERT INTO child_jobs (run_id, job_id, uid, state)
    SELECT :run_id, 'nf-' || lpad(to_hex(number), 8, '0') || '-1', 'uid', 'SUCCEEDED'
    FROM generate_series(0, :kept - 1) AS number
""")
_NAMED = text("""
    INSERT INTO tasks (run_id, hash, name, process, status, native_id)
    SELECT :run_id, overlay(lpad(to_hex(number), 8, '0') PLACING '/' FROM 3 FOR 0), 'A (' || number || ')', 'A',
           'COMPLETED', 'nf-' || lpad(to_hex(number), 8, '0') || '-1/0/uid'
    FROM generate_series(0, :ended - 1) AS number
""")


class CountedBatch(RestService):
    """The jobs of one run; counts requests by kind, and the bytes of the answers."""

    def __init__(self, folder: Path, run_id: str, ended: int) -> None:
        self._store = JobStore(folder / "batch.sqlite")
        self.requests, self.bytes_sent = Counter[str](), 0
        self._add_jobs(run_id, ended)
        super().__init__(
            0,
            [
                (
                    "GET",
                    f"/v1/{PARENT}/jobs",
                    lambda call: self._answer("list", list_jobs(self._store, PARENT, call.args)),
                ),
                ("GET", f'/v1/<resource("{_JOB}"):name>', self._job),
                ("GET", f'/v1/<resource("{_JOB}"):name>/taskGroups/group0/tasks', self._tasks),
            ],
        )

    def _job(self, _request: Request, name: str) -> Response:
        return self._answer("job", self._store.job(name))

    def _tasks(self, _request: Request, name: str) -> Response:
        return self._answer("tasks", {"tasks": self._store.tasks_of(name)})

    def _answer(self, kind: str, answer: Json) -> Response:
        """The answer without the field mask, which does not change with the number of jobs."""
        self.requests[kind] += 1
        self.bytes_sent += len(json.dumps(answer))
        return json_response(answer)

    def _add_jobs(self, run_id: str, ended: int) -> None:
        self._store.add_job(_job_of(run_id, f"sluice-{run_id}", "head"), "")
        sample = _job_of(run_id, "nf-00000000-1", "task")
        task = _ended_task(sample)
        ended_sample = with_outcome(sample, "SUCCEEDED", "All tasks succeeded.", seconds=60, tasks=[task])
        for number in range(ended + RUNNING):
            job = sample if number >= ended else ended_sample
            name = f"{PARENT}/jobs/nf-{number:08x}-1"
            group = job["taskGroups"][0] | {"name": f"{name}/taskGroups/group0"}
            self._store.add_job(job | {"name": name, "taskGroups": [group]}, "")
            if ended - ENDED_LATELY <= number < ended:
                self._store.save_task(task | {"name": f"{name}/taskGroups/group0/tasks/0"})


def _job_of(run_id: str, job_id: str, role: str) -> Json:
    request = {"labels": {"sluice-run": run_id, "sluice-role": role}, "taskGroups": [_SPEC]}
    return with_machine(new_job(PARENT, job_id, request), "VM is running.")


def _ended_task(job: Json) -> Json:
    task = new_task(job, 0)
    for state in ("ASSIGNED", "RUNNING", "SUCCEEDED"):
        task = with_task_state(task, state, instance=_INSTANCE)
    return task


class NoFiles(StorageService):
    """The head job has not copied anything yet."""

    def __init__(self) -> None:
        pass

    def log_state(self, run_id: str, name: str) -> None:  # noqa: ARG002 no run has files
        return None


class NoQueue(WorkQueue):
    """Takes everything, and delivers nothing."""

    def __init__(self) -> None:
        pass

    def add(
        self,
        kind: WorkKind,  # noqa: ARG002 nothing is kept
        body: Mapping[str, Any],  # noqa: ARG002
        *,
        key: str,  # noqa: ARG002
        delay: timedelta = timedelta(0),  # noqa: ARG002
    ) -> bool:
        return True


def measure() -> list[Figure]:
    """One figure: the worse of the growth of requests and of bytes."""
    counted: list[tuple[Counter[str], int, float]] = []
    with running_postgres() as postgres:
        engine = engine_on(database_with_runs(postgres, LIVE_RUNS))
        for number, ended in enumerate(CHILDREN):
            run_id = id_of_run(LIVE_RUNS - 1 - number)
            _seed(engine, run_id, ended)
            with _batch_with(run_id, ended) as batch:
                last_sync_s = _sync(engine, batch, run_id)
                counted.append((batch.requests, batch.bytes_sent, last_sync_s))
    (few, few_bytes, few_s), (many, many_bytes, many_s) = counted
    ratios = {"requests": many.total() / few.total(), "bytes": many_bytes / few_bytes}
    against = (
        f"{SYNCS} syncs with {CHILDREN[0]} ended jobs: {few.total()} requests, {few_bytes / 1000:.0f} kB; with"
        f" {CHILDREN[1]:,}: {many.total()} ({many['list']} pages, {many['job']} jobs, {many['tasks']} lists of tasks);"
        f" the last of them took {few_s:.2f} s and {many_s:.2f} s"
    )
    return [worst("sync.requests_growth", ratios, goal=GOAL, against=against)]


def _seed(engine: Engine, run_id: str, ended: int) -> None:
    """The run is running; all its ended jobs are named by tasks, and those that did not end lately were read."""
    with engine.begin() as connection:
        head = f"{PARENT}/jobs/sluice-{run_id}"
        connection.execute(update(RunRow).where(RunRow.run_id == run_id).values(batch_job_name=head))
        connection.execute(_NAMED, {"run_id": run_id, "ended": ended})
        connection.execute(_KEPT, {"run_id": run_id, "kept": ended - ENDED_LATELY})


@contextmanager
def _batch_with(run_id: str, ended: int) -> Iterator[CountedBatch]:
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder:
        batch = CountedBatch(Path(folder), run_id, ended)
        batch.start()
        yield batch
        batch.stop()


def _sync(engine: Engine, counted: CountedBatch, run_id: str) -> float:
    """Sync a run SYNCS times; return how long the last sync took, in seconds."""
    settings = BatchSettings(
        parent=PARENT, location=REGION, image="", machine_type="", service_account=HEAD_JOB_ACCOUNT, network="",
        subnetwork="",
        github_token="", endpoint=f"http://127.0.0.1:{counted.port}",
    )  # fmt: skip
    runs, ingest, batch, storage = RunStoreService(engine), IngestStore(engine), BatchService(settings), NoFiles()
    keep_jobs = KeepJobs(batch=batch, jobs=ChildJobStore(engine), costs=CostSums(engine), clock=_now)
    sync = SyncRun(
        runs=runs,
        batch=batch,
        ingest=ingest,
        read_file=ReadFile(storage=storage, store=ingest, clock=_now),
        sweep_jobs=SweepJobs(batch=batch, ingest=ingest, keep_jobs=keep_jobs),
        keep_jobs=keep_jobs,
        end_run=EndRun(runs=runs, storage=storage, ingest=ingest, clock=_now),
        notifications=QueueNotifications(notifications=NotificationStore(engine), queue=NoQueue(), clock=_now),
        queue=NoQueue(),
        interval=timedelta(seconds=20),
        clock=_now,
    )
    for tick in range(SYNCS):
        started = time.perf_counter()
        sync.run(ChainStep(run_id=run_id, chain="launch", tick=tick))
    return time.perf_counter() - started


def _now() -> datetime:
    return datetime.now(UTC)
