"""The stand-in for the Benchling warehouse: a database of the local Postgres, and a role that may only read it.

Left out: Benchling's API, and all tables and columns that Sluice does not read.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from sqlalchemy import Connection, create_engine

from common.services.postgres.copy_rows import copy_rows
from localdev.stack.postgres.server import Postgres, role_password
from localdev.stand_ins.benchling import shape
from localdev.stand_ins.benchling.address import DATABASE, READER
from localdev.stand_ins.benchling.generator import RUN_COUNT, SEED, Rows, runs, shared_rows

_UNFINISHED: Final = "benchling_unfinished"
_RUNS_PER_BATCH: Final = 200
_MAKE_READER: Final = f"""
DO $$ BEGIN
    CREATE ROLE {READER} LOGIN CONNECTION LIMIT 40;
EXCEPTION WHEN duplicate_object THEN NULL;
END $$
"""


def make_warehouse(postgres: Postgres) -> None:
    """Create the warehouse unless it exists; an interrupted attempt is started again."""
    if postgres.has_database(DATABASE):
        postgres.ensure_role(READER)  # without a password in earlier versions
        return
    postgres.drop_database(_UNFINISHED)
    postgres.create_database(_UNFINISHED)
    fill_warehouse(postgres.url(_UNFINISHED))
    postgres.rename_database(_UNFINISHED, DATABASE)


def fill_warehouse(url: str, *, seed: int = SEED, run_count: int = RUN_COUNT) -> None:
    """Create the tables, their rows and the reading role in the empty database at `url`."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        # with asynchronous commit, VACUUM could not mark the rows as visible, and index-only scans would read the table
        connection.exec_driver_sql("SET synchronous_commit = on")
        for statement in shape.table_statements():
            connection.exec_driver_sql(statement)
        for rows in _batches(seed, run_count):
            _store(connection, rows)
        database, password = engine.url.database, role_password(str(engine.url.password or ""), READER)
        for statement in (*shape.index_statements(), _vacuum(), *_grants(f'"{database}"', password)):
            connection.exec_driver_sql(statement)
    engine.dispose()


def _batches(seed: int, run_count: int) -> Iterator[Rows]:
    """All rows, in batches of runs."""
    yield shared_rows()
    remaining = runs(seed, run_count)
    while batch := list(islice(remaining, _RUNS_PER_BATCH)):
        yield {table: [row for rows in batch for row in rows[table]] for table in batch[0]}


def _store(connection: Connection, rows: Rows) -> None:
    for table, table_rows in rows.items():
        if table_rows:
            columns = [f'"{name}"' for name in shape.columns_of(table)]
            copy_rows(connection, f'"{table}"', columns, table_rows)


def _vacuum() -> str:
    """Vacuum our tables as autovacuum would; vacuuming the catalogs takes longer than a small warehouse."""
    tables = ", ".join(f'"{table}"' for table in shape.OWN_COLUMNS)
    return f"VACUUM (ANALYZE) {tables}"


def _grants(database: str, password: str) -> tuple[str, ...]:
    return (
        _MAKE_READER,
        f"ALTER ROLE {READER} PASSWORD '{password}'",
        f"ALTER ROLE {READER} SET default_transaction_read_only = on",
        f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {READER}",
    )
