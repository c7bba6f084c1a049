"""sluice.config: Sluice's own Nextflow settings, passed last so that they override the user's file."""

from collections.abc import Mapping
from dataclasses import dataclass

from common.domain.batch.child_jobs import EXECUTOR
from common.domain.batch.launch_plan import ROLE_LABEL, RUN_LABEL

# without `script` and `env`, whose line breaks would break the table
TRACE_FIELDS = (
    "task_id,hash,native_id,process,tag,name,status,exit,submit,start,complete,duration,realtime,%cpu,"
    "peak_rss,peak_vmem,rchar,wchar,attempt,cpus,memory,workdir,error_action"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildJobSettings:
    """Where, and as which account, Nextflow's Batch jobs run; an empty network is the project's default one."""

    project: str
    location: str
    service_account: str
    network: str = ""
    subnetwork: str = ""


def launch_config(run_id: str, jobs: ChildJobSettings) -> str:
    """The text of sluice.config for one run."""
    labels = {RUN_LABEL: run_id, ROLE_LABEL: "task"}
    settings = {
        "process.executor": quoted(EXECUTOR),
        "process.resourceLabels": _map(labels),
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
