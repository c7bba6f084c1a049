"""Runs jobs: each in a thread, from QUEUED through its machine and its tasks to its final state."""

import logging
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import requests

from localdev.stack.secret import Login
from localdev.stand_ins.batch import documents
from localdev.stand_ins.batch.allocation import instance_of
from localdev.stand_ins.batch.documents import FINAL_STATES, STOPPING_STATES, VM_STOPPED_REPORTING
from localdev.stand_ins.batch.job_store import JobStore
from localdev.stand_ins.batch.mounted_bucket import MountedBucket
from localdev.stand_ins.batch.preemptions import Preemptions
from localdev.stand_ins.batch.runnables import Machine
from localdev.stand_ins.batch.slowness import Slowness
from localdev.stand_ins.batch.task_logs import TaskLogSender
from localdev.stand_ins.batch.task_run import TaskEnvironment, TaskRun
from localdev.stand_ins.batch.torn_copies import TornCopies
from localdev.stand_ins.http.messages import Json
from localdev.stand_ins.storage.client import ObjectClient

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SharedResources:
    """What all jobs use together."""

    store: JobStore
    logs: TaskLogSender
    machine: Machine
    # makes one for each volume, as the account of the job, because a session is for one thread only
    objects: Callable[[Login | None], ObjectClient]
    folder: Path
    boot_seconds: float
    slowness: Slowness
    closing: threading.Event
    torn: TornCopies
    preemptions: Preemptions


class JobRun:
    """Runs one job in the thread that calls `run`; other threads may call `stop` and `kill`."""

    def __init__(self, name: str, shared: SharedResources) -> None:
        self._name, self._shared = name, shared
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._tasks: list[TaskRun] = []

    def run(self) -> None:
        """Take the job through its states; a job that was stopped before runs no task."""
        shared, started = self._shared, time.monotonic()
        succeeded, reason = False, "The job was stopped."
        if documents.state_of(shared.store.job(self._name)) in STOPPING_STATES:
            self._stopped.set()  # it was stopped before this thread started
        self._enter("SCHEDULED", "Resources are allocated.")
        if not self._stopped.wait(shared.boot_seconds):
            job = shared.store.job(self._name)
            folder = shared.folder / "jobs" / job["uid"]
            try:
                succeeded = self._run_tasks(job, folder)
                reason = self._reason(succeeded=succeeded)
            except requests.RequestException as error:
                reason = f"Job failed because a volume could not be mounted: {error}"
            shutil.rmtree(folder, ignore_errors=True)
        if self._stopped.is_set():
            shared.closing.wait(shared.slowness.of_stop(self._name))
        if not shared.closing.is_set():
            finish(shared.store, self._name, "SUCCEEDED" if succeeded else "FAILED", reason, time.monotonic() - started)

    def stop(self) -> None:
        """Send SIGTERM to the job's processes, and SIGKILL to those that still run GRACE_S later."""
        self._stopped.set()
        with self._lock:
            for task in self._tasks:
                task.stop()

    def kill(self) -> None:
        """Send SIGKILL to the job's processes."""
        self._stopped.set()
        with self._lock:
            for task in self._tasks:
                task.kill()

    def _enter(self, state: str, reason: str) -> None:
        def entered(job: Json) -> Json:
            if documents.state_of(job) in STOPPING_STATES:
                return job
            return (
                documents.with_machine(job, reason) if state == "RUNNING" else documents.with_state(job, state, reason)
            )

        if not self._stopped.is_set():
            self._shared.store.change_job(self._name, entered)

    def _run_tasks(self, job: Json, folder: Path) -> bool:
        group = job["taskGroups"][0]
        with ExitStack() as volumes:
            mounts = self._mount(job, folder, volumes)
            self._enter("RUNNING", "VM is running.")
            shared = self._shared
            environment = TaskEnvironment(
                shared.machine, shared.store, shared.logs, folder, mounts, shared.closing, shared.preemptions
            )
            tasks = [TaskRun(job, index, environment) for index in range(int(group["taskCount"]))]
            with self._lock:
                self._tasks = tasks
            if self._stopped.is_set():
                return False
            if len(tasks) == 1:
                return tasks[0].run()
            with ThreadPoolExecutor(int(group.get("parallelism") or len(tasks))) as pool:
                return all(list(pool.map(TaskRun.run, tasks)))

    def _mount(self, job: Json, folder: Path, volumes: ExitStack) -> dict[str, Path]:
        mounts: dict[str, Path] = {}
        specs = job["taskGroups"][0]["taskSpec"].get("volumes", [])
        for number, spec in enumerate(spec for spec in specs if "gcs" in spec):
            read_only = "ro" in " ".join(spec.get("mountOptions", [])).replace(",", " ").split()
            mount_folder = mounts[spec["mountPath"]] = folder / f"volume-{number}"
            objects = self._shared.objects(self._shared.machine.login_of(job))
            volumes.callback(objects.close)
            path, torn = spec["gcs"]["remotePath"], self._shared.torn
            mounted = MountedBucket(objects, path, mount_folder, read_only=read_only, torn=torn)
            mounted.mount()
            volumes.callback(self._unmount, mounted)
        return mounts

    def _unmount(self, mounted: MountedBucket) -> None:
        mounted.unmount(lost=self._shared.closing.is_set())

    def _reason(self, *, succeeded: bool) -> str:
        if succeeded:
            return "All tasks succeeded."
        for index, task in enumerate(self._shared.store.tasks_of(self._name)):
            if documents.state_of(task) == "FAILED":
                event = documents.last_event(task)
                return (
                    f"Job failed due to task failure. Specifically, task with index {index} failed due to the "
                    f'following task event: "{event}"'
                )
        return "The job was stopped."


def finish(store: JobStore, name: str, state: str, reason: str, seconds: float) -> None:
    """Give a job its final state, or remove it when it is being deleted; mark its operations as done."""

    def ended(job: Json) -> Json:
        if documents.state_of(job) in FINAL_STATES:
            return job
        cancelled = documents.state_of(job) == "CANCELLATION_IN_PROGRESS"
        final, why = ("CANCELLED", "Job is cancelled.") if cancelled else (state, reason)
        return documents.with_outcome(job, final, why, seconds=seconds, tasks=store.tasks_of(name))

    with store.lock:
        if documents.state_of(store.job(name)) == "DELETION_IN_PROGRESS":
            store.remove_job(name)
        else:
            store.change_job(name, ended)
        for operation in store.operations_on(name):
            store.save_operation(documents.finished(operation))


class JobRunner:
    """Runs all jobs, `max_parallel_jobs` at a time; queued jobs start in the order of their creation."""

    def __init__(self, shared: SharedResources, max_parallel_jobs: int) -> None:
        self._shared = shared
        self._pool = ThreadPoolExecutor(max_parallel_jobs, thread_name_prefix="job")
        self._runs: dict[str, tuple[JobRun, Future[None]]] = {}

    def resume(self) -> None:
        """After a restart, run the queued jobs; the jobs that were running have lost their machines."""
        for job in self._shared.store.all_jobs():
            if documents.state_of(job) == "QUEUED":
                self.start(job["name"])
            elif documents.state_of(job) not in FINAL_STATES:
                self._lose_machine(job)

    def start(self, name: str) -> None:
        run = JobRun(name, self._shared)
        with self._shared.store.lock:
            future = self._pool.submit(run.run)
            self._runs[name] = run, future
        future.add_done_callback(lambda ended: self._forget(name, ended))

    def stop(self, name: str) -> None:
        """Stop a job that is in a stopping state; it leaves this state once its processes have ended."""
        with self._shared.store.lock:
            run, future = self._runs.get(name, (None, None))
        if future and future.cancel():
            timer = threading.Timer(self._shared.slowness.of_stop(name), self._finish_unstarted, [name])
            timer.daemon = True
            timer.start()
        elif run:
            run.stop()

    def _finish_unstarted(self, name: str) -> None:
        if not self._shared.closing.is_set():
            finish(self._shared.store, name, "CANCELLED", "It had not started.", 0)

    def close(self) -> None:
        """Kill all processes and record nothing, as in a power cut."""
        self._shared.closing.set()
        with self._shared.store.lock:
            runs = list(self._runs.values())
        for run, _ in runs:
            run.kill()
        self._pool.shutdown(cancel_futures=True)

    def _lose_machine(self, job: Json) -> None:
        store, name, instance = self._shared.store, job["name"], instance_of(job)
        if documents.state_of(job) not in STOPPING_STATES:
            for task in store.tasks_of(name):
                if documents.state_of(task) not in FINAL_STATES:
                    lost = documents.with_task_state(task, "FAILED", instance=instance, exit_code=VM_STOPPED_REPORTING)
                    store.save_task(lost)
        finish(store, name, "FAILED", f"Job failed due to task failure with exit code {VM_STOPPED_REPORTING}.", 0)

    def _forget(self, name: str, ended: Future[None]) -> None:
        with self._shared.store.lock:
            self._runs.pop(name, None)
        if not ended.cancelled() and (error := ended.exception()):
            _log.error("job %s ended with an error of the stand-in", name, exc_info=error)
