"""The head job of a run, as it will be created in Cloud Batch.

headjob/launch.sh reads the variables. The first launch already sets what a recovery needs to reuse finished tasks: a
session id chosen by us, and a Nextflow cache in the work bucket.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from common.domain.batch.job import HEAD_ROLE, ROLE_LABEL, RUN_LABEL
from common.domain.pipelines.pipeline import LaunchNeeds
from common.domain.runs import files as run_files
from common.domain.runs.files import Buckets, FileGroup
from common.domain.runs.run import Run

MOUNT_ROOT = "/mnt/disks"  # buckets are mounted below it, by Nextflow as well: /mnt/disks/<bucket>
INPUTS_DIR, LOGS_DIR = f"{MOUNT_ROOT}/inputs", f"{MOUNT_ROOT}/logs"
# On the machine of the job; the same in a recovery, because Nextflow hashes the paths of inputs.
SHEET_DIR = "/tmp/sluice-"  # noqa: S108  # nosec B108
# Nextflow keeps every task of a run in its heap; the rest of the memory is for the JVM itself, gcsfuse and the system.
HEAD_MEMORY_MIB, HEAD_HEAP_MIB = 6144, 4096
HEAD_DISK_MIB = 50 * 1024  # image, plugins, the pipeline and the logs; the size of Batch's image alone is about 30 GB
MAX_RUN_HOURS = 14 * 24 - 1  # one hour less than the 14 days that Batch allows
_NOT_IN_LABELS = re.compile(r"[^a-z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyPace:
    """Seconds between two copies of a growing log to its bucket: while people look, and otherwise (launch.sh)."""

    min_s: int
    max_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """A folder of a bucket, mounted on the machine."""

    remote_path: str  # bucket/folder/
    mount_path: str
    read_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchPlan:
    """One Batch job with one container."""

    job_id: str
    labels: Mapping[str, str]
    commands: tuple[str, ...]
    environment: Mapping[str, str]
    volumes: tuple[Volume, ...]
    max_run_hours: int = MAX_RUN_HOURS
    memory_mib: int = HEAD_MEMORY_MIB
    disk_mib: int = HEAD_DISK_MIB


def job_id_of(run_id: str) -> str:
    """The id of a run's head job; it derives from the run id, so a second launch finds the job of the first."""
    return f"sluice-{run_id}"


def launch_plan(run: Run, buckets: Buckets, needs: LaunchNeeds, *, copies: CopyPace) -> LaunchPlan:
    """The head job of a run; it resumes the session if the run reuses the work directory of another.

    Inputs, results and logs are the run's own; work directory and cache are those of the root run.
    """
    inputs = _volume(run, buckets, FileGroup.INPUTS, INPUTS_DIR, read_only=True)
    logs = _volume(run, buckets, FileGroup.LOGS, LOGS_DIR, read_only=False)
    return LaunchPlan(
        job_id=job_id_of(run.run_id),
        labels=head_labels(run),
        commands=("/bin/bash", f"{INPUTS_DIR}/{run_files.LAUNCHER}"),
        environment={
            "RUN_ID": run.run_id,
            "RUN_NAME": run.run_id,
            "PIPELINE": run.pipeline,
            "PIPELINE_VERSION": run.pipeline_version,
            "INPUTS_DIR": INPUTS_DIR,
            "LOGS_DIR": LOGS_DIR,
            "OUTDIR": run_files.results_uri(buckets, run.run_id),
            "SHEET_DIR": SHEET_DIR + run.session_id,
            "WORK_DIR": run_files.work_uri(buckets, run.root_run_id),
            "NXF_UUID": run.session_id,
            "NXF_CLOUDCACHE_PATH": run_files.cache_uri(buckets, run.root_run_id),
            "NXF_IGNORE_RESUME_HISTORY": "true",
            "NXF_ANSI_LOG": "false",
            "NXF_DISABLE_CHECK_LATEST": "true",  # or the command asks at each start whether there is a newer Nextflow
            "NXF_OPTS": f"-Xms512m -Xmx{HEAD_HEAP_MIB}m",
            "LOG_COPY_MIN_S": str(copies.min_s),
            "LOG_COPY_MAX_S": str(copies.max_s),
        }
        | ({"NXF_SYNTAX_PARSER": needs.parser} if needs.parser else {})
        | ({"RESUME_SESSION": run.session_id} if run.reused_work_dir else {}),
        volumes=(inputs, logs),
    )


def _volume(run: Run, buckets: Buckets, group: FileGroup, mount_path: str, *, read_only: bool) -> Volume:
    folder = f"{buckets.for_group(group)}/{run_files.group_folder(run.run_id, group)}"
    return Volume(remote_path=folder, mount_path=mount_path, read_only=read_only)


def head_labels(run: Run) -> dict[str, str]:
    """The labels of the head job; child jobs carry RUN_LABEL, too, and TASK_ROLE."""
    return {
        RUN_LABEL: run.run_id,
        ROLE_LABEL: HEAD_ROLE,
        "sluice-pipeline": label_value(run.pipeline),
        "sluice-owner": label_value(run.user_email),
    }


def label_value(text: str) -> str:
    """`text` as a Google Cloud label value: at most 63 of a-z, 0-9, `_` and `-`, anything else becomes `-`."""
    return _NOT_IN_LABELS.sub("-", text.lower()).strip("-")[:63]
