"""Creates the buckets and the queues, as Terraform does in a deployment, and a lab bucket with the example's files.

What exists already is left unchanged.
"""

import csv
import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from localdev.stack.layout import (
    ARCHIVE_QUEUE,
    LAB_BUCKET,
    LOGS_BUCKET,
    PARENT,
    PROJECT,
    QUEUE,
    RUNS_BUCKET,
    WORK_BUCKET,
    StackError,
)
from localdev.stack.secret import Login
from localdev.stand_ins.http.session import local_session
from localdev.stand_ins.storage.cross_origin import HEADERS, METHODS

_QUEUES = (
    {
        "name": QUEUE,
        "retryConfig": {"maxAttempts": -1, "minBackoff": "1s", "maxBackoff": "30s", "maxDoublings": 5},
        "rateLimits": {"maxDispatchesPerSecond": 100, "maxConcurrentDispatches": 6},
    },
    {
        "name": ARCHIVE_QUEUE,
        "retryConfig": {"maxAttempts": 20, "minBackoff": "1s", "maxBackoff": "30s", "maxDoublings": 5},
        "rateLimits": {"maxDispatchesPerSecond": 100, "maxConcurrentDispatches": 2},
    },
)
_READS = gzip.compress(b"@read 1\nACGTN\n+\nFFFF#\n", mtime=0)


def bucket_settings(origins: Iterable[str] = ()) -> dict[str, dict[str, Any]]:
    """The settings of each bucket, as in terraform/buckets.tf; pages of `origins` may read two of them."""
    day = 24 * 3600
    unfinished = {"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"age": 7}}
    old_parts = {"action": {"type": "Delete"}, "condition": {"age": 2, "matchesSuffix": [".archive-part"]}}
    old_work = {"action": {"type": "Delete"}, "condition": {"age": 44}}
    cors = [{"origin": list(origins), "method": list(METHODS), "responseHeader": list(HEADERS), "maxAgeSeconds": 3600}]
    closed = {
        "iamConfiguration": {
            "uniformBucketLevelAccess": {"enabled": True},
            "publicAccessPrevention": "enforced",
        }
    }

    def settings(kept_s: int, *rules: Any, versioned: bool = False) -> dict[str, Any]:  # noqa: ANN401 JSON
        return closed | {
            "softDeletePolicy": {"retentionDurationSeconds": str(kept_s)},
            "versioning": {"enabled": versioned},
            "lifecycle": {"rule": [*rules, unfinished]},
        }

    return {
        RUNS_BUCKET: settings(7 * day, versioned=True) | {"cors": cors},
        LOGS_BUCKET: settings(0, old_parts) | {"cors": cors},
        WORK_BUCKET: settings(0, old_work),
    }


def create_buckets_and_queues(
    *, storage_url: str, tasks_url: str, login: Login | None = None, origins: Iterable[str] = ()
) -> None:
    """Create them in the stand-ins at these addresses; StackError when one refuses."""
    with local_session(login) as session:
        for bucket, settings in bucket_settings(origins).items():
            _create(session, f"{storage_url}/storage/v1/b?project={PROJECT}", {"name": bucket} | settings)
            session.patch(f"{storage_url}/storage/v1/b/{bucket}", json=settings, timeout=10).raise_for_status()
        for queue in _QUEUES:
            _create(session, f"{tasks_url}/v2/{PARENT}/queues", queue)


def create_lab_files(uris: Iterable[str], *, storage_url: str, login: Login | None = None) -> None:
    """Upload a small FASTQ file to each of `uris` (gs://LAB_BUCKET/…), in place of a sequencer's large one."""
    with local_session(login) as session:
        _create(session, f"{storage_url}/storage/v1/b?project={PROJECT}", {"name": LAB_BUCKET})
        for uri in uris:
            name = quote(uri.removeprefix(f"gs://{LAB_BUCKET}/"), safe="")
            address = f"{storage_url}/upload/storage/v1/b/{LAB_BUCKET}/o?uploadType=media&name={name}"
            session.post(address, data=_READS, timeout=10).raise_for_status()


def files_in_samplesheet(sheet: Path) -> Iterator[str]:
    """The URIs in the columns fastq_1 and fastq_2 of a samplesheet."""
    with sheet.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            yield from (row["fastq_1"], row["fastq_2"])


def _create(session: requests.Session, address: str, settings: dict[str, Any]) -> None:
    answer = session.post(address, json=settings, timeout=10)
    if not answer.ok and answer.status_code != requests.codes.conflict:
        raise StackError(f"POST {address} answered {answer.status_code}: {answer.text[:300]}")
