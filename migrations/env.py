"""Runs migrations on the database at DATABASE_URL, or on the connection in the config's attributes."""

import importlib
import os
import pkgutil
from collections.abc import Sequence
from pathlib import Path

from alembic import context
from alembic.operations.ops import MigrationScript
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine

from common import models
from common.models.database import Base
from migrations.revisions import name_revision

# Importing a module adds its tables to Base.metadata.
for found in pkgutil.walk_packages(models.__path__, f"{models.__name__}."):
    importlib.import_module(found.name)


def name_new_revision(_context: MigrationContext, _revision: object, scripts: Sequence[MigrationScript]) -> None:
    existing = [Path(script.path) for script in context.script.walk_revisions()]
    for script in scripts:
        name_revision(script, existing)


def is_in_models(name: str | None, kind: str, _parents: object) -> bool:
    """Whether to compare something with the models: not the partitions, which come and go."""
    return kind != "table" or name is None or not name.startswith(("entries_", "search_lines_"))


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        compare_server_default=True,
        include_name=is_in_models,
        transaction_per_migration=True,
        process_revision_directives=name_new_revision,
    )
    with context.begin_transaction():
        context.run_migrations()


def migrate_database_url() -> None:
    url = os.environ.get("DATABASE_URL")
    if not url:
        raise CommandError("DATABASE_URL is not set; expected postgresql+pg8000://USER@HOST:PORT/NAME")
    engine = create_engine(url)
    with engine.connect() as connection:
        migrate(connection)
    engine.dispose()


given_connection = context.config.attributes.get("connection")
if given_connection is None:
    migrate_database_url()
else:
    migrate(given_connection)
