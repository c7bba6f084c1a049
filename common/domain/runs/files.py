"""Where the files of a run live: one key layout `runs/{run_id}/…` in three buckets (DESIGN 2).

Nobody else builds a path.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

SAMPLESHEET, PARAMS, USER_CONFIG, OUR_CONFIG, LAUNCHER = (
    "samplesheet.csv",
    "params.yaml",
    "nextflow.config",
    "sluice.config",
    "launch.sh",
)
NEXTFLOW_LOG, TRACE, REPORT, TIMELINE, EXIT_CODE = (
    "nextflow.log",
    "trace.txt",
    "report.html",
    "timeline.html",
    "exit_code",
)
INGESTED_FILES = (NEXTFLOW_LOG, TRACE)

_WORK_URI = re.compile(r"gs://[^/]+/runs/(run-[0-9a-f]{8})/work")
_LOG_KEY = re.compile(r"runs/(run-[0-9a-f]{8})/logs/([^/]+)")


class FileGroup(StrEnum):
    """What people see of a run's files, in the order in which they see it; nobody lists the work directory."""

    INPUTS = "inputs"
    RESULTS = "results"
    LOGS = "logs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """The names of the three buckets."""

    runs: str
    logs: str
    work: str

    def for_group(self, group: FileGroup) -> str:
        """The bucket that the files of a group lie in."""
        return self.logs if group == FileGroup.LOGS else self.runs


def run_folder(run_id: str) -> str:
    return f"runs/{run_id}"


def input_key(run_id: str, name: str) -> str:
    return f"{run_folder(run_id)}/inputs/{name}"


def log_key(run_id: str, name: str) -> str:
    return f"{run_folder(run_id)}/logs/{name}"


def group_folder(run_id: str, group: FileGroup) -> str:
    """What the keys of a group begin with; the rest is the name of the file within the group."""
    return f"{run_folder(run_id)}/{group}/"


def work_folder(root_run_id: str) -> str:
    """What the keys in the work directory of a run and of its recoveries begin with."""
    return f"{run_folder(root_run_id)}/work/"


def gcs_path(buckets: Buckets, run_id: str) -> str:
    return f"gs://{buckets.runs}/{run_folder(run_id)}"


def results_uri(buckets: Buckets, run_id: str) -> str:
    return f"{gcs_path(buckets, run_id)}/results"


def work_uri(buckets: Buckets, root_run_id: str) -> str:
    return f"gs://{buckets.work}/{run_folder(root_run_id)}/work"


def cache_uri(buckets: Buckets, root_run_id: str) -> str:
    return f"gs://{buckets.work}/{run_folder(root_run_id)}/cache"


def task_folder(buckets: Buckets, root_run_id: str, work_dir: str) -> str | None:
    """The folder of a task's files in the work bucket; None for a directory that is not in that run's."""
    own = f"{work_uri(buckets, root_run_id)}/"
    return work_dir.removeprefix(f"gs://{buckets.work}/").rstrip("/") if work_dir.startswith(own) else None


def archive_key(run_id: str) -> str:
    """The zip of a run's logs; browsers save it under the last part of its key."""
    return log_key(run_id, f"{run_id}.zip")


def parse_log_key(key: str) -> tuple[str, str] | None:
    """The run id and file name that a key in the logs bucket belongs to; None for anything else that lies there."""
    match = _LOG_KEY.fullmatch(key)
    return (match[1], match[2]) if match else None


def run_id_in_work_uri(uri: str) -> str:
    """The run whose work directory lies at `uri`, as work_uri builds it. Raises ValueError for any other text."""
    match = _WORK_URI.fullmatch(uri)
    if match is None:
        raise ValueError(f"{uri!r} is no work directory")
    return match[1]
