"""Runs all jobs: each in a thread, at most so many at once, and again after a restart."""

import logging
from concurrent.futures import Future, ThreadPoolExecutor

from localdev.stand_ins.batch import documents
from localdev.stand_ins.batch.documents import FINAL_STATES, STOPPING_STATES, VM_STOPPED_REPORTING
from localdev.stand_ins.batch.job_run import JobRun, SharedResources, finish
from localdev.stand_ins.http.messages import Json

_log = logging.getLogger(__name__)


class JobRunner:
    """Queued jobs start in the order in which they were made."""

    def __init__(self, plant: SharedResources, max_parallel_jobs: int) -> None:
        self._plant = plant
        self._pool = ThreadPoolExecutor(max_parallel_jobs, thread_name_prefix="job")
        self._runs: dict[str, tuple[JobRun, Future[None]]] = {}

    def take_up(self) -> None:
        """Go on after a restart: what was queued is run, what ran has lost its machine."""
        for job in self._plant.store.all_jobs():
            if documents.state_of(job) == "QUEUED":
                self.start(job["name"])
            elif documents.state_of(job) not in FINAL_STATES:
                self._lose(job)

    def start(self, name: str) -> None:
        run = JobRun(name, self._plant)
        with self._plant.store.lock:
            future = self._pool.submit(run.run)
            self._runs[name] = run, future
        future.add_done_callback(lambda ended: self._forget(name, ended))

    def stop(self, name: str) -> None:
        """Stop a job that is in a stopping state; it leaves that state when its processes have ended."""
        with self._plant.store.lock:
            run, future = self._runs.get(name, (None, None))
        if future and future.cancel():
            finish(self._plant.store, name, "CANCELLED", "It had not started.", 0)
        elif run:
            run.stop()

    def close(self) -> None:
        """End all processes at once and record nothing of it, as a power cut would."""
        self._plant.closing.set()
        with self._plant.store.lock:
            runs = list(self._runs.values())
        for run, _ in runs:
            run.kill()
        self._pool.shutdown(cancel_futures=True)

    def _lose(self, job: Json) -> None:
        store, name, instance = self._plant.store, job["name"], f"zones/{job['name'].split('/')[3]}-b/instances/0"
        if documents.state_of(job) not in STOPPING_STATES:
            for task in store.tasks_of(name):
                if documents.state_of(task) not in FINAL_STATES:
                    lost = documents.with_task_state(task, "FAILED", instance=instance, exit_code=VM_STOPPED_REPORTING)
                    store.save_task(lost)
        finish(store, name, "FAILED", f"Job failed due to task failure with exit code {VM_STOPPED_REPORTING}.", 0)

    def _forget(self, name: str, ended: Future[None]) -> None:
        with self._plant.store.lock:
            self._runs.pop(name, None)
        if not ended.cancelled() and (error := ended.exception()):
            _log.error("the run of %s broke", name, exc_info=error)
