"""Counts the billed operations of a month of runs and viewers, from how Sluice works.

The counts per run follow from the code of the actions; bench/cost_counts.py compares them with a real run on the local
stack. Seconds per invocation are assumptions on the high side.
"""

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from common.composition.head_jobs import LOG_COPIES
from common.domain.runs.work_items import pause_after

DAYS: Final = 30
_HOURS: Final = 24 * DAYS
_INPUTS: Final = 6  # launch.sh, samplesheet.csv, params.yaml, defaults.config, nextflow.config, sluice.config
_LAST_FILES: Final = 5  # nextflow.log, trace.txt, report.html, timeline.html, exit_code
YOUNG_S: Final = 600  # in this time, and for TROUBLE_S after a trouble, launch.sh copies often
TROUBLE_S: Final = 60
_LAUNCH_CHANGES: Final = 15  # of nextflow.log in its first half minute, at most one in two seconds
_TASK_CHANGES: Final = 2  # a task is submitted, and ends
_TROUBLE_CHANGES: Final = 3  # it is noted, the task is submitted again, and runs
_SUMMARY_EVERY_S: Final = 300  # Nextflow lists what is pending
_LATE_SYNCS: Final = 3  # started by the end of the log and by exit_code, and the one already queued
_MEMORY_GIB: Final = 0.5
_S_PER_API_CALL, _S_PER_WORK_ITEM, _S_PER_NOTICE = 0.1, 0.5, 0.3
_STREAM_ENDS_AFTER_H: Final = 1.0  # Cloud Run's longest request; the browser then reconnects
_TELEMETRY_BYTES_PER_CALL: Final = 700  # Cloud Run's request log, and sometimes a line of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What a laboratory does in a month."""

    runs_per_day: float = 20
    tasks_per_run: int = 200
    minutes_per_task: float = 15
    hours_per_run: float = 6
    log_mib_per_run: float = 10
    results_gib_per_run: float = 5
    viewers: int = 10  # people who keep a page of a run open
    hours_watched: float = 8  # by each of them, each day
    sync_interval_s: float = 20
    troubles_per_run: int = 5  # warnings, and tasks that fail
    copy_min_s: float = LOG_COPIES.min_s
    copy_max_s: float = LOG_COPIES.max_s
    reconcile_interval_s: float = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Numbers of operations, in one run or in a month."""

    api_calls: float = 0
    streams: float = 0
    work_items: float = 0
    notices: float = 0
    queue_operations: float = 0
    storage_writes: float = 0  # class A, the head job's included
    storage_reads: float = 0  # class B

    def times(self, factor: float) -> "Counts":
        return Counts(**{name: getattr(self, name) * factor for name in self.__slots__})

    def plus(self, other: "Counts") -> "Counts":
        return Counts(**{name: getattr(self, name) + getattr(other, name) for name in self.__slots__})

    @property
    def invocations(self) -> float:
        """Requests that functions answer."""
        return self.api_calls + self.streams + self.work_items + self.notices


def syncs_in(seconds: float, interval_s: float) -> int:
    """The number of syncs of a run that takes this long."""
    count, waited = 1, 0.0
    while (waited := waited + pause_after(count - 1, interval=timedelta(seconds=interval_s)).total_seconds()) < seconds:
        count += 1
    return count


def log_copies_in(work: Workload) -> int:
    """The copies of nextflow.log while it grows: more often while it is young and after each trouble."""
    seconds = work.hours_per_run * 3600
    often_s = min(seconds, YOUNG_S + work.troubles_per_run * TROUBLE_S)
    changes_per_s = 1 / _SUMMARY_EVERY_S + (_TASK_CHANGES * work.tasks_per_run / seconds if seconds else 0)
    bursts = _LAUNCH_CHANGES + _TROUBLE_CHANGES * work.troubles_per_run
    often = _copies(often_s, work.copy_min_s, changes_per_s * often_s + bursts)
    seldom = _copies(seconds - often_s, work.copy_max_s, changes_per_s * (seconds - often_s))
    return math.ceil(often + seldom)


def _copies(seconds: float, pause_s: float, changes: float) -> float:
    """After each copy there is a pause, and then the next change is awaited."""
    return seconds / (pause_s + seconds / changes) if seconds else 0


def counts_of_run(work: Workload) -> Counts:
    """The operations of one run from submit to archive, without viewers."""
    seconds = work.hours_per_run * 3600
    log_copies = log_copies_in(work)
    trace_copies = min(log_copies, work.tasks_per_run)
    notices = log_copies + trace_copies + _LAST_FILES
    read_files = log_copies + trace_copies + 2  # reports and exit_code are not ingested
    syncs = syncs_in(seconds, work.sync_interval_s) + _LATE_SYNCS
    return Counts(
        api_calls=1,
        work_items=syncs + 2,  # launch, archive
        notices=notices,
        queue_operations=2 * (syncs + 2) + 2,  # each is added and delivered; some are added twice
        storage_writes=_INPUTS + notices + 4,  # the archive and its part, two listings
        storage_reads=read_files + 2 * syncs + 6,  # a sync asks for the state of both files
    )


def counts_of_month(work: Workload) -> Counts:
    """The operations of runs, viewers and the timer in 30 days."""
    viewer_hours = work.viewers * work.hours_watched * DAYS
    viewers = Counts(api_calls=60 * viewer_hours, streams=viewer_hours / _STREAM_ENDS_AFTER_H)  # a request a minute
    timer = Counts(work_items=_HOURS * 3600 / work.reconcile_interval_s)
    return counts_of_run(work).times(work.runs_per_day * DAYS).plus(viewers).plus(timer)


def busy_seconds(work: Workload, counts: Counts) -> float:
    """Billed instance seconds, assuming that requests share no instance and all streams share one."""
    watched = min(24, work.hours_watched) * DAYS * 3600 if work.viewers else 0
    return (
        counts.api_calls * _S_PER_API_CALL
        + counts.work_items * _S_PER_WORK_ITEM
        + counts.notices * _S_PER_NOTICE
        + watched
    )


def gib_seconds(work: Workload, counts: Counts) -> float:
    """Billed memory: busy seconds times the memory of an instance."""
    return busy_seconds(work, counts) * _MEMORY_GIB


def telemetry_gib(counts: Counts) -> float:
    """GiB written to Cloud Logging."""
    return counts.invocations * _TELEMETRY_BYTES_PER_CALL / (1 << 30)
