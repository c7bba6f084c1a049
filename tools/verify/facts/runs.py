"""The smallest real runs: cancelled, resumed, completed, followed and archived."""

import io
import secrets
import time
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote

import requests

from tools.verify.deployment import TIMEOUT_S, Json
from tools.verify.facts.subject import Subject
from tools.verify.outcomes import Failed, Held, Outcome
from tools.verify.trial import Stream

GATEWAY_DEADLINE_S: Final = 15  # how long API Gateway waits for an answer unless its document says otherwise
_ARCHIVE_WITHIN_S, _NOTICE_WITHIN_S = 60, 20
_LATE_S: Final = 10  # an event arrives within some polls after it was written
_SOME_S: Final = 2  # enough to tell a stream from an answer that comes at once


def cancel_leaves_nothing(subject: Subject) -> Outcome:
    """A run is submitted, starts tasks and is cancelled; no Batch job of it lives on."""
    run = subject.trial.cancelled()
    if run["status"] != "cancelled":
        return Failed(
            f"the cancelled run {run['run_id']} is {run['status']}: {run['error_message']}",
            "people cannot stop runs",
            "read the log of queue_worker: gcloud run services logs read sluice-queue-worker",
        )
    if left := subject.trial.live_jobs(run["run_id"]):  # a run is cancelled only when all its jobs have ended
        return Failed(
            f"{len(left)} jobs of the cancelled run live on, such as {left[0]}",
            "tasks go on costing money after a cancellation",
            f"gcloud batch jobs cancel {left[0].rpartition('/')[2]} --location={subject.deployment.region}; the log of "
            "queue_worker says why it did not (it needs batch.jobsEditor, terraform/iam.tf)",
        )
    return Held(run["run_id"])


def recovery_resumes(subject: Subject) -> Outcome:
    """The recovery of the cancelled run completes, and does not repeat what had ended."""
    run = subject.trial.completed()
    tasks = run["metrics"]["tasks"]
    if not tasks.get("CACHED"):
        return Failed(
            f"the recovery {run['run_id']} ran all its tasks again: {tasks}",
            "recoveries cost as much as new runs",
            "check the roles work_and_cache of head_job in terraform/iam.tf, and the log of the run for the cache",
        )
    return Held(f"{run['run_id']}, {tasks['CACHED']} tasks from the cache")


def streams_flow(subject: Subject) -> Outcome:
    """Events arrive as they happen, on one connection that lasts until the run ends."""
    subject.trial.completed()
    stream = subject.trial.stream or Stream(0)
    deadline = time.monotonic() + _LATE_S
    while not stream.closed and time.monotonic() < deadline:
        time.sleep(0.2)
    bypass = "streams must bypass API Gateway: look at the path rules of terraform/balancer.tf"
    if not stream.arrived:
        return Failed(f"the stream of events brought nothing {stream.error}", "pages do not move", bypass)
    # "running" has the time that the log gives, and logs arrive later than the events of the database
    timed = [(at, data) for at, _, data in stream.arrived if "at" in data and data.get("status") != "running"]
    lag = max((at - _time_of(data) for at, data in timed), default=0.0)
    if lag > _LATE_S or _came_at_once(timed):
        return Failed(
            f"events arrived together, up to {lag:.0f} s late",
            "something between the function and the browser buffers the stream",
            bypass,
        )
    if stream.arrived[-1][1] != "done":
        lasted = stream.closed - stream.opened
        return Failed(
            f"the stream was cut off after {lasted:.0f} s {stream.error}", "pages reconnect all the time", bypass
        )
    lasted = stream.closed - stream.opened
    beyond = "" if lasted > GATEWAY_DEADLINE_S else f"; too short to see a deadline of {GATEWAY_DEADLINE_S} s"
    return Held(f"{len(stream.arrived)} events, {lag:.1f} s late at most, open for {lasted:.0f} s{beyond}")


def _came_at_once(timed: Sequence[tuple[float, Json]]) -> bool:
    """Whether what was written over some seconds arrived within a moment."""
    if not timed:
        return False
    written, arrived = [_time_of(data) for _, data in timed], [at for at, _ in timed]
    took = max(written) - min(written)
    return took > _SOME_S and max(arrived) - min(arrived) < took / 4


def _time_of(data: Json) -> float:
    return datetime.fromisoformat(data["at"]).timestamp()


def links_download(subject: Subject) -> Outcome:
    """A signed link to a file of the run brings its bytes, without an identity."""
    run_id = subject.trial.completed()["run_id"]
    files = subject.trial.call("GET", f"/api/runs/{run_id}/files").json()["files"]
    file = next(iter(files["inputs"]), None)
    if file is None:
        return Failed(f"the run {run_id} lists no inputs", "files cannot be found", "check RUNS_BUCKET of runs")
    answer = requests.get(file["download_url"], timeout=TIMEOUT_S)
    if not answer.ok or len(answer.content) != file["size"]:
        return Failed(
            f"the signed link to {file['name']} answered {answer.status_code} with {len(answer.content)} bytes, "
            f"not {file['size']}: {answer.text[:200]}",
            "people cannot download files",
            "the account of the function that signs needs roles/iam.serviceAccountTokenCreator on itself and "
            "roles/storage.objectViewer on the bucket (terraform/iam.tf: itself); the API iamcredentials must be on",
        )
    return Held(file["name"])


def archive_is_built(subject: Subject) -> Outcome:
    """The archive of the logs is built and downloads as a zip with nextflow.log."""
    run_id = subject.trial.completed()["run_id"]
    deadline = time.monotonic() + _ARCHIVE_WITHIN_S
    while True:
        answer = subject.trial.call("GET", f"/api/runs/{run_id}/logs/download")
        if answer.status_code == requests.codes.found:
            break
        if time.monotonic() > deadline:
            return Failed(
                f"the archive of {run_id} is not there after {_ARCHIVE_WITHIN_S} s: {answer.text[:200]}",
                "logs cannot be downloaded as a whole",
                f"gcloud tasks list --queue=sluice-archive --location={subject.deployment.region}; queue_worker's log",
            )
        time.sleep(0.5)
    archive = requests.get(answer.headers["Location"], timeout=TIMEOUT_S)
    try:
        names = zipfile.ZipFile(io.BytesIO(archive.content)).namelist()
    except zipfile.BadZipFile:
        names = []
    if not any(name.endswith("nextflow.log") for name in names):
        return Failed(
            f"the link to the archive answered {archive.status_code} with {len(archive.content)} bytes, no zip",
            "logs cannot be downloaded as a whole",
            "read the log of queue_worker; check logs_bucket of queue_worker and logs in terraform/iam.tf",
        )
    return Held(f"{len(names)} files")


def notice_arrives(subject: Subject) -> Outcome:
    """A new version of a log reaches the database by its notice alone: the run has ended, so no sync reads it."""
    run_id = subject.trial.completed()["run_id"]
    bucket = subject.deployment.settings("runs")["LOGS_BUCKET"]
    storage, name = subject.deployment.google("storage"), f"runs/{run_id}/logs/nextflow.log"
    log = storage.download(f"/storage/v1/b/{bucket}/o/{quote(name, safe='')}")
    before = int(subject.trial.call("GET", f"/api/runs/{run_id}/logs?limit=1").json()["total"])
    mark = f"the notice of {secrets.token_hex(8)} arrived"
    line = time.strftime("%b-%d %H:%M:%S.000 [verify] INFO  sluice.verify - ", time.gmtime()) + mark
    began = time.monotonic()
    storage.upload(f"/upload/storage/v1/b/{bucket}/o", name, log + line.encode() + b"\n")
    while mark not in subject.trial.call("GET", f"/api/runs/{run_id}/logs?offset={before}&limit=1").text:
        if time.monotonic() - began > _NOTICE_WITHIN_S:
            return Failed(
                f"gs://{bucket}/{name} has a new line, which is not in the database after {_NOTICE_WITHIN_S} s",
                "notices of the logs bucket do not reach bucket_watcher: logs arrive late, with each sync",
                "gcloud eventarc triggers list; gcloud pubsub subscriptions list --filter='name~eventarc'; check "
                "eventarc_audience and the accounts eventarc and Cloud Storage's (terraform/iam.tf: agent)",
            )
        time.sleep(0.1)
    return Held(f"{time.monotonic() - began:.1f} s from the upload to the row")
