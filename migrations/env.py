"""Runs migrations against DATABASE_URL, or on a connection that the caller hands over."""

import os

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine

from common.models import (
    checkpoints,
    idempotency_keys,
    ingest_cursors,
    leases,
    log_entries,
    quotas,
    run_events,
    runs,
    task_logs,
    task_summaries,
    tasks,
    users,
)
from common.models.database import Base

# Importing them declares them.
TABLES = (
    checkpoints,
    idempotency_keys,
    ingest_cursors,
    leases,
    log_entries,
    quotas,
    run_events,
    runs,
    task_logs,
    task_summaries,
    tasks,
    users,
)


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def migrate_at_address() -> None:
    url = os.environ.get("DATABASE_URL")
    if not url:
        raise CommandError("DATABASE_URL is not set; it names a database: postgresql+pg8000://USER@HOST:PORT/NAME")
    engine = create_engine(url)
    with engine.connect() as connection:
        migrate(connection)
    engine.dispose()


handed_over = context.config.attributes.get("connection")
if handed_over is None:
    migrate_at_address()
else:
    migrate(handed_over)
