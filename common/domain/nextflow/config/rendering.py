"""Renders a nextflow.config for Cloud Batch: resource limits, retries, spot machines, settings of single processes.

These are the settings that users may change; launch_config holds those that Sluice makes. Syntax and settings: the
Nextflow reference, chapters "Configuration" and "Configuration options".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from common.domain.batch.job import BatchExitCode
from common.domain.batch.launch_config import growing, quoted
from common.domain.pipelines.pipeline import PipelineVersion

# Exit codes after which a retry can succeed: killed by a signal, such as out of memory (130 to 145), a failed node
# (104), and Batch's own codes for a preempted or lost machine.
_RETRYABLE: Final = f"(130..145) + 104 + ({min(BatchExitCode)}..{max(BatchExitCode)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """The resources of a task; None keeps the pipeline's own. Memory and disk in GB (2^30 bytes), time in hours."""

    cpus: int | None = None
    memory_gb: int | None = None
    disk_gb: int | None = None
    time_h: int | None = None

    def settings(self) -> dict[str, str]:
        """The given resources, by Nextflow's names."""
        given = {
            "cpus": (self.cpus, ""),
            "memory": (self.memory_gb, ".GB"),
            "disk": (self.disk_gb, ".GB"),
            "time": (self.time_h, ".h"),
        }
        return {name: f"{value}{unit}" for name, (value, unit) in given.items() if value is not None}

    def growing_settings(self) -> dict[str, str]:
        """The same for one process; all but the CPUs grow with each attempt, so that a retry can succeed."""
        return {name: value if name == "cpus" else growing(value) for name, value in self.settings().items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigOptions:
    """`limits` cap every task; `processes` set the resources of single processes, by their short names.

    `spot` machines cost less and may be preempted: a task that loses its machine is repeated on up to `spot_attempts`
    new ones. A task that fails with a retryable exit code is retried `retries` times.
    """

    limits: Resources = field(default_factory=Resources)
    processes: Mapping[str, Resources] = field(default_factory=dict)
    retries: int = 2
    spot: bool = False
    spot_attempts: int = 3


def run_config(version: PipelineVersion, options: ConfigOptions) -> str:
    """The text of the config."""
    lines = [f"// {version.pipeline} {version.version} on Cloud Batch. Sluice adds where it runs, and its labels."]
    lines += ["process {"]
    if limits := options.limits.settings():
        lines += [f"    resourceLimits = [{', '.join(f'{name}: {value}' for name, value in limits.items())}]"]
    lines += [
        f"    errorStrategy = {{ task.exitStatus in ({_RETRYABLE}) ? 'retry' : 'finish' }}",
        f"    maxRetries = {options.retries}",
    ]
    for name, resources in options.processes.items():
        lines += [f"    withName: {quoted(name)} {{"]
        lines += [f"        {setting} = {value}" for setting, value in resources.growing_settings().items()]
        lines += ["    }"]
    lines += ["}", f"google.batch.spot = {'true' if options.spot else 'false'}"]
    if options.spot:
        lines += [f"google.batch.maxSpotAttempts = {options.spot_attempts}"]
    return "\n".join(lines) + "\n"
