"""The local Benchling warehouse: a database of its own on the local Postgres, and a role that may only read it."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from sqlalchemy import Connection, create_engine

from common.services.postgres.copy_rows import copy_rows
from localdev.stack.postgres.server import Postgres
from localdev.stand_ins.benchling import shape
from localdev.stand_ins.benchling.address import DATABASE, READER
from localdev.stand_ins.benchling.generator import RUN_COUNT, SEED, Rows, runs, shared_rows

_UNFINISHED: Final = "benchling_unfinished"
_RUNS_AT_ONCE: Final = 200
_MAKE_READER: Final = f"""
DO $$ BEGIN
    CREATE ROLE {READER} LOGIN CONNECTION LIMIT 40;
EXCEPTION WHEN duplicate_object THEN NULL;
END $$
"""


def make_warehouse(postgres: Postgres) -> None:
    """Make the warehouse unless there is one; an attempt that was interrupted leaves none."""
    if postgres.has_database(DATABASE):
        return
    postgres.drop_database(_UNFINISHED)
    postgres.create_database(_UNFINISHED)
    fill_warehouse(postgres.url(_UNFINISHED))
    postgres.rename_database(_UNFINISHED, DATABASE)


def fill_warehouse(url: str, *, seed: int = SEED, run_count: int = RUN_COUNT) -> None:
    """Make the tables and their rows in the empty database at `url`, and the reader, who may see them."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        # VACUUM marks nothing visible to all whose commit might still be lost, and index scans then read every row
        connection.exec_driver_sql("SET synchronous_commit = on")
        for statement in shape.table_statements():
            connection.exec_driver_sql(statement)
        for rows in _batches(seed, run_count):
            _store(connection, rows)
        database = engine.url.database
        for statement in (*shape.index_statements(), _tidy(), *_grants(f'"{database}"')):
            connection.exec_driver_sql(statement)
    engine.dispose()


def _batches(seed: int, run_count: int) -> Iterator[Rows]:
    """All rows, those of some runs at a time."""
    yield shared_rows()
    some = runs(seed, run_count)
    while batch := list(islice(some, _RUNS_AT_ONCE)):
        yield {table: [row for rows in batch for row in rows[table]] for table in batch[0]}


def _store(connection: Connection, rows: Rows) -> None:
    for table, of_table in rows.items():
        if of_table:
            columns = [f'"{name}"' for name in shape.columns_of(table)]
            copy_rows(connection, f'"{table}"', columns, of_table)


def _tidy() -> str:
    """As autovacuum would; only what is ours, for the catalogs take longer than a small warehouse."""
    tables = ", ".join(f'"{table}"' for table in shape.OWN_COLUMNS)
    return f"VACUUM (ANALYZE) {tables}"


def _grants(database: str) -> tuple[str, ...]:
    return (
        _MAKE_READER,
        f"ALTER ROLE {READER} SET default_transaction_read_only = on",
        f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {READER}",
    )
