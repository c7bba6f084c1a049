"""Migrates a database of the local stack to the newest schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError

from localdev.stack.layout import StackError

ALEMBIC_INI = Path(__file__).parents[3] / "migrations" / "alembic.ini"


def migrate(url: str) -> None:
    """Apply all missing migrations to the database at `url`. Raises StackError if another version's do not fit."""
    config = Config(ALEMBIC_INI)
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except (CommandError, DBAPIError) as error:
        raise StackError(
            "another version of Sluice made the data of this stack, and its database cannot be brought up to date "
            f"({_reason(error)}); run `make clean`, which deletes the stack's runs, and start again"
        ) from error
    finally:
        engine.dispose()


def _reason(error: Exception) -> str:
    """The error in one line; that of Postgres without the statement and the fields of its protocol."""
    parts = getattr(getattr(error, "orig", None), "args", ())
    return str(parts[0].get("M", error)) if parts and isinstance(parts[0], dict) else str(error).partition("\n")[0]
