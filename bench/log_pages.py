"""logs.tail_growth and tasks.page_growth: the time of a page of log entries and tasks in small and large runs.

tasks.timeline_ms and tasks.deep_offset_ms are what grows with the number of tasks: the timeline of all of them, and the
last of them by an offset, for somebody who drags the bar beside a list.

All measure the processor time of the statements, in Postgres and here, on an open connection. The rest of a request
takes the same time at any size and would only make the ratios smaller.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection, Engine, text

from bench.harness.databases import database_with_runs, engine_on, running_postgres
from bench.harness.figures import Figure, worst
from bench.harness.long_logs import RECORDS_PER_TASK, STARTED_AT, log_pieces
from bench.harness.processor_time import Work, processor_medians
from bench.harness.seeding import LIVE_RUNS, id_of_run
from common.domain.nextflow.log.records import LogReader
from common.domain.tasks.merging import TaskSource
from common.domain.tasks.task import Task, TaskStatus
from common.services.ingest.store import IngestStore
from common.services.logs.listing import EntryFilter, entry_page
from common.services.postgres.engine import read
from common.services.runs.store import RunStoreService
from common.services.tasks.listing import TaskFilter, task_page
from common.services.tasks.timeline import task_timeline

FEW_ENTRIES, MANY_ENTRIES = 1_000, 1_000_000
FEW_TASKS, MANY_TASKS = 100, 100_000
ROUNDS = 10  # of ten pages each

_USUAL_ORDERS = ("submit_time", "-submit_time", "duration", "-duration")  # those with an index
_PAGE = 25  # less than the smallest number of tasks
_BINS = 600  # as the page asks for
_WHOLE_LIST_MS = 200
_PIECES_AT_ONCE = 1_000
_TASKS_AT_ONCE = 10_000


def measure() -> list[Figure]:
    """All figures; those of pages name the worst page."""
    few, many = id_of_run(0), id_of_run(1)
    with running_postgres() as postgres:
        engine = engine_on(database_with_runs(postgres, LIVE_RUNS))
        for run_id, entries, tasks in ((few, FEW_ENTRIES, FEW_TASKS), (many, MANY_ENTRIES, MANY_TASKS)):
            store_log(engine, run_id, entries)
            store_tasks(engine, run_id, tasks)
        vacuum(engine)
        with engine.connect() as connection:
            of_logs = {run_id: dict(_log_pages(connection, run_id)) for run_id in (few, many)}
            of_tasks = {run_id: dict(_task_pages(connection, run_id)) for run_id in (few, many)}
            return [
                _growth("logs.tail_growth", of_logs, postgres.pid),
                _growth("tasks.page_growth", of_tasks, postgres.pid),
                *_whole_lists(connection, many, postgres.pid),
            ]


def _growth(name: str, pages: Mapping[str, Mapping[str, Callable[[], object]]], postgres: int) -> Figure:
    (few, many), kinds = pages, next(iter(pages.values()))
    works = {(kind, run_id): Work(pages[run_id][kind], (postgres,)) for kind in kinds for run_id in pages}
    times = processor_medians(works, rounds=ROUNDS, warm_up=10)
    growth = {kind: times[kind, many] / times[kind, few] for kind in kinds}
    size = f"{FEW_ENTRIES:,} entries" if name.startswith("logs") else f"{FEW_TASKS:,} tasks"
    return worst(name, growth, goal=1.3, against=f"the same page of {size}")


def _whole_lists(connection: Connection, run_id: str, postgres: int) -> Iterator[Figure]:
    timeline = partial(task_timeline, run_id=run_id, bins=_BINS, until=None)
    last = TaskFilter(offset=MANY_TASKS - _PAGE, limit=_PAGE)
    works = {
        "tasks.timeline_ms": Work(partial(read, connection.engine, timeline), (postgres,)),
        "tasks.deep_offset_ms": Work(partial(task_page, connection, run_id, last), (postgres,)),
    }
    for name, seconds in processor_medians(works, rounds=ROUNDS, warm_up=2, repeats=2).items():
        against = f"{MANY_TASKS:,} tasks, processor time with Postgres"
        yield Figure(name=name, value=seconds * 1000, goal=_WHOLE_LIST_MS, unit="ms", against=against)


def _log_pages(connection: Connection, run_id: str) -> Iterator[tuple[str, Callable[[], object]]]:
    run, tail = RunStoreService(connection.engine).get_run(run_id), EntryFilter(newest_first=True)
    yield "the newest", partial(entry_page, connection, run, tail)
    yield "further back", partial(entry_page, connection, run, replace(tail, offset=FEW_ENTRIES // 2))
    yield "the first", partial(entry_page, connection, run, EntryFilter())


def _task_pages(connection: Connection, run_id: str) -> Iterator[tuple[str, Callable[[], object]]]:
    filters = [TaskFilter(sort=sort, limit=_PAGE) for sort in _USUAL_ORDERS]
    filters += [TaskFilter(status=status, limit=_PAGE) for status in (TaskStatus.COMPLETED, TaskStatus.FAILED)]
    filters += [TaskFilter(process="QC", limit=_PAGE)]
    for first in filters:
        kind = f"{first.status or first.process or 'all'} by {first.sort}"
        after = replace(first, cursor=_cursor_in_the_middle(connection, run_id, first))
        yield f"{kind}, first page", partial(task_page, connection, run_id, first)
        yield f"{kind}, page in the middle", partial(task_page, connection, run_id, after)


def _cursor_in_the_middle(connection: Connection, run_id: str, first: TaskFilter) -> str | None:
    total = task_page(connection, run_id, first).total.count
    return task_page(connection, run_id, replace(first, limit=total // 2)).next_cursor


def store_log(engine: Engine, run_id: str, entries: int) -> None:
    pieces, reader, number = list(log_pieces(entries // RECORDS_PER_TASK)), LogReader(STARTED_AT), 0
    for start in range(0, len(pieces), _PIECES_AT_ONCE):
        closed = reader.feed(b"".join(pieces[start : start + _PIECES_AT_ONCE]))
        with IngestStore(engine).writing(run_id) as writer:
            writer.add_entries(closed, first_number=number)
        number += len(closed)


def store_tasks(engine: Engine, run_id: str, count: int) -> None:
    tasks = list(_tasks(count))
    with IngestStore(engine).writing(run_id) as writer:
        for start in range(0, count, _TASKS_AT_ONCE):
            writer.merge_tasks(tasks[start : start + _TASKS_AT_ONCE], TaskSource.TRACE)
        writer.note_progress(at=STARTED_AT)


def _tasks(count: int) -> Iterator[Task]:
    """Tasks of four processes; one in ten is only submitted, and about thirty fail, however many there are."""
    chance = random.Random(count)  # noqa: S311 the same tasks each time
    for number in range(count):
        key, process = f"{number * 2_654_435_761 % (1 << 32):08x}", ("FASTQC", "ALIGN", "QC", "MTX_TO_H5AD")[number % 4]
        submitted = STARTED_AT + timedelta(seconds=number)
        known = Task(
            hash=f"{key[:2]}/{key[2:]}",
            name=f"{process} (sample_{number})",
            process=process,
            tag=f"sample_{number}",
            status=TaskStatus.SUBMITTED,
            submit_time=submitted,
            attempt=1,
        )
        taken = timedelta(seconds=chance.randrange(5, 5_000))
        yield (
            known
            if number % 10 == 0
            else known._replace(
                status=TaskStatus.FAILED if number % (count // 30) == 1 else TaskStatus.COMPLETED,
                exit_code=137 if number % (count // 30) == 1 else 0,
                start_time=submitted + timedelta(seconds=60),
                end_time=submitted + taken,
                duration_ms=taken // timedelta(milliseconds=1),
                realtime_ms=taken // timedelta(milliseconds=1),
                cpu_percent=chance.random() * 800,
                memory_peak=chance.randrange(1 << 40),
                work_dir=f"gs://sluice-work/runs/run-1a2b3c4d/work/{key[:2]}/{key[2:]}{'0' * 24}",
            )
        )


def vacuum(engine: Engine) -> None:
    """Vacuum as autovacuum would."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE) entries, tasks, child_jobs"))
