"""The two runs that verify starts: one that is cancelled, and one that resumes it and completes."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from urllib.parse import quote

import requests

from common.domain.batch.job import RUN_LABEL
from tools.pack_function.imports import ROOT
from tools.verify.deployment import TIMEOUT_S, Deployment, Json, ServiceRefusedError
from tools.verify.outcomes import FaultError, NotTriedError

_EXAMPLE: Final = ROOT / "examples/scrnaseq/first_run.json"
_NAME: Final = "make verify"
_TRIES: Final = 3
_SILENCE_S: Final = 60  # four heartbeats
_LOOK_EVERY_S: Final = 0.3
_FINAL: Final = frozenset({"completed", "failed", "cancelled"})
_ENDED_JOBS: Final = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})


@dataclass(slots=True)
class Stream:
    """What one connection to the events of a run brought: each event with the time of its arrival."""

    opened: float
    arrived: list[tuple[float, str, Json]] = field(default_factory=list)
    closed: float = 0.0
    error: str = ""


class Trial:
    """Starts the runs when a fact first asks for them, and remembers what became of them.

    What goes wrong is raised as FaultError to the first who asks, and as NotTriedError to the others.
    """

    def __init__(self, deployment: Deployment, session: requests.Session) -> None:
        self._deployment, self._session = deployment, session
        self._results: dict[str, Any] = {}
        self.run_ids: list[str] = []
        self.stream: Stream | None = None

    def cancelled(self) -> Json:
        """A run that was cancelled after its first task had ended."""
        return self._once("the run that is cancelled", self._cancel_a_run)

    def completed(self) -> Json:
        """The recovery of the cancelled run, completed."""
        return self._once("the run that resumes", self._complete_a_run)

    def call(self, method: str, path: str, **options: Any) -> requests.Response:  # noqa: ANN401 those of requests
        """Ask the API. Raises FaultError if it answers with an error."""
        address = self._deployment.address + path
        answer = self._session.request(method, address, timeout=TIMEOUT_S, allow_redirects=False, **options)
        if answer.status_code >= requests.codes.bad_request:
            raise FaultError(
                f"{method} {path} answered {answer.status_code}: {answer.text[:300]}",
                "the function cannot do its work",
                "the answer names what is missing; its log has more (gcloud run services logs read)",
            )
        return answer

    def live_jobs(self, run_id: str) -> list[str]:
        """The names of the Batch jobs of a run that have not ended."""
        place = f"projects/{self._deployment.project}/locations/{self._deployment.region}"
        terms = f'labels.{RUN_LABEL}="{run_id}"'
        page = self._deployment.google("batch").get(f"/v1/{place}/jobs", filter=terms, pageSize=1000)
        # the label is checked here, too, in case Batch ignores the filter
        ours = [job for job in page.get("jobs", []) if job.get("labels", {}).get(RUN_LABEL) == run_id]
        return [job["name"] for job in ours if job["status"]["state"] not in _ENDED_JOBS]

    def clean_up(self) -> dict[str, str]:
        """Stop what still runs and delete the files of the runs; their rows stay, under the name `make verify`.

        Returns why it did not work, by run.
        """
        left = {}
        for run_id in self.run_ids:
            try:
                self._clean_up_after(run_id)
            except (FaultError, NotTriedError, ServiceRefusedError, requests.RequestException) as error:
                left[run_id] = str(error)
        return left

    def _clean_up_after(self, run_id: str) -> None:
        if self._run(run_id)["status"] not in _FINAL:
            self.call("DELETE", f"/api/runs/{run_id}")
            self._wait_for_end(run_id, "does not end after its cancellation")
        self._delete_files(run_id)

    def _once(self, name: str, work: Callable[[], Json]) -> Json:
        known = self._results.get(name)
        if isinstance(known, FaultError):
            raise NotTriedError(f"{name} failed: {known}")
        if known is None:
            try:
                known = self._results[name] = work()
            except FaultError as error:
                self._results[name] = error
                raise
        result: Json = known
        return result

    def _cancel_a_run(self) -> Json:
        for _ in range(_TRIES):
            body = json.loads(_EXAMPLE.read_text(encoding="utf-8")) | {"name": _NAME}
            run_id = str(self.call("POST", "/api/runs", json=body).json()["run_id"])
            self.run_ids.append(run_id)
            self._wait(run_id, _has_ended_task, "has no task that ended")
            if self._run(run_id)["status"] != "completed":  # it may be faster than we
                self.call("DELETE", f"/api/runs/{run_id}")
            run = self._wait_for_end(run_id, "is not cancelled after its cancellation was asked for")
            if run["status"] != "completed":
                return run
        raise NotTriedError(f"{_TRIES} runs completed before they could be cancelled")

    def _complete_a_run(self) -> Json:
        first = self.cancelled()["run_id"]
        run_id = str(self.call("POST", f"/api/runs/{first}/recover", json={"notes": _NAME}).json()["run_id"])
        self.run_ids.append(run_id)
        self.stream = Stream(time.time())
        threading.Thread(target=partial(self._listen, run_id, self.stream), daemon=True).start()
        run = self._wait_for_end(run_id, "does not end")
        if run["status"] != "completed":
            raise FaultError(
                f"the run {run_id} is {run['status']}: {run['error_message']} {run['status_detail'] or ''}",
                "pipelines do not complete",
                self._why(run),
            )
        return run

    def _listen(self, run_id: str, stream: Stream) -> None:
        try:
            address = f"{self._deployment.address}/api/runs/{run_id}/events"
            session = self._deployment.session()  # that of this thread
            with session.get(address, headers={"Last-Event-ID": "0"}, stream=True, timeout=_SILENCE_S) as answer:
                lines = (line.decode() for line in answer.iter_lines(chunk_size=1))
                for kind, data in _events_in(lines):
                    stream.arrived.append((time.time(), kind, data))
        except (requests.RequestException, NotTriedError) as error:
            stream.error = str(error)
        stream.closed = time.time()

    def _wait_for_end(self, run_id: str, complaint: str) -> Json:
        return self._wait(run_id, lambda run: run["status"] in _FINAL, complaint)

    def _wait(self, run_id: str, enough: Callable[[Json], bool], complaint: str) -> Json:
        deadline = time.monotonic() + self._deployment.patience_s
        while not enough(run := self._run(run_id)):
            if run["status"] in _FINAL:
                raise FaultError(
                    f"the run {run_id} ended as {run['status']}: {run['error_message']}", "a run fails", self._why(run)
                )
            if time.monotonic() > deadline:
                raise FaultError(
                    f"the run {run_id} {complaint} within {self._deployment.patience_s:.0f} s; it is {run['status']} "
                    f"({run['status_detail'] or 'no detail'})",
                    _MEANING.get(run["status"], "a part of the way does not work"),
                    self._why(run),
                )
            time.sleep(_LOOK_EVERY_S)
        return run

    def _run(self, run_id: str) -> Json:
        run: Json = self.call("GET", f"/api/runs/{run_id}").json()
        return run

    def _why(self, run: Json) -> str:
        """What to do about a run that does not go on, by what its head job and the queue show."""
        job = run["batch_job_name"]
        if not job:
            return (
                f"gcloud tasks list --queue=sluice-work --location={self._deployment.region} shows the waiting launch; "
                "the log of queue_worker says why it fails: gcloud run services logs read sluice-queue-worker"
            )
        try:
            events = self._deployment.google("batch").get(f"/v1/{job}")["status"].get("statusEvents", [])
        except ServiceRefusedError as error:
            return f"the head job cannot be read ({error}); check the role batch.jobsEditor of queue_worker"
        last = events[-1]["description"] if events else "nothing"
        image = self._deployment.settings("queue_worker")["HEAD_JOB_IMAGE"]
        return (
            f"Batch says of the head job: {last[:300]} Check the image HEAD_JOB_IMAGE={image} of queue_worker "
            f"(make head-image, make deploy FUNCTION=queue_worker); gcloud batch jobs describe {job}"
        )

    def _delete_files(self, run_id: str) -> None:
        storage, settings = self._deployment.google("storage"), self._deployment.settings("runs")
        for bucket in (settings["RUNS_BUCKET"], settings["LOGS_BUCKET"], settings["WORK_BUCKET"]):
            objects = f"/storage/v1/b/{bucket}/o"
            while page := storage.get(objects, prefix=f"runs/{run_id}/", maxResults=500).get("items"):
                for item in page:
                    storage.delete(f"{objects}/{quote(item['name'], safe='')}")


_MEANING: Final = {
    "pending": "the launch does not reach queue_worker, or Batch refuses it",
    "submitted": "the head job does not start, or nothing is heard of it",
    "running": "its tasks do not run, or nothing is heard of them",
}


def _has_ended_task(run: Json) -> bool:
    return bool((run["metrics"] or {"tasks": {}})["tasks"].get("COMPLETED"))


def _events_in(lines: Iterator[str]) -> Iterator[tuple[str, Json]]:
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
            continue
        if "data" in fields:
            yield fields.get("event", "message"), json.loads(fields["data"])
        fields = {}
