"""The three buckets keep and delete what docs/architecture.md says, and pages may read two of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tools.verify.deployment import Json, ServiceRefusedError
from tools.verify.facts.subject import Subject
from tools.verify.outcomes import FaultError, Held, Outcome

_DAY_S: Final = 24 * 3600
_BUCKETS_TF: Final = "make deploy restores what terraform/buckets.tf says"


@dataclass(frozen=True, slots=True)
class Keeping:
    """How a bucket keeps objects: days of soft delete, versions, and the days and endings of what is deleted."""

    soft_delete_days: int
    versioned: bool
    deleted: tuple[tuple[int, tuple[str, ...]], ...]


# A test compares this with terraform/buckets.tf.
KEEPING: Final[Mapping[str, Keeping]] = {
    "RUNS_BUCKET": Keeping(7, True, ()),
    "LOGS_BUCKET": Keeping(0, False, ((2, (".archive-part",)),)),
    "WORK_BUCKET": Keeping(0, False, ((44, ()),)),
}


def _bucket(subject: Subject, variable: str) -> tuple[str, Json]:
    name = subject.deployment.settings("runs")[variable]
    try:
        return name, subject.deployment.google("storage").get(f"/storage/v1/b/{name}")
    except ServiceRefusedError as error:
        raise FaultError(
            f"the bucket {name} ({variable} of runs): {error}", "runs cannot store files", "make deploy"
        ) from error


def buckets_keep_as_designed(subject: Subject) -> Outcome:
    """Soft delete, versions, lifecycle and access of each bucket."""
    for variable, keeping in KEEPING.items():
        name, bucket = _bucket(subject, variable)
        for seen, means in differences(bucket, keeping):
            raise FaultError(f"gs://{name} {seen}", means, f"{_BUCKETS_TF}; {variable} is gs://{name}")
    return Held(f"{len(KEEPING)} buckets")


def differences(bucket: Json, keeping: Keeping) -> list[tuple[str, str]]:
    """What differs in a bucket, and what that means."""
    found = []
    kept_s = int(bucket.get("softDeletePolicy", {}).get("retentionDurationSeconds", 7 * _DAY_S))
    if kept_s != keeping.soft_delete_days * _DAY_S:
        means = "every copy of a growing log is kept and billed" if not keeping.soft_delete_days else "no way back"
        found.append((f"has soft delete for {kept_s // _DAY_S} days, not {keeping.soft_delete_days}", means))
    if bool(bucket.get("versioning", {}).get("enabled")) != keeping.versioned:
        state = "no versioning" if keeping.versioned else "versioning"
        found.append((f"has {state}", "results cannot be restored" if keeping.versioned else "old copies are billed"))
    if (deleted := _deleted(bucket)) != sorted(keeping.deleted):
        words = f"has the lifecycle rules to delete {deleted}, not {sorted(keeping.deleted)}"
        found.append((words, "work files are kept for ever, or files that are needed are deleted"))
    access = bucket.get("iamConfiguration", {})
    if access.get("publicAccessPrevention") != "enforced":
        found.append(("does not enforce public access prevention", "a mistake can make it public"))
    if not access.get("uniformBucketLevelAccess", {}).get("enabled"):
        found.append(("has no uniform access", "grants on single objects bypass terraform/iam.tf"))
    return found


def _deleted(bucket: Json) -> list[tuple[int, tuple[str, ...]]]:
    rules: list[dict[str, Any]] = bucket.get("lifecycle", {}).get("rule", [])
    deleting = [rule["condition"] for rule in rules if rule["action"]["type"] == "Delete"]
    return sorted((int(rule.get("age", 0)), tuple(rule.get("matchesSuffix", ()))) for rule in deleting)


def pages_may_read(subject: Subject) -> Outcome:
    """The console's page may read signed links to the buckets of runs and of logs."""
    origin = subject.deployment.address
    for variable in ("RUNS_BUCKET", "LOGS_BUCKET"):
        name, bucket = _bucket(subject, variable)
        rules = bucket.get("cors", [])
        if not any(origin in rule.get("origin", ()) and "GET" in rule.get("method", ()) for rule in rules):
            raise FaultError(
                f"gs://{name} has no CORS rule for {origin}",
                "the console cannot show files of a run",
                f"{_BUCKETS_TF}; domain in terraform/env must be the host name that people open",
            )
    return Held()
