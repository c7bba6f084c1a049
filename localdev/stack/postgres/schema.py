"""Migrates a database of the local stack to the newest schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

ALEMBIC_INI = Path(__file__).parents[3] / "migrations" / "alembic.ini"


def migrate(url: str) -> None:
    """Apply all missing migrations to the database at `url`."""
    config = Config(ALEMBIC_INI)
    engine = create_engine(url)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()
