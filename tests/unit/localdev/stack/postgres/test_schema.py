"""Databases of the local stack are migrated to the newest schema."""

from sqlalchemy import create_engine, inspect

from localdev.stack.postgres.schema import migrate


def test_migrating_twice_is_harmless(empty_database_url: str) -> None:
    migrate(empty_database_url)
    migrate(empty_database_url)
    engine = create_engine(empty_database_url)
    assert {"runs", "users", "checkpoints", "alembic_version"} <= set(inspect(engine).get_table_names())
    engine.dispose()
