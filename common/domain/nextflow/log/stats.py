"""Parses the task counts that Nextflow prints at the end of a run, in the layouts before and since version 20.01."""

import re
from collections.abc import Callable, Mapping

from common.domain.nextflow import units
from common.domain.nextflow.log.facts import RunStats
from common.domain.nextflow.log.records import LogRecord

_STATS = re.compile(r"Workflow completed > WorkflowStats\[(.*)\]", re.DOTALL)
_COUNTER = re.compile(r"\b(\w{1,40})=([^;\]]{0,100})")


def run_stats(record: LogRecord) -> RunStats | None:
    """The counts in `Workflow completed > WorkflowStats[…]`; None for any other record."""
    found = _STATS.match(record.message)
    if found is None:
        return None
    counters = dict(_COUNTER.findall(found[1]))
    ignored = _number(counters, "ignoredCount") or 0
    is_old = "succeedCount" in counters  # before 20.01 `failed` did not include ignored failures
    failed = _number(counters, "failedCount") or 0
    return RunStats(
        offset=record.start,
        at=record.timestamp,
        succeeded=_number(counters, "succeedCount" if is_old else "succeededCount") or 0,
        failed=failed if is_old else failed - ignored,
        ignored=ignored,
        cached=_number(counters, "cachedCount") or 0,
        succeeded_ms=_number(counters, "succeedDuration", units.duration_ms),
        failed_ms=_number(counters, "failedDuration", units.duration_ms),
        cached_ms=_number(counters, "cachedDuration", units.duration_ms),
        pending=_number(counters, "pendingCount"),
        submitted=_number(counters, "submittedCount"),
        running=_number(counters, "runningCount"),
        retries=_number(counters, "retriesCount"),
        aborted=_number(counters, "abortedCount"),
        peak_running=_number(counters, "peakRunning"),
        peak_cpus=_number(counters, "peakCpus"),
        peak_memory=_number(counters, "peakMemory", units.memory_bytes),
    )


def _number(counters: Mapping[str, str], name: str, read: Callable[[str], int] = units.whole_number) -> int | None:
    try:
        return read(counters[name].strip())
    except (KeyError, ValueError):
        return None
