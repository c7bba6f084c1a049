"""The two configs that Sluice gives Nextflow: defaults.config, which all others override, and sluice.config, the last.

defaults.config becomes $NXF_HOME/config, which Nextflow reads before the pipeline's nextflow.config and every -c file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from common.domain.batch.child_jobs import EXECUTOR
from common.domain.batch.job import ROLE_LABEL, RUN_LABEL, TASK_ROLE

# without `script` and `env`, whose line breaks would break the table
TRACE_FIELDS = (
    "task_id,hash,native_id,process,tag,name,status,exit,submit,start,complete,duration,realtime,%cpu,"
    "peak_rss,peak_vmem,rchar,wchar,read_bytes,write_bytes,attempt,cpus,memory,disk,time,container,workdir,error_action"
)

# GB of boot disk for a task. The executor works in a scratch folder there, and without a size Batch gives it that of
# its image, about 30 GB: less than one BAM file. docs/head-job.md says how the setting gets to Batch.
DEFAULT_DISK_GB: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildJobSettings:
    """Where, and as which account, the jobs of tasks run; an empty network is the project's default one."""

    project: str
    location: str
    service_account: str
    network: str = ""
    subnetwork: str = ""


def default_config() -> str:
    """The text of defaults.config: values for settings that neither the pipeline nor the user makes."""
    return f"process.disk = {growing(f'{DEFAULT_DISK_GB}.GB')}\n"


def growing(amount: str) -> str:
    """A value that is `amount` in the first attempt of a task, twice that in the second, and so on."""
    return f"{{ {amount} * task.attempt }}"


def launch_config(run_id: str, jobs: ChildJobSettings) -> str:
    """The text of sluice.config for one run.

    Executor and labels stand twice: for all processes, and for those that a `withName` of another config names.
    Nextflow applies every selector that fits a process in the order in which it has first read them, and the last one
    wins, also over the pipeline's script (class ProcessConfigBuilder of Nextflow 25.10). Ours comes last, because its
    text contains the run id, which nobody knows when a config is written.
    """
    labels = {RUN_LABEL: run_id, ROLE_LABEL: TASK_ROLE}
    every_process = f"process.{quoted(f'withName:.*|{run_id}')}"
    settings = {
        "process.executor": quoted(EXECUTOR),
        "process.resourceLabels": _map(labels),
        f"{every_process}.executor": quoted(EXECUTOR),
        f"{every_process}.resourceLabels": _map(labels),
        "cleanup": "false",
        "google.project": quoted(jobs.project),
        "google.location": quoted(jobs.location),
        "google.batch.serviceAccountEmail": quoted(jobs.service_account),
        "trace.raw": "true",
        "trace.overwrite": "true",
        "trace.fields": quoted(TRACE_FIELDS),
        "report.overwrite": "true",
        "timeline.overwrite": "true",
    }
    if jobs.network:
        settings["google.batch.network"] = quoted(jobs.network)
        settings["google.batch.subnetwork"] = quoted(jobs.subnetwork)
        settings["google.batch.usePrivateAddress"] = "true"
    return "".join(f"{name} = {value}\n" for name, value in settings.items())


def quoted(text: str) -> str:
    r"""`text` as a Groovy string in single quotes, where `$` has no meaning; `\`, `'` and line breaks are escaped."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\r", "\\r").replace("\n", "\\n")
    return f"'{escaped}'"


def _map(values: Mapping[str, str]) -> str:
    return "[" + ", ".join(f"{quoted(name)}: {quoted(value)}" for name, value in values.items()) + "]"
