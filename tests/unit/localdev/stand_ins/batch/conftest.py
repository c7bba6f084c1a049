"""Stand-ins on free ports, and a Laboratory that calls the Batch stand-in with Google's client."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import requests
from google.auth.credentials import AnonymousCredentials
from google.cloud import batch_v1

from localdev.stack.layout import BUCKETS, PARENT, PROJECT
from localdev.stand_ins.batch.preemptions import Preemptions
from localdev.stand_ins.batch.service import BatchStandIn
from localdev.stand_ins.batch.slowness import Slowness
from localdev.stand_ins.http.messages import Json, Request
from localdev.stand_ins.http.rest_service import RestService
from localdev.stand_ins.storage.client import ObjectClient
from localdev.stand_ins.storage.service import StorageStandIn

FINAL = ("SUCCEEDED", "FAILED", "CANCELLED")
NOT_SLOW, NONE_LOST = Slowness(), Preemptions()
NONE: Mapping[str, str] = {}
IMAGE = "nextflow/nextflow:25.10.4"


class FakeLogging(RestService):
    """A Logging stand-in that keeps the written entries in memory."""

    def __init__(self) -> None:
        self.entries: list[Json] = []
        super().__init__(0, [("POST", "/v2/entries:write", self._write)])

    def _write(self, request: Request) -> Json:
        self.entries.extend(request.json_object()["entries"])
        return {}

    def lines(self) -> list[str]:
        return [entry["textPayload"] for entry in self.entries]


class Laboratory:
    """A Batch stand-in that can be restarted, with short methods for the calls of the tests."""

    def __init__(self, folder: Path, storage: StorageStandIn, logs: FakeLogging) -> None:
        self.folder, self.storage, self.logs = folder, storage, logs
        self._services: list[BatchStandIn] = []
        self.start()

    def start(
        self, *, max_parallel_jobs: int = 100, slowness: Slowness = NOT_SLOW, preemptions: Preemptions = NONE_LOST
    ) -> None:
        service = BatchStandIn(
            0,
            self.folder,
            self.storage.url,
            f"http://127.0.0.1:{self.logs.port}",
            boot_seconds=0.05,
            max_parallel_jobs=max_parallel_jobs,
            slowness=slowness,
            preemptions=preemptions,
        )
        service.start()
        self.address = service.url
        self._services.append(service)
        self.client = batch_v1.BatchServiceClient(
            transport="rest",
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": f"http://127.0.0.1:{service.port}"},
        )

    def stop(self) -> None:
        self._services.pop().stop()
        self.client.transport.close()

    def restart(self, *, max_parallel_jobs: int = 100) -> None:
        self.stop()
        self.start(max_parallel_jobs=max_parallel_jobs)

    def create(
        self, job_id: str, *commands: str, labels: Mapping[str, str] = NONE, task_count: int = 1, **task: object
    ) -> batch_v1.Job:
        """Create a job with one container per shell command; `task` has further fields of its task spec."""
        job = job_of(*commands, labels=labels, task_count=task_count, **task)
        return self.client.create_job(parent=PARENT, job_id=job_id, job=job)

    def job(self, job_id: str) -> batch_v1.Job:
        return self.client.get_job(name=f"{PARENT}/jobs/{job_id}")

    def state(self, job_id: str) -> str:
        return str(self.job(job_id).status.state.name)

    def task(self, job_id: str, index: int = 0) -> batch_v1.Task:
        return self.client.get_task(name=f"{PARENT}/jobs/{job_id}/taskGroups/group0/tasks/{index}")

    def until(self, job_id: str, *states: str, seconds: float = 60) -> batch_v1.Job:
        """Wait until the job is in one of `states`."""
        deadline = time.monotonic() + seconds
        while (job := self.job(job_id)).status.state.name not in states:
            assert time.monotonic() < deadline, job.status
            time.sleep(0.02)
        return job

    def ended(self, job_id: str) -> batch_v1.Job:
        return self.until(job_id, *FINAL)

    def until_printed(self, line: str) -> None:
        deadline = time.monotonic() + 60
        while line not in self.logs.lines():
            assert time.monotonic() < deadline, self.logs.lines()
            time.sleep(0.02)


def job_of(*commands: str, labels: Mapping[str, str] = NONE, task_count: int = 1, **task: object) -> batch_v1.Job:
    runnables = [{"container": {"image_uri": IMAGE, "commands": ["/bin/sh", "-c", command]}} for command in commands]
    spec = {"runnables": runnables} | task
    return batch_v1.Job(
        task_groups=[{"task_spec": spec, "task_count": task_count}],
        labels=dict(labels),
        allocation_policy={"instances": [{"policy": {"machine_type": "e2-standard-2", "provisioning_model": "SPOT"}}]},
        logs_policy={"destination": "CLOUD_LOGGING"},
    )


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[StorageStandIn]:
    service = StorageStandIn(0, tmp_path / "storage")
    service.start()
    for bucket in BUCKETS:
        requests.post(
            f"{service.url}/storage/v1/b?project={PROJECT}", json={"name": bucket}, timeout=10
        ).raise_for_status()
    yield service
    service.stop()


@pytest.fixture
def objects(storage: StorageStandIn) -> Iterator[ObjectClient]:
    objects = ObjectClient(storage.url)
    yield objects
    objects.close()


@pytest.fixture
def logs() -> Iterator[FakeLogging]:
    service = FakeLogging()
    service.start()
    yield service
    service.stop()


@pytest.fixture
def lab(tmp_path: Path, storage: StorageStandIn, logs: FakeLogging) -> Iterator[Laboratory]:
    lab = Laboratory(tmp_path / "batch", storage, logs)
    yield lab
    lab.stop()
