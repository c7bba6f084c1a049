"""BatchService: creates, reads and stops jobs in Cloud Batch."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from common.domain.batch.child_jobs import JobWithMachines
from common.domain.batch.job import (
    HEAD_ROLE,
    ROLE_LABEL,
    RUN_LABEL,
    TASK_ROLE,
    BatchJob,
    JobState,
    is_change_of_state,
    state_set_by,
)
from common.domain.batch.launch_plan import LaunchPlan
from common.domain.batch.machines import machine_stays
from common.domain.batch.task import TASK_GROUP
from common.errors import BatchError
from common.services.batch.listing import PAGE_SIZE, JobListing
from common.services.batch.machines import events_of, machine_kind_of, plain_time
from common.services.google_clients import rest_client_arguments, translate_google_errors

if TYPE_CHECKING:
    from google.cloud.batch_v1 import BatchServiceClient, Job, StatusEvent, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSettings:
    """The settings of head jobs; an empty `network` is the project's default network.

    `github_token` names a version of a secret, projects/P/secrets/S/versions/V, or is empty. Batch reads it when the
    job starts, so the token itself is never here.
    """

    parent: str  # projects/P/locations/L
    location: str
    image: str
    machine_type: str
    service_account: str
    network: str
    subnetwork: str
    github_token: str
    endpoint: str | None  # http://host:port in place of Google's


class BatchService:
    """Head jobs and the child jobs that Nextflow makes. A missing role raises RoleMissingError."""

    def __init__(self, settings: BatchSettings) -> None:
        self._settings = settings
        self._listing = JobListing(settings.parent)

    @cached_property
    def _client(self) -> "BatchServiceClient":
        from google.cloud.batch_v1 import BatchServiceClient  # noqa: PLC0415 280 ms

        return BatchServiceClient(**rest_client_arguments(self._settings.endpoint))

    def job_name(self, job_id: str) -> str:
        return f"{self._settings.parent}/jobs/{job_id}"

    def create_job(self, plan: LaunchPlan) -> None:
        """Create the head job of a plan, unless it exists already.

        Raises BatchError when Batch refuses the job for good, and UnavailableError when a retry can help.
        """
        from google.api_core.exceptions import BadRequest, Conflict, Forbidden, NotFound  # noqa: PLC0415 see google_clients

        with _batch():
            try:
                job = job_request(plan, self._settings)
                self._client.create_job(request={"parent": self._settings.parent, "job_id": plan.job_id, "job": job})
            except Conflict:
                return
            except (BadRequest, Forbidden, NotFound) as error:
                raise BatchError(f"Cloud Batch refused the job: {error.message}") from error

    def get_job(self, name: str) -> BatchJob | None:
        """The current state of the job; None if it does not exist. Raises UnavailableError.

        The events of a failed job include those of its task: only they hold the exit code.
        """
        from google.api_core.exceptions import NotFound  # noqa: PLC0415 see google_clients

        with _batch():
            try:
                found = self._client.get_job(name=name)
            except NotFound:
                return None
            job = replace(batch_job_from(found), machine=machine_kind_of(found))
            if job.state == JobState.FAILED:
                job = replace(job, events=(*job.events, *self._events_of_task(name)))
            return job

    def _events_of_task(self, job_name: str) -> Sequence[str]:
        from google.api_core.exceptions import NotFound  # noqa: PLC0415 see google_clients

        try:
            task = self._client.get_task(name=f"{job_name}/taskGroups/{TASK_GROUP}/tasks/0")
        except NotFound:  # the job failed before it had a task
            return ()
        return _sentences(task.status.status_events)

    def cancel_job(self, name: str) -> None:
        """Ask a job to stop; does nothing when it has ended or does not exist. Raises UnavailableError."""
        from google.api_core.exceptions import BadRequest, Conflict, NotFound  # noqa: PLC0415 see google_clients

        with _batch():
            try:
                self._client.cancel_job(request={"name": name})
            except (NotFound, BadRequest, Conflict):
                return

    def read_child_job(self, name: str) -> JobWithMachines | None:
        """A child job with its machines; None if it does not exist. Raises UnavailableError.

        It takes two requests once the job has ended: only the events of tasks name the zone and the preemptions.
        """
        from google.api_core.exceptions import NotFound  # noqa: PLC0415 see google_clients

        with _batch():
            try:
                found = self._client.get_job(name=name)
            except NotFound:
                return None
            job = replace(batch_job_from(found), machine=machine_kind_of(found))
            if not job.has_ended:
                return JobWithMachines(job=job)
            events = {_index_of(task): list(events_of(task)) for task in self._tasks_of(name)}
            return JobWithMachines(job=job, stays=machine_stays(events, job_ended_at=job.state_since))

    def _tasks_of(self, job_name: str) -> "Iterable[Task]":
        from google.api_core.exceptions import NotFound  # noqa: PLC0415 see google_clients

        parent = f"{job_name}/taskGroups/{TASK_GROUP}"
        try:
            return list(self._client.list_tasks(request={"parent": parent, "page_size": PAGE_SIZE}))
        except NotFound:  # the job was deleted meanwhile, or failed before it had a task
            return ()

    def child_jobs(self, run_id: str) -> Iterator[BatchJob]:
        """All jobs that Nextflow made for a run, without their events, read page by page. Raises UnavailableError.

        The label is checked here, too, in case Batch ignores the filter.
        """
        return self._children(run_id, live_only=False)

    def live_child_jobs(self, run_id: str) -> Iterator[BatchJob]:
        """As child_jobs, without the jobs that have ended; the state is checked here, too."""
        return (job for job in self._children(run_id, live_only=True) if not job.has_ended)

    def live_jobs(self) -> Iterator[BatchJob]:
        """The head and task jobs of all runs that have not ended, without their events. Raises UnavailableError.

        Project and location hold one environment of Sluice, so a job with our labels is ours.
        """
        for role in (HEAD_ROLE, TASK_ROLE):
            listed = self._labelled(ROLE_LABEL, role, live_only=True)
            yield from (job for job in listed if not job.has_ended)

    def _children(self, run_id: str, *, live_only: bool) -> Iterator[BatchJob]:
        listed = self._labelled(RUN_LABEL, run_id, live_only=live_only)
        return (job for job in listed if job.labels.get(ROLE_LABEL) != HEAD_ROLE)

    def _labelled(self, label: str, value: str, *, live_only: bool) -> Iterator[BatchJob]:
        with _batch():
            for job in self._listing.jobs(self._client, label, value, live_only=live_only):
                if job.labels.get(label) == value:
                    yield batch_job_from(job)


def _index_of(task: "Task") -> int:
    """The number at the end of a task's name."""
    index = task.name.rpartition("/")[2]
    return int(index) if index.isdecimal() else 0


def _batch() -> AbstractContextManager[None]:
    """The error handling around every call."""
    return translate_google_errors("Cloud Batch", role="roles/batch.jobsEditor on the project")


def batch_job_from(job: "Job") -> BatchJob:
    """The BatchJob for a job of the client library; a state that is not in JobState becomes UNKNOWN."""
    number: int = type(job).pb(job).status.state  # the raw number: the library warns about unknown states
    return BatchJob(
        name=job.name,
        uid=job.uid,
        state=JobState.from_number(number),
        labels=dict(job.labels),
        events=_sentences(job.status.status_events),
        state_since=_last_change(job.status.status_events),
        created_at=plain_time(job.create_time),
        running_since=_time_of_state(job.status.status_events, JobState.RUNNING),
    )


def _time_of_state(events: "Iterable[StatusEvent]", state: JobState) -> datetime | None:
    """When the job first entered a state; None when no event says so."""
    moments = (plain_time(event.event_time) for event in events if state_set_by(event.description) == state.name)
    return min((moment for moment in moments if moment), default=None)


def _last_change(events: "Iterable[StatusEvent]") -> datetime | None:
    """When the job entered its present state; None when no event says so."""
    moments = (plain_time(event.event_time) for event in events if is_change_of_state(event.description))
    return max((moment for moment in moments if moment), default=None)


def _sentences(events: "Iterable[StatusEvent]") -> Sequence[str]:
    """The descriptions, oldest first; Batch may list events in another order."""
    return tuple(event.description for event in sorted(events, key=lambda event: event.event_time))


def job_request(plan: LaunchPlan, settings: BatchSettings) -> dict[str, Any]:
    """The job of a plan for the client library; STANDARD provisioning, since a head job must not be preempted."""
    instance = {"policy": {"machine_type": settings.machine_type, "provisioning_model": "STANDARD"}}
    allocation: dict[str, Any] = {
        "location": {"allowed_locations": [f"regions/{settings.location}"]},
        "instances": [instance],
        "service_account": {"email": settings.service_account},
        "labels": dict(plan.labels),
    }
    if settings.network:
        allocation["network"] = {
            "network_interfaces": [
                {"network": settings.network, "subnetwork": settings.subnetwork, "no_external_ip_address": True}
            ]
        }
    secrets = {"GITHUB_TOKEN": settings.github_token} if settings.github_token else {}
    spec = {
        "runnables": [{"container": {"image_uri": settings.image, "commands": list(plan.commands)}}],
        "compute_resource": {"cpu_milli": 2000, "memory_mib": plan.memory_mib, "boot_disk_mib": plan.disk_mib},
        "max_run_duration": timedelta(hours=plan.max_run_hours),
        "max_retry_count": 0,
        "environment": {"variables": dict(plan.environment), "secret_variables": secrets},
        "volumes": _volumes(plan),
    }
    return {
        "labels": dict(plan.labels),
        "task_groups": [{"task_count": 1, "task_spec": spec}],
        "allocation_policy": allocation,
        "logs_policy": {"destination": "CLOUD_LOGGING"},
    }


def _volumes(plan: LaunchPlan) -> Sequence[dict[str, Any]]:
    return [
        {
            "gcs": {"remote_path": volume.remote_path},
            "mount_path": volume.mount_path,
            "mount_options": ["-o ro" if volume.read_only else "-o rw", "-implicit-dirs"],
        }
        for volume in plan.volumes
    ]
