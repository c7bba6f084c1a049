"""The stand-in for Cloud Batch: the REST API of its jobs, which run as processes of this machine.

Implemented: job ids and duplicates, request ids, states and events, tasks, retries and lifecycle policies, maximum
run times, environments, gcs volumes, output to Cloud Logging, labels, filters and pages, deletion and cancellation as
long-running operations, preemptions. After a restart, jobs that were running look as if their machine was lost. Jobs
show the machine type, zone and disk that they would have; each attempt has a machine in the next zone.
Left out: containers, quotas, barriers, notifications, priorities, secret
variables, `update`, and filters with OR, parentheses, or fields other than labels and state.
"""

import threading
from pathlib import Path

from werkzeug.wrappers import Response

from localdev.stack.secret import StackSecret
from localdev.stand_ins.batch import documents
from localdev.stand_ins.batch.documents import FINAL_STATES, state_of
from localdev.stand_ins.batch.job_runner import JobRunner, SharedResources
from localdev.stand_ins.batch.job_store import JobStore
from localdev.stand_ins.batch.listing import list_jobs
from localdev.stand_ins.batch.preemptions import Preemptions
from localdev.stand_ins.batch.runnables import Machine
from localdev.stand_ins.batch.slowness import Slowness
from localdev.stand_ins.batch.task_logs import TaskLogSender
from localdev.stand_ins.batch.torn_copies import TornCopies
from localdev.stand_ins.http.messages import Json, Request, ServiceError
from localdev.stand_ins.http.permissions import require_permission
from localdev.stand_ins.http.rest_service import Handler, RestService, Route
from localdev.stand_ins.storage.client import ObjectClient

_LOCATION = "projects/*/locations/*"
_JOB = f"{_LOCATION}/jobs/*"


class BatchStandIn(RestService):
    """Cloud Batch on 127.0.0.1:`port` (0 for a free one), its state in `folder`.

    `boot_seconds` is how long a job waits for its machine; at most `max_parallel_jobs` run at a time. `torn_copies` is
    the share of the copies to a mounted bucket that are cut off at first. With `slowness`, some jobs are created late,
    listed late, or take time to stop. `preemptions` take the machines of some Spot jobs away. With the `secret` of the
    stack, a job reads and writes as its service account.
    """

    def __init__(  # noqa: PLR0913 each fault has its own
        self,
        port: int,
        folder: Path,
        storage_url: str,
        logging_url: str,
        *,
        boot_seconds: float = 0.3,
        max_parallel_jobs: int = 100,
        torn_copies: float = 0.0,
        slowness: Slowness = Slowness(),  # noqa: B008 it is frozen
        preemptions: Preemptions = Preemptions(),  # noqa: B008 the same
        secret: StackSecret | None = None,
    ) -> None:
        super().__init__(port)
        folder = folder.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        self._store = JobStore(folder / "batch.sqlite")
        self._logs = TaskLogSender(logging_url)
        self._slowness, self._closing = slowness, threading.Event()
        shared = SharedResources(
            store=self._store,
            logs=self._logs,
            machine=Machine.of_this_stack(folder, storage_url=storage_url, batch_url=self.url, secret=secret),
            objects=lambda login: ObjectClient(storage_url, login),
            folder=folder,
            boot_seconds=boot_seconds,
            slowness=slowness,
            closing=self._closing,
            torn=TornCopies(folder, torn_copies),
            preemptions=preemptions,
        )
        self._runner = JobRunner(shared, max_parallel_jobs)
        self.serve(self._routes())
        self._runner.resume()

    def closed(self) -> None:
        """Kill the running jobs, as if their machines were lost."""
        self._runner.close()
        self._logs.close()
        self._store.close()

    def _routes(self) -> list[Route]:
        create, read, many = "batch.jobs.create", "batch.jobs.get", "batch.jobs.list"
        jobs, job = f'/v1/<resource("{_LOCATION}"):parent>/jobs', f'/v1/<resource("{_JOB}"):name>'
        return [
            ("POST", jobs, _permitted(create, self._create)),
            ("GET", jobs, _permitted(many, self._list)),
            ("GET", job, _permitted(read, lambda _request, name: self._store.job(name))),
            ("DELETE", job, _permitted("batch.jobs.delete", self._delete)),
            ("POST", f"{job}:cancel", _permitted("batch.jobs.cancel", self._cancel)),
            (
                "GET",
                f"{job}/taskGroups/group0/tasks",
                _permitted("batch.tasks.list", lambda _request, name: {"tasks": self._store.tasks_of(name)}),
            ),
            ("GET", f'/v1/<resource("{_JOB}/taskGroups/group0/tasks/*"):name>', _permitted(read, self._task)),
            ("GET", f'/v1/<resource("{_LOCATION}/operations/*"):name>', self._operation),
        ]

    def _create(self, request: Request, parent: str) -> Json:
        job_id, body = request.args.get("jobId", ""), request.json_object()
        if body.get("labels", {}).get("sluice-role") == "task":
            self._closing.wait(self._slowness.of_birth(job_id))  # a caller that dies meanwhile does not end the request
        requested = documents.new_job(parent, job_id, body)
        if email := body.get("allocationPolicy", {}).get("serviceAccount", {}).get("email"):
            require_permission("iam.serviceAccounts.actAs", f"{_project_of(parent)}/serviceAccounts/{email}")
        job, is_new = self._store.add_job(requested, request.args.get("requestId", ""))
        if is_new:
            self._runner.start(job["name"])
        return job

    def _list(self, request: Request, parent: str) -> Json:
        return list_jobs(self._store, parent, request.args, slowness=self._slowness)

    def _delete(self, _request: Request, name: str) -> Json:
        with self._store.lock:
            job = self._store.job(name)
            operation = documents.new_operation(job, "delete")
            if state_of(job) in FINAL_STATES:
                self._store.remove_job(name)
                operation = documents.finished(operation)
            else:
                self._enter(name, "DELETION_IN_PROGRESS", "Deletion was requested.")
            self._store.save_operation(operation)
        self._runner.stop(name)
        return operation

    def _cancel(self, _request: Request, name: str) -> Json:
        with self._store.lock:
            job = self._store.job(name)
            if state_of(job) in FINAL_STATES | {"DELETION_IN_PROGRESS"}:
                raise ServiceError(400, f"{name} is {state_of(job)} and cannot be cancelled", "FAILED_PRECONDITION")
            operation = documents.new_operation(job, "cancel")
            self._store.save_operation(operation)
            self._enter(name, "CANCELLATION_IN_PROGRESS", "Cancellation was requested.")
        self._runner.stop(name)
        return operation

    def _enter(self, name: str, state: str, reason: str) -> None:
        def entered(job: Json) -> Json:
            return job if state_of(job) == state else documents.with_state(job, state, reason)

        self._store.change_job(name, entered)

    def _task(self, _request: Request, name: str) -> Json:
        return self._store.task(name)

    def _operation(self, _request: Request, name: str) -> Json:
        return self._store.operation(name)


def _permitted(permission: str, handler: Handler) -> Handler:
    """`handler` for those who have `permission` on the project; Batch has no grants on single jobs."""

    def checked(request: Request, **resource: str) -> Json | Response:
        require_permission(permission, _project_of(*resource.values()))
        return handler(request, **resource)

    return checked


def _project_of(resource: str) -> str:
    return "/".join(resource.split("/")[:2])
