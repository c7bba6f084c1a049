"""Jobs that are left in Cloud Batch although their run is over, or that belong to no run of the database."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from common.domain.batch.job import HEAD_ROLE, ROLE_LABEL, RUN_LABEL, BatchJob

# A database that was restored from a backup does not know the newest runs, and those must not be stopped.
UNKNOWN_AFTER: Final = timedelta(hours=1)
MOST_UNKNOWN: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftovers:
    """Live jobs without a live run: task jobs in `of_runs` by the id of a run that is over, and jobs of unknown runs.

    `heads` are the ids of runs that are over although their head job lives. `unknown` has head jobs first, because
    Nextflow waits for ever for a cancelled task job.
    """

    of_runs: Mapping[str, Sequence[BatchJob]]
    heads: frozenset[str]
    unknown: Sequence[BatchJob]

    @property
    def may_stop_unknown(self) -> bool:
        return len(self.unknown) <= MOST_UNKNOWN


def leftovers_in(live_jobs: Iterable[BatchJob], runs_over: Mapping[str, bool], *, at: datetime) -> Leftovers:
    """Sort live jobs, without those of live runs; `runs_over` tells for each known run whether it is over."""
    of_runs: dict[str, list[BatchJob]] = defaultdict(list)
    heads, unknown = set[str](), list[BatchJob]()
    for job in live_jobs:
        run_id = job.labels.get(RUN_LABEL, "")
        is_over = runs_over.get(run_id)
        if is_over is None and job.needs_stopping and job.created_at and at - job.created_at > UNKNOWN_AFTER:
            unknown.append(job)
        if not is_over:
            continue
        if _is_head(job):
            heads.add(run_id)
        else:
            of_runs[run_id].append(job)
    return Leftovers(of_runs=of_runs, heads=frozenset(heads), unknown=sorted(unknown, key=_is_head, reverse=True))


def _is_head(job: BatchJob) -> bool:
    return job.labels.get(ROLE_LABEL) == HEAD_ROLE
