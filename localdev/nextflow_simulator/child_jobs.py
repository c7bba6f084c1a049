"""The Batch jobs of a run's tasks, through the REST API of Batch."""

import queue
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import requests

from localdev.nextflow_simulator.interrupt import Interrupt
from localdev.nextflow_simulator.task import TaskAttempt
from localdev.stand_ins.http.messages import Json
from localdev.stand_ins.http.proto_json import read_timestamp
from localdev.stand_ins.storage.client import retrying_session

_TIMEOUT_S, _LOOK_EVERY_S = 30, 0.05
# As the google-batch executor asks for it (maxSpotAttempts, autoRetryExitCodes).
_AFTER_A_LOSS: Final[Json] = {"action": "RETRY_TASK", "actionCondition": {"exitCodes": [50001]}}
# The states that the google-batch executor treats as completed; it never notices a CANCELLED job.
COMPLETED_STATES = frozenset({"SUCCEEDED", "FAILED", "DELETION_IN_PROGRESS"})


@dataclass(frozen=True, slots=True)
class ChildJob:
    """A task's job in Batch; times in milliseconds since 1970."""

    state: str
    started: int | None
    changed: int


class ChildJobs:
    """Creates, lists and deletes jobs in one location; raises requests.RequestException when Batch refuses."""

    def __init__(
        self,
        url: str,
        project: str,
        location: str,
        labels: Mapping[str, str],
        interrupt: Interrupt | None = None,
        *,
        service_account: str = "",
        spot: bool = False,
        max_spot_attempts: int = 0,
    ) -> None:
        self._session = retrying_session()
        self._interrupt = interrupt or Interrupt()
        self._jobs = f"{url.rstrip('/')}/v1/projects/{project}/locations/{location}/jobs"
        self._labels = dict(labels)
        model = "SPOT" if spot else "STANDARD"
        self._instances = [{"policy": {"provisioningModel": model}}]
        self._retries = {"maxRetryCount": max_spot_attempts, "lifecyclePolicies": [_AFTER_A_LOSS]}
        self._account = {"serviceAccount": {"email": service_account}} if service_account else {}

    def close(self) -> None:
        self._session.close()

    def submit(self, task: TaskAttempt, script: str) -> str | None:
        """Create the job `task.job_id`; return its uid, or None if a signal came first.

        The request is not withdrawn then, as in Nextflow's submitter thread: Batch may create the job after this
        process has ended.
        """
        process = task.planned.process
        spec = {
            "runnables": [{"script": {"text": script}}],
            "computeResource": {
                "cpuMilli": str(process.cpus * 1000),
                "memoryMib": str(task.memory >> 20),
                **({} if task.disk is None else {"bootDiskMib": str(task.disk >> 20)}),
            },
            **self._retries,
        }
        job = {
            "taskGroups": [{"taskCount": "1", "taskSpec": spec}],
            "labels": self._labels,
            "allocationPolicy": {"labels": self._labels, "instances": self._instances, **self._account},
            "logsPolicy": {"destination": "CLOUD_LOGGING"},
        }
        answers = queue.SimpleQueue[requests.Response | Exception]()
        threading.Thread(target=self._post, args=(task.job_id, job, answers), daemon=True).start()
        while not self._interrupt.name:
            try:
                answer = answers.get(timeout=_LOOK_EVERY_S)
            except queue.Empty:
                continue
            if isinstance(answer, Exception):
                raise answer
            answer.raise_for_status()
            return str(answer.json()["uid"])
        return None

    def _post(self, job_id: str, job: Json, answers: "queue.SimpleQueue[requests.Response | Exception]") -> None:
        try:
            with retrying_session() as session:
                answers.put(session.post(self._jobs, params={"jobId": job_id}, json=job, timeout=_TIMEOUT_S))
        except requests.RequestException as error:
            answers.put(error)

    def find(self, job_id: str) -> ChildJob | None:
        """One job, which a listing may not show yet; None when it does not exist."""
        answer = self._session.get(f"{self._jobs}/{job_id}", timeout=_TIMEOUT_S)
        if answer.status_code == requests.codes.not_found:
            return None
        answer.raise_for_status()
        return _child(answer.json())

    def all(self) -> dict[str, ChildJob]:
        """All jobs of this run, by id."""
        terms = " AND ".join(f'labels.{name}="{value}"' for name, value in self._labels.items())
        query, found = {"filter": terms, "pageSize": "1000"}, dict[str, ChildJob]()
        while True:
            answer = self._session.get(self._jobs, params=query, timeout=_TIMEOUT_S)
            answer.raise_for_status()
            page = answer.json()
            found |= {job["name"].rpartition("/")[2]: _child(job) for job in page["jobs"]}
            if "nextPageToken" not in page:
                return found
            query["pageToken"] = page["nextPageToken"]

    def exit_code(self, job_id: str) -> int | None:
        """The exit code of the job's task; None when Batch does not report one."""
        answer = self._session.get(f"{self._jobs}/{job_id}/taskGroups/group0/tasks/0", timeout=_TIMEOUT_S)
        if not answer.ok:
            return None
        events = answer.json()["status"]["statusEvents"]
        codes = [event["taskExecution"]["exitCode"] for event in events if "taskExecution" in event]
        return int(codes[-1]) if codes else None

    def delete(self, job_id: str) -> None:
        """Stop and delete a job; does nothing when it no longer exists."""
        self._session.delete(f"{self._jobs}/{job_id}", timeout=_TIMEOUT_S)


def _child(job: Json) -> ChildJob:
    times = {
        event["description"].partition(" to ")[2].partition(" ")[0]: read_timestamp(event["eventTime"]) // 1_000_000
        for event in job["status"]["statusEvents"]
    }
    return ChildJob(job["status"]["state"], times.get("RUNNING"), max(times.values()))
