"""The ways in which verify-broken breaks a stack, and what verify must say about each."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from localdev.stack.layout import ARCHIVE_QUEUE, LOGS_BUCKET, QUEUE, RUNS_BUCKET, SCHEDULER_CALLER, WORK_BUCKET
from localdev.stand_ins.storage.api.signed_urls import create_signer
from tools.verify.broken.breaking import Breaker

_ELSEWHERE: Final = "https://elsewhere.example"
_ACT_AS, _OBJECT_USER = "roles/iam.serviceAccountUser", "roles/storage.objectUser"
_DAYS_7: Final = {"retentionDurationSeconds": "604800"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Misconfiguration:
    """One thing that is wrong: how to break it, the fact that must fail, and the words that must name it.

    With `runs`, it shows only when runs are tried. `also` are facts that fail for the same reason.
    """

    what: str
    broken: Callable[[Breaker], AbstractContextManager[None]]
    fact: str
    words: tuple[str, ...]
    runs: bool = False
    also: tuple[str, ...] = ()


def _setting(
    function: str, name: str, value: str | None, fact: str, *words: str, also: tuple[str, ...] = ()
) -> Misconfiguration:
    state = "unset" if value is None else f"set to {value}"
    return Misconfiguration(
        what=f"{name} of {function} {state}",
        broken=lambda breaker: breaker.settings(function, **{name: value}),
        fact=fact,
        words=(function, *words),
        also=also,
    )


def _role(account: str, role: str, resource: str, target: str) -> Misconfiguration:
    return Misconfiguration(
        what=f"{account} without {role} on {target}",
        broken=lambda breaker: breaker.without_role(account, role, resource),
        fact="roles",
        words=(f"grants.{account}", target, role, "terraform/iam.tf:"),
    )


def _bucket(what: str, name: str, fact: str, *words: str, **changes: object) -> Misconfiguration:
    return Misconfiguration(
        what=what, broken=lambda breaker: breaker.bucket(name, **changes), fact=fact, words=(name, *words)
    )


def faults(keys: Path) -> Iterator[Misconfiguration]:
    """All of them; `keys` is a folder for a foreign key."""
    yield from _of_settings()
    yield from _of_the_front_door()
    yield from _of_work()
    yield from _of_roles()
    yield from _of_folders()
    yield from _of_buckets()
    yield from _of_runs(create_signer(keys))


def _of_settings() -> Iterator[Misconfiguration]:
    yield _setting("runs", "RUNS_BUCKET", None, "settings", "RUNS_BUCKET")
    yield _setting("queue_worker", "HEAD_JOB_SERVICE_ACCOUNT", None, "settings", "HEAD_JOB_SERVICE_ACCOUNT")
    yield _setting("logs", "WORKER_CALLER", None, "settings", "WORKER_CALLER")
    yield _setting("users", "IAP_AUDIENCE", "/projects/1/global/backendServices/2", "audience", "backendServices/1")
    yield _setting("users", "HOSTED_DOMAIN", "elsewhere.example", "identity", "HOSTED_DOMAIN", also=("foreigners",))
    yield _setting("users", "IAP_KEYS_URL", "http://127.0.0.1:1/keys", "identity", "IAP_KEYS_URL")
    yield Misconfiguration(
        what="more connections than the database takes",
        broken=lambda breaker: breaker.settings("runs", DATABASE_POOL_SIZE="500"),
        fact="connections",
        words=("530", "database_max_connections"),
    )
    yield _setting(
        "benchling", "BENCHLING_URL", "postgresql://reader:none@127.0.0.1:1/lab", "benchling", "benchling-url"
    )
    yield Misconfiguration(
        what="a migration that did not run",
        broken=lambda breaker: breaker.schema("0031"),
        fact="schema",
        words=("0031", "sluice-migrate"),
    )


def _of_the_front_door() -> Iterator[Misconfiguration]:
    yield Misconfiguration(
        what="a gateway that removes the assertion",
        broken=lambda breaker: breaker.gateway("strip"),
        fact="identity",
        words=("x-goog-iap-jwt-assertion",),
    )
    yield Misconfiguration(
        what="a gateway that does not know an address",
        broken=lambda breaker: breaker.gateway("forget"),
        fact="addresses",
        words=("/api/costs", "make openapi"),
    )
    yield Misconfiguration(
        what="a function that does not run",
        broken=lambda breaker: breaker.away("insight"),
        fact="addresses",
        words=("insight",),
        also=("settings", "strangers"),
    )
    yield Misconfiguration(
        what="a clock that is an hour ahead",
        broken=lambda breaker: breaker.function("users", "late"),
        fact="clock",
        words=("3600 s", "clock"),
    )
    yield Misconfiguration(
        what="a private function that answers anybody",
        broken=lambda breaker: breaker.function("queue_worker", "open"),
        fact="strangers",
        words=("queue_worker", "invokers"),
    )


def _of_work() -> Iterator[Misconfiguration]:
    yield _setting("runs", "WORKER_AUDIENCE", _ELSEWHERE, "work", "WORKER_AUDIENCE")
    yield _setting("logs", "WORKER_URL", _ELSEWHERE, "work", "WORKER_URL")
    yield _setting("queue_worker", "SERVICE_CALLERS", SCHEDULER_CALLER, "work", "WORKER_CALLER")
    yield _setting("runs", "WORK_QUEUE", QUEUE + "-old", "queues", "WORK_QUEUE")
    yield _setting("bucket_watcher", "SERVICE_AUDIENCE", _ELSEWHERE, "notices", "eventarc_audience")
    yield Misconfiguration(
        what="a queue that is paused",
        broken=lambda breaker: breaker.queue(QUEUE),
        fact="queues",
        words=("gcloud tasks queues resume sluice-work",),
    )
    yield Misconfiguration(
        what="a queue that does not exist",
        broken=lambda breaker: breaker.queue(ARCHIVE_QUEUE, deleted=True),
        fact="queues",
        words=("sluice-archive", "ARCHIVE_QUEUE"),
    )
    yield Misconfiguration(
        what="a timer that does not call",
        broken=lambda breaker: breaker.timer(away=True),
        fact="timer",
        words=("sluice-reconcile", "never called"),
    )
    yield Misconfiguration(
        what="a timer whose calls are refused",
        broken=lambda breaker: breaker.timer("--audience", _ELSEWHERE, "--every", "1"),
        fact="timer",
        words=("401", "SERVICE_AUDIENCE"),
    )


def _of_roles() -> Iterator[Misconfiguration]:
    yield _role("runs", _OBJECT_USER, RUNS_BUCKET, "runs_bucket")
    yield _role("runs", "roles/cloudtasks.enqueuer", "sluice-work", "queue")
    yield _role("runs", "roles/iam.serviceAccountTokenCreator", "", "itself")
    yield _role("logs", "roles/logging.viewAccessor", "", "task_output")
    yield _role("bucket_watcher", "roles/storage.objectViewer", LOGS_BUCKET, "logs_bucket")
    yield _role("queue_worker", "roles/batch.jobsEditor", "", "project")
    yield _role("queue_worker", _ACT_AS, "head-job@", "head_job_account")
    yield _role("head_job", _ACT_AS, "task-job@", "task_job_account")


def _of_folders() -> Iterator[Misconfiguration]:
    yield Misconfiguration(
        what="head jobs that may not write logs",
        broken=lambda breaker: breaker.without_role("head_job", _OBJECT_USER, LOGS_BUCKET),
        fact="folders",
        words=("grants.head_job.logs", "nextflow.log", "terraform/iam.tf:"),
    )
    yield Misconfiguration(
        what="tasks that may write the cache of Nextflow",
        broken=lambda breaker: breaker.with_role("task_job", _OBJECT_USER, f"projects/_/buckets/{WORK_BUCKET}"),
        fact="folders",
        words=("task-job", "cache/verify.txt", "terraform/folders.tf"),
    )


def _of_buckets() -> Iterator[Misconfiguration]:
    yield _bucket("work files that are kept for ever", WORK_BUCKET, "buckets", "lifecycle", lifecycle=None)
    yield _bucket("soft delete of logs", LOGS_BUCKET, "buckets", "soft delete", softDeletePolicy=_DAYS_7)
    yield _bucket("results without versions", RUNS_BUCKET, "buckets", "versioning", versioning={"enabled": False})
    yield _bucket("a bucket that can be made public", RUNS_BUCKET, "buckets", "public access", iamConfiguration=None)
    yield _bucket("no CORS rule", RUNS_BUCKET, "cors", "CORS", "domain", cors=None)


def _of_runs(foreign_key: Path) -> Iterator[Misconfiguration]:
    yield Misconfiguration(
        what="an image of head jobs that does not exist",
        broken=lambda breaker: breaker.settings("queue_worker", HEAD_JOB_IMAGE="europe-docker.pkg.dev/lab/none"),
        fact="cancel",
        words=("HEAD_JOB_IMAGE=europe-docker.pkg.dev/lab/none",),
        runs=True,
    )
    yield Misconfiguration(
        what="a cancellation that leaves jobs",
        broken=lambda breaker: breaker.function("queue_worker", "careless"),
        fact="cancel",
        words=("live on", "gcloud batch jobs cancel", "queue_worker"),
        runs=True,
    )
    yield Misconfiguration(
        what="a gateway that buffers streams",
        broken=lambda breaker: breaker.gateway("buffer"),
        fact="streams",
        words=("buffers the stream", "balancer.tf"),
        runs=True,
    )
    yield Misconfiguration(
        what="a gateway that cuts streams off",
        broken=lambda breaker: breaker.gateway("cut"),
        fact="streams",
        words=("cut off", "balancer.tf"),
        runs=True,
    )
    yield Misconfiguration(
        what="a signing key that is refused",
        broken=lambda breaker: breaker.settings("runs", GOOGLE_APPLICATION_CREDENTIALS=str(foreign_key)),
        fact="links",
        words=("signed link", "roles/iam.serviceAccountTokenCreator"),
        runs=True,
    )
    yield Misconfiguration(
        what="notices that are lost",
        broken=lambda breaker: breaker.program("storage", "--trigger-bucket", "other"),
        fact="ingest",
        words=("bucket_watcher", "gcloud eventarc triggers list"),
        runs=True,
    )
