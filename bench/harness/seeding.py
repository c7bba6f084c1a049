"""Fills `runs` with any number of realistic runs by COPY: a million in seconds."""

import itertools
import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, create_engine, text

from common.domain.runs.run import run_id_from

RUNS_PER_OWNER = 100  # on average; the busiest owner of 10,000 has a hundred times as many
PIPELINES = {"nf-core/scrnaseq": 70, "nf-core/rnaseq": 20, "nf-core/sarek": 9, "nf-core/ampliseq": 1}  # percent
STATUSES = {"completed": 80, "failed": 15, "cancelled": 5}  # percent of the finished runs
LIVE_RUNS = 100  # the newest

_INDEXES = text("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'runs' AND indexname <> 'pk_runs'")
THREE_YEARS = 3 * 365  # days
_NEWEST = datetime(2026, 11, 23, 12, tzinfo=UTC)
_ROWS_PER_BLOCK = 1000
_COLUMNS = (
    "run_id", "pipeline", "pipeline_version", "status", "user_email", "created_at", "updated_at",
    "gcs_path", "params", "sample_count", "source_ngs_runs", "source_project", "metrics", "session_id",
)  # fmt: skip
_ID_STEP = 2_654_435_761  # odd, so all ids differ; consecutive runs get distant ids, as with random ids


def owner(number: int) -> str:
    """The email of an owner; 0 has the most runs."""
    return f"scientist{number:05}@lab.example"


def id_of_run(number: int) -> str:
    """The id of a run; 0 is the oldest."""
    return run_id_from(number * _ID_STEP)


def seed_runs(url: str, count: int, *, days: int = THREE_YEARS) -> None:
    """Store `count` runs of the last `days` and vacuum; `runs` must be empty."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")  # VACUUM cannot run in a transaction
    with engine.connect() as connection:
        # without it, VACUUM cannot mark pages all-visible yet, and index-only scans would read every row
        connection.exec_driver_sql("SET synchronous_commit = on")
        with _without_indexes(connection):
            statement = f"COPY runs ({', '.join(_COLUMNS)}) FROM STDIN"
            connection.connection.cursor().execute(statement, stream=_blocks(count, days))  # type: ignore[call-arg]
        connection.exec_driver_sql("VACUUM (ANALYZE) runs")
    engine.dispose()


@contextmanager
def _without_indexes(connection: Connection) -> Iterator[None]:
    """Drop the indexes and create them afterwards, which is much faster than filling them row by row."""
    indexes = connection.execute(_INDEXES).all()
    for name, _ in indexes:
        connection.exec_driver_sql(f"DROP INDEX {name}")
    yield
    for _, definition in indexes:
        connection.exec_driver_sql(definition)


def _blocks(count: int, days: int) -> Iterator[bytes]:
    """The rows in COPY's text format; nothing in them needs escaping."""
    rows = _rows(count, days)
    while block := "".join(itertools.islice(rows, _ROWS_PER_BLOCK)):
        yield block.encode()


def _rows(count: int, days: int) -> Iterator[str]:
    chance = random.Random(count)  # noqa: S311 the same runs each time
    owners = max(1, count // RUNS_PER_OWNER)
    pipelines = chance.choices(list(PIPELINES), list(PIPELINES.values()), k=count)
    statuses = chance.choices(list(STATUSES), list(STATUSES.values()), k=count)
    statuses[-LIVE_RUNS:] = ["running"] * LIVE_RUNS
    span = timedelta(days=days)
    for number, (pipeline, status) in enumerate(zip(pipelines, statuses, strict=True)):
        run_id = id_of_run(number)
        created = (_NEWEST - span + span * (number / count)).isoformat()
        email = owner(int(owners * chance.random() ** 2))  # squared: a few owners have many runs, many have few
        yield (
            f"{run_id}\t{pipeline}\t2.7.1\t{status}\t{email}\t{created}\t{created}\tgs://sluice-runs/runs/{run_id}"
            f"\t{_PARAMS}\t12\t{{NGS-{number // 4}}}\tproject {number % 5000}\t{_METRICS}\t{number:032x}\n"
        )


_PARAMS = json.dumps(
    {
        "aligner": "alevin",
        "protocol": "10XV3",
        "genome": "GRCh38",
        "save_reference": False,
        "skip_multiqc": False,
        "skip_fastqc": False,
        "skip_emptydrops": True,
        "simpleaf_rlen": 91,
        "email": "scientist@lab.example",
        "multiqc_title": "Liver atlas, second pass, ten donors",
        "igenomes_base": "s3://ngi-igenomes/igenomes/",
        "publish_dir_mode": "copy",
        "max_multiqc_email_size": "25.MB",
    }
)
_METRICS = json.dumps(
    {
        "tasks": {"COMPLETED": 87, "FAILED": 1},
        "total": 88,
        "finished": 88,
        "expected": None,
        "progress": 1.0,
        "cpu_hours": 41.7,
        "memory_gb_hours": 310.2,
        "duration_ms": 9_731_000,
    }
)
