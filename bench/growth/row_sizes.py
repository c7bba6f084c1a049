"""tasks.bytes and entries.bytes_vs_raw: what Postgres keeps for a task with its machine and for an entry, with indexes.

Tasks are written as a live run writes them: submitted and completed by the log, running by a sync, settled by the
trace, a few at a time. The bytes are those of the tables as they are, without any vacuum. All runs are of one month, so
that their entries are in one partition; an almost empty one takes as much space as a hundred entries.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta

from sqlalchemy import Engine, text

from bench.harness.databases import database_with_runs, engine_on, running_postgres
from bench.harness.figures import Figure
from bench.harness.long_logs import RECORDS_PER_TASK, STARTED_AT, log_pieces
from bench.harness.seeding import LIVE_RUNS, id_of_run
from common.domain.batch.child_jobs import JobWithMachines
from common.domain.batch.job import BatchJob, JobState, MachineKind
from common.domain.batch.machines import MachineStay, StayEnd
from common.domain.nextflow.log.records import LogReader
from common.domain.tasks.merging import TaskSource
from common.domain.tasks.task import Task, TaskRequest, TaskStatus
from common.services.batch.child_jobs import ChildJobStore
from common.services.ingest.store import IngestStore

RUNS, TASKS = 20, 200
LOGS, ENTRIES = 100, 500
_SUBMITTED_AT_ONCE, _ENDED_AT_ONCE = 20, 2
_SIZE = text(
    "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE oid = cast(:table AS regclass)"
    " OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = cast(:table AS regclass))"
)
# The columns of a job's row that are there for its machine; the others are what a sync needs.
_MACHINE_SIZE = text(
    "SELECT sum(pg_column_size(kind_id) + pg_column_size(assigned_at) + pg_column_size(released_at)"
    " + pg_column_size(ended)) FROM child_jobs"
)
# What all runs share is counted by its rows: its pages would be nearly empty here, and are not in a database of years.
_SHARED_SIZE = text(
    "SELECT (SELECT sum(pg_column_size(task_requests)) FROM task_requests)"
    " + (SELECT sum(pg_column_size(machine_kinds)) FROM machine_kinds)"
)
_MACHINE = MachineKind(machine_type="e2-standard-4", provisioning_model="SPOT", task_pack=1)
_PROCESSES = ("FASTQC", "STARSOLO:STAR_ALIGN", "MTX_CONVERSION:MTX_TO_H5AD")


def measure() -> list[Figure]:
    """Both figures: tasks of RUNS runs that go on at the same time, entries of LOGS logs."""
    with running_postgres() as postgres:
        engine = engine_on(database_with_runs(postgres, max(LOGS, LIVE_RUNS), days=1))
        with engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE tasks SET (autovacuum_enabled = false)")
        for _ in zip(*(_life(engine, id_of_run(number)) for number in range(RUNS)), strict=True):
            pass
        raw_bytes = sum(_store_log(engine, id_of_run(number)) for number in range(LOGS))
        return [_task_bytes(engine), _entry_bytes(engine, raw_bytes)]


def _life(engine: Engine, run_id: str) -> Iterator[None]:
    """Each step changes some tasks of a run."""
    store, jobs, chance = IngestStore(engine), ChildJobStore(engine), random.Random(run_id)  # noqa: S311 the same tasks each time
    tasks = list(_tasks(run_id, chance))
    for start in range(0, TASKS, _SUBMITTED_AT_ONCE):
        submitted = tasks[start : start + _SUBMITTED_AT_ONCE]
        _merge(store, run_id, submitted, TaskSource.LOG)
        with store.writing(run_id) as writer:
            writer.mark_running({task.hash: [str(task.native_id).partition("/")[0]] for task in submitted})
        yield
        chance.shuffle(submitted)
        for first in range(0, len(submitted), _ENDED_AT_ONCE):
            ended = [_ended(task, chance) for task in submitted[first : first + _ENDED_AT_ONCE]]
            by_log = [task._replace(attempt=None, duration_ms=None, native_id=None) for task in ended]
            _merge(store, run_id, by_log, TaskSource.LOG)
            _merge(store, run_id, ended, TaskSource.TRACE)
            for task in ended:
                jobs.save(run_id, *_job_of(task), at=STARTED_AT)
            yield


def _job_of(task: Task) -> tuple[str, JobWithMachines]:
    """The id of an ended task's job, and what Batch says of it."""
    job_id = str(task.native_id).partition("/")[0]
    stay = MachineStay(zone="europe-west1-b", assigned_at=task.start_time, released_at=task.end_time, end=StayEnd.DONE)
    job = BatchJob(name=f"jobs/{job_id}", uid=job_id, state=JobState.SUCCEEDED, labels={}, machine=_MACHINE)
    return job_id, JobWithMachines(job=job, stays=[stay])


def _merge(store: IngestStore, run_id: str, updates: Sequence[Task], source: TaskSource) -> None:
    with store.writing(run_id) as writer:
        writer.merge_tasks(updates, source)


def _tasks(run_id: str, chance: random.Random) -> Iterator[Task]:
    for number in range(TASKS):
        key, rest = f"{chance.getrandbits(32):08x}", f"{chance.getrandbits(96):024x}"
        process = f"NFCORE_SCRNASEQ:SCRNASEQ:{_PROCESSES[number % len(_PROCESSES)]}"
        yield Task(
            hash=f"{key[:2]}/{key[2:]}",
            name=f"{process} (sample_{number})",
            process=process,
            tag=f"sample_{number}",
            status=TaskStatus.SUBMITTED,
            submit_time=STARTED_AT + timedelta(seconds=number, milliseconds=number * 7 % 1000),
            work_dir=f"gs://sluice-work/runs/{run_id}/work/{key[:2]}/{key[2:]}{rest}",
            native_id=f"nf-{key}-1764/0/nf-{key}-1764-{rest[:8]}",
        )


def _ended(task: Task, chance: random.Random) -> Task:
    took = timedelta(seconds=chance.randrange(5, 5_000))
    submitted = task.submit_time or STARTED_AT
    return task._replace(
        status=TaskStatus.COMPLETED,
        task_id=chance.randrange(1, 1000),
        exit_code=0,
        attempt=1,
        submit_time=submitted + timedelta(milliseconds=31),  # the trace differs a little from the log
        start_time=submitted + timedelta(seconds=60),
        end_time=submitted + took,
        duration_ms=took // timedelta(milliseconds=1),
        realtime_ms=took // timedelta(milliseconds=1),
        cpu_percent=chance.randrange(8_000) / 10,
        cpus=4,
        memory=16 << 30,
        memory_peak=chance.randrange(1 << 34),
        read_bytes=chance.randrange(1 << 36),
        write_bytes=chance.randrange(1 << 34),
        request=TaskRequest(
            disk=100 << 30, time_ms=14_400_000, container=f"quay.io/biocontainers/{task.process}:2.7.10b"
        ),
    )


def _store_log(engine: Engine, run_id: str) -> int:
    """Store a log of ENTRIES entries as it grows; returns its bytes."""
    pieces, reader, number, size = log_pieces(ENTRIES // RECORDS_PER_TASK), LogReader(STARTED_AT), 0, 0
    for piece in pieces:
        closed = reader.feed(piece)
        with IngestStore(engine).writing(run_id) as writer:
            writer.add_entries(closed, first_number=number)
        number, size = number + len(closed), size + len(piece)
    return size


def _task_bytes(engine: Engine) -> Figure:
    statistics = text("SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'tasks'")
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT pg_stat_force_next_flush()")
        updates, in_place = connection.execute(statistics).one()
        table = connection.execute(text("SELECT pg_table_size('tasks')")).scalar_one() / (RUNS * TASKS)
        machines = connection.execute(_MACHINE_SIZE).scalar_one() / (RUNS * TASKS)
        shared = connection.execute(_SHARED_SIZE).scalar_one() / (RUNS * TASKS)
    value = _size_of(engine, "tasks") / (RUNS * TASKS) + machines + shared
    against = (
        f"{table:.0f} of them in the table, {machines:.0f} for its machine, in the row of its job;"
        f" {in_place:,} of {updates:,} updates in place"
    )
    return Figure(name="tasks.bytes", value=value, goal=1000, unit="bytes", against=against)


def _entry_bytes(engine: Engine, raw_bytes: int) -> Figure:
    stored = _size_of(engine, "entries")
    against = f"the bytes of {LOGS} logs of {ENTRIES:,} entries, {raw_bytes / 1e6:.0f} MB"
    return Figure(name="entries.bytes_vs_raw", value=stored / raw_bytes, goal=1.15, against=against)


def _size_of(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(_SIZE, {"table": table}).scalar_one())
