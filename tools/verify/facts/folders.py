"""Jobs may write the folders of terraform/folders.tf, and no others."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from tools.verify.deployment import Deployment, ServiceRefusedError
from tools.verify.facts.roles import line_of
from tools.verify.facts.subject import Subject
from tools.verify.outcomes import Failed, Held, NotTriedError, Outcome

_RUN: Final = "runs/run-00000000"  # belongs to nobody, so a notice of its log is dropped
_FORBIDDEN: Final = 403


@dataclass(frozen=True, slots=True)
class _Place:
    """A name that an account may write by its grant on `target`, or may not write."""

    account: str
    bucket: str  # the variable with its name
    name: str
    target: str
    allowed: bool = True


_PLACES: Final = (
    _Place("head_job", "LOGS_BUCKET", f"{_RUN}/logs/nextflow.log", "logs"),
    _Place("head_job", "RUNS_BUCKET", f"{_RUN}/results/verify.txt", "results"),
    _Place("head_job", "WORK_BUCKET", f"{_RUN}/work/verify.txt", "work_and_cache"),
    _Place("head_job", "WORK_BUCKET", f"{_RUN}/cache/verify.txt", "work_and_cache"),
    _Place("task_job", "WORK_BUCKET", f"{_RUN}/work/verify.txt", "work"),
    _Place("head_job", "RUNS_BUCKET", f"{_RUN}/inputs/verify.txt", "results", allowed=False),
    _Place("head_job", "LOGS_BUCKET", f"{_RUN}/logs/verify.zip", "logs", allowed=False),
    _Place("task_job", "WORK_BUCKET", f"{_RUN}/cache/verify.txt", "work", allowed=False),
    _Place("task_job", "RUNS_BUCKET", f"{_RUN}/results/verify.txt", "results_to_read", allowed=False),
)


def jobs_write_their_folders(subject: Subject) -> Outcome:
    """Write a small object to each place as the account of a job, and delete it again."""
    for place in _PLACES:
        bucket = subject.deployment.settings("queue_worker")[place.bucket]
        email = subject.deployment.email_of(place.account)
        if _may_write(subject.deployment, bucket, place) == place.allowed:
            continue
        line = f"terraform/iam.tf:{line_of(place.account, place.target)}"
        if place.allowed:
            return Failed(
                f"{email} may not write gs://{bucket}/{place.name}",
                "runs write no logs, results, work files or cache, so they end in silence",
                f"make deploy applies {line}, where grants.{place.account}.{place.target} must have "
                f"roles/storage.objectUser, and its condition in terraform/folders.tf",
            )
        return Failed(
            f"{email} may write gs://{bucket}/{place.name}",
            "the code of a pipeline can change what is not its own",
            f"remove the grant that is not in {line}; conditions are in terraform/folders.tf",
        )
    return Held(f"{len(_PLACES)} places")


def _may_write(deployment: Deployment, bucket: str, place: _Place) -> bool:
    try:
        writer = deployment.google("storage", place.account)
        writer.upload(f"/upload/storage/v1/b/{bucket}/o", place.name, b"make verify\n")
    except ServiceRefusedError as error:
        if error.status == _FORBIDDEN:
            return False
        raise NotTriedError(
            f"{error}; who verifies needs roles/iam.serviceAccountTokenCreator on each account"
        ) from error
    deployment.google("storage").delete(f"/storage/v1/b/{bucket}/o/{quote(place.name, safe='')}")
    return True
