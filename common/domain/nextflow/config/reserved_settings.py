"""Finds settings in a user's nextflow.config that only Sluice may make, by reading its text.

The config is Groovy, which can compute the name of a setting, so this reading cannot find every one. At launch, the
command line and sluice.config (launch_config) override most of what it misses; it is the only check of settings where
the more specific one wins, as inside `withName`. Syntax: the Nextflow reference, chapter "Configuration".
"""

from collections.abc import Mapping
from itertools import islice
from types import MappingProxyType
from typing import Final, NamedTuple

from common.domain.nextflow.config.settings import settings_in

_BY_SLUICE: Final = "Sluice sets it for every run; remove the line"
_COPIED: Final = "Sluice writes this file to the place that it reads it from; remove the line"

# A setting or a whole scope, and advice for the user.
RESERVED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "process.executor": "Sluice runs every task as a Cloud Batch job; remove the line",
        "executor.name": "Sluice runs every task as a Cloud Batch job; remove the line",
        "process.resourceLabels": "Sluice finds the jobs of a run by their labels; remove the line",
        "workDir": _BY_SLUICE,
        "bucketDir": _BY_SLUICE,
        "outputDir": _BY_SLUICE,
        "cleanup": "a recovery needs the work directory, which Sluice deletes after 30 days; remove the line",
        "resume": "to resume a run, recover it in Sluice; remove the line",
        "cloudcache": _BY_SLUICE,
        "google.project": _BY_SLUICE,
        "google.location": _BY_SLUICE,
        "google.region": _BY_SLUICE,
        "google.zone": _BY_SLUICE,
        "google.batch.serviceAccountEmail": _BY_SLUICE,
        "google.batch.network": _BY_SLUICE,
        "google.batch.subnetwork": _BY_SLUICE,
        "google.batch.usePrivateAddress": _BY_SLUICE,
        "trace": _COPIED,
        "report": _COPIED,
        "timeline": _COPIED,
        "params.input": "send the sheet as samplesheet_csv; remove the line",
        "params.outdir": "results go to the run's own folder; remove the line",
        "includeConfig": "Sluice cannot check included files; copy their settings into this config instead",
    }
)
MOST_FINDINGS: Final = 20


class Finding(NamedTuple):
    """A reserved setting that the config makes in `line` (from 1), and advice for the user."""

    line: int
    setting: str
    advice: str


def reserved_settings_in(config: str) -> list[Finding]:
    """The reserved settings that `config` makes by name, in the order of the lines; at most MOST_FINDINGS."""
    made = ((found, _reserved(found.path)) for found in settings_in(config))
    findings = (Finding(found.line, found.name, _advice(found.path, reserved)) for found, reserved in made if reserved)
    return list(islice(findings, MOST_FINDINGS))


def _reserved(path: tuple[str, ...]) -> str | None:
    """The reserved setting that `path` equals, contains or is part of."""
    for setting in RESERVED:
        parts = tuple(setting.split("."))
        shorter = min(len(parts), len(path))
        if path[:shorter] == parts[:shorter]:
            return setting
    return None


def _advice(path: tuple[str, ...], reserved: str) -> str:
    if len(path) < len(reserved.split(".")):
        return f"this also replaces {reserved}, which Sluice sets; make the other settings one by one"
    return RESERVED[reserved]
