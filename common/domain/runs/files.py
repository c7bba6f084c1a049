"""The layout of the three buckets: every key of a run begins with `runs/{run_id}/`.

No other module builds or takes apart such a path.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

SAMPLESHEET, PARAMS, DEFAULT_CONFIG, USER_CONFIG, OUR_CONFIG, LAUNCHER = (
    "samplesheet.csv",
    "params.yaml",
    "defaults.config",
    "nextflow.config",
    "sluice.config",
    "launch.sh",
)
SAMPLESHEET_WITH_TABS = "samplesheet.tsv"
NEXTFLOW_LOG, TRACE, REPORT, TIMELINE, EXIT_CODE = (
    "nextflow.log",
    "trace.txt",
    "report.html",
    "timeline.html",
    "exit_code",
)
INGESTED_FILES = (NEXTFLOW_LOG, TRACE)
RESTORED_LOG = "nextflow.log, read again"  # the cursor of entries that had been dropped

NO_CONFIG = "// The run was submitted without a Nextflow configuration of its own.\n"

_WORK_URI = re.compile(r"gs://[^/]+/runs/(run-[0-9a-f]{8})/work")
_LOG_KEY = re.compile(r"runs/(run-[0-9a-f]{8})/logs/([^/]+)")


_TEXTS = "csv tsv txt log md json yml yaml config nf groovy sh bed gtf gff gff3 fa fasta"
_IMAGES = {"png": "png", "jpg": "jpeg", "jpeg": "jpeg", "gif": "gif", "svg": "svg+xml", "webp": "webp"}
_PREVIEWS = {  # media types by ending; browsers would save text/csv instead of showing it
    **dict.fromkeys(_TEXTS.split(), "text/plain; charset=utf-8"),
    **{ending: f"image/{kind}" for ending, kind in _IMAGES.items()},
    **dict.fromkeys(("html", "htm"), "text/html; charset=utf-8"),
}
_TEXTS_WITHOUT_ENDING = frozenset({EXIT_CODE})


class FileGroup(StrEnum):
    """The groups in which a run's files are listed, in order; the work directory is not listed."""

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
        """The bucket that holds the files of a group."""
        return self.logs if group == FileGroup.LOGS else self.runs


def samplesheet_name(sheet_format: str) -> str:
    """The name of the samplesheet of a pipeline that takes files with this ending, csv or tsv."""
    return SAMPLESHEET_WITH_TABS if sheet_format == "tsv" else SAMPLESHEET


def run_folder(run_id: str) -> str:
    return f"runs/{run_id}"


def input_key(run_id: str, name: str) -> str:
    return f"{run_folder(run_id)}/inputs/{name}"


def log_key(run_id: str, name: str) -> str:
    return f"{run_folder(run_id)}/logs/{name}"


def group_folder(run_id: str, group: FileGroup) -> str:
    """The prefix of a group's keys; the rest of a key is the file's name within the group."""
    return f"{run_folder(run_id)}/{group}/"


def config_in(file: bytes) -> str | None:
    """The config in the file USER_CONFIG; None if the user sent none."""
    config = file.decode()
    return None if config == NO_CONFIG else config


def download_name(key: str) -> str:
    """The name under which browsers save an object of a run: its whole path, so that files of one name differ."""
    return key.removeprefix("runs/").replace("/", "_")


def preview_type(name: str) -> str | None:
    """The media type as which browsers show a file; None for a file that they cannot show."""
    base = name.rpartition("/")[2]
    if base in _TEXTS_WITHOUT_ENDING:
        return _PREVIEWS["txt"]
    return _PREVIEWS.get(base.rpartition(".")[2].lower()) if "." in base else None


def work_folder(root_run_id: str) -> str:
    """The prefix of the keys in the work directory that a root run and its recoveries share."""
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
    """The folder of a task's files in the work bucket; None when `work_dir` is not in this run's work directory."""
    own = f"{work_uri(buckets, root_run_id)}/"
    return work_dir.removeprefix(f"gs://{buckets.work}/").rstrip("/") if work_dir.startswith(own) else None


def archive_key(run_id: str) -> str:
    """The key of the zip of a run's logs; browsers save it under the last part of the key."""
    return log_key(run_id, f"{run_id}.zip")


def archive_part_key(run_id: str, build_id: str, name: str) -> str:
    """The key of a part of an unfinished archive; terraform/buckets.tf deletes old objects with this ending."""
    return f"{run_folder(run_id)}/archive/{build_id}/{name}.archive-part"


def parse_log_key(key: str) -> tuple[str, str] | None:
    """The run id and file name in a key of the logs bucket; None for a key that is not a run's log."""
    match = _LOG_KEY.fullmatch(key)
    return (match[1], match[2]) if match else None


def run_id_in_work_uri(uri: str) -> str:
    """The run id in the URI of a work directory, as built by work_uri. Raises ValueError for any other text."""
    match = _WORK_URI.fullmatch(uri)
    if match is None:
        raise ValueError(f"{uri!r} is not the URI of a work directory")
    return match[1]
