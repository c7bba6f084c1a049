"""runs.list_growth and runs.total_vs_page: the time of lists of runs when there are a million.

Both time the statements and the reading of their rows on an open connection. The rest of a request takes the same time
for any number of runs and would only make the ratios smaller. Lists with `search` are not measured: they have no index
but a time limit (decision 6).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import Connection

from bench.harness.databases import database_with_runs, engine_on, running_postgres
from bench.harness.figures import Figure, worst
from bench.harness.seeding import PIPELINES, RUNS_PER_OWNER, owner
from bench.harness.timing import medians
from common.domain.runs.status import RunStatus
from common.services.runs.listing import RunFilter, cursor_after, page_of, total_of

FEW, MANY = 10_000, 1_000_000
ROUNDS = 200
LONG_AGO = datetime(2025, 5, 24, tzinfo=UTC)  # half of the runs are older

_RAREST, _COMMONEST = (pick(PIPELINES, key=PIPELINES.__getitem__) for pick in (min, max))
_EVERYONE = RunFilter(owner=None)


def measure() -> list[Figure]:
    """Both figures; each names its worst filter."""
    with running_postgres() as postgres:
        few, many = (engine_on(database_with_runs(postgres, count)) for count in (FEW, MANY))
        with few.connect() as small, many.connect() as large:
            return [_list_growth({FEW: small, MANY: large}), _total_vs_page(large)]


def _list_growth(connections: Mapping[int, Connection]) -> Figure:
    pages = {runs: dict(_pages(connection, runs)) for runs, connection in connections.items()}
    # both sizes of a page one after the other
    times = medians({(name, runs): pages[runs][name] for name in pages[MANY] for runs in pages}, rounds=ROUNDS)
    growth = {name: times[name, MANY] / times[name, FEW] for name in pages[MANY]}
    return worst("runs.list_growth", growth, goal=1.3, against=f"the same page of {FEW:,} runs")


def _pages(connection: Connection, runs: int) -> Iterator[tuple[str, Callable[[], object]]]:
    for name, first in _single_filters(runs).items():
        deep = replace(first, cursor=_cursor_long_ago(connection, first))
        yield f"{name}, first page", partial(page_of, connection, first)
        yield f"{name}, deep page", partial(page_of, connection, deep)


def _total_vs_page(connection: Connection) -> Figure:
    subjects: dict[tuple[str, str], Callable[[], object]] = {}
    for name, run_filter in (_single_filters(MANY) | _combined_filters()).items():
        subjects[name, "page"] = partial(page_of, connection, run_filter)
        subjects[name, "total"] = partial(total_of, connection, run_filter)
    times = medians(subjects, rounds=ROUNDS)
    ratios = {name: times[name, "total"] / times[name, "page"] for name, what in subjects if what == "page"}
    return worst("runs.total_vs_page", ratios, goal=3, against=f"its first page, of {MANY:,} runs")


def _single_filters(runs: int) -> dict[str, RunFilter]:
    """Filters by one column; each matches more than a page of this many runs."""
    return {
        "the busiest owner": replace(_EVERYONE, owner=owner(0)),
        "a typical owner": replace(_EVERYONE, owner=owner(runs // RUNS_PER_OWNER // 2)),
        "everyone": _EVERYONE,
        "the commonest status": replace(_EVERYONE, status=RunStatus.COMPLETED),
        "the rarest status": replace(_EVERYONE, status=RunStatus.CANCELLED),
        "the commonest pipeline": replace(_EVERYONE, pipeline=_COMMONEST),
        "the rarest pipeline": replace(_EVERYONE, pipeline=_RAREST),
    }


def _combined_filters() -> dict[str, RunFilter]:
    busiest = replace(_EVERYONE, owner=owner(0))
    return {
        "owner and status": replace(busiest, status=RunStatus.CANCELLED),
        "owner and pipeline": replace(busiest, pipeline=_RAREST),
        "status and pipeline": replace(_EVERYONE, status=RunStatus.CANCELLED, pipeline=_RAREST),
        "status and time": replace(_EVERYONE, status=RunStatus.FAILED, created_before=LONG_AGO),
        "sequencing run": replace(_EVERYONE, source_ngs_run="NGS-1000"),
    }


def _cursor_long_ago(connection: Connection, run_filter: RunFilter) -> str:
    return cursor_after(page_of(connection, replace(run_filter, created_before=LONG_AGO, page_size=1)))
