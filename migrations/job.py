"""The job of a deployment: python -m migrations.job pre|post.

`pre` runs before the functions are deployed and stops before the first migration that has to wait for them; `post`
runs after them and does the rest. Both then let the functions' own users use the tables, and operators read them.
"""

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from common.services.postgres.engine import make_engine
from common.settings import DatabaseSettings, Environment
from common.telemetry import start_telemetry, telemetry

PHASES: Final = ("pre", "post")
log = telemetry("migrations")


def main() -> None:
    """Do one phase; the exit status is not 0 when it failed."""
    if sys.argv[1:] not in [[phase] for phase in PHASES]:
        sys.exit(f"usage: python -m migrations.job {'|'.join(PHASES)}")
    env = Environment(os.environ)
    database = DatabaseSettings.read(env)
    callers, readers = sorted(env.names("DATABASE_CALLERS")), sorted(env.names("DATABASE_READERS"))
    env.check()
    start_telemetry()
    engine = make_engine(database)
    with engine.connect() as connection:
        upgrade(connection, sys.argv[1])
        let_use(connection, callers)
        let_read(connection, readers)
    engine.dispose()


def upgrade(connection: Connection, phase: str) -> None:
    """Apply the migrations of a phase."""
    config = Config(Path(__file__).with_name("alembic.ini"))
    config.attributes["connection"] = connection
    in_order = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]
    done = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()  # looking began a transaction, and each migration wants one of its own
    goal = goal_of(phase, in_order, done)
    if goal:
        command.upgrade(config, goal)
    log.info("schema is up to date", extra={"action": "schema_upgraded", "phase": phase, "from": done, "to": goal})


def goal_of(phase: str, in_order: Sequence[str], done: str | None) -> str | None:
    """The revision to reach; None when there is nothing to do in this phase."""
    pending = list(in_order[in_order.index(done) + 1 :] if done else in_order)
    if phase == "pre":
        waits = next((place for place, revision in enumerate(pending) if "_post_" in revision), len(pending))
        pending = pending[:waits]
    return pending[-1] if pending else None


def let_use(connection: Connection, users: Iterable[str]) -> None:
    """Let each user read and write rows; tables stay the job's own."""
    _grant(
        connection,
        users,
        "USAGE ON SCHEMA public",
        "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public",
        "USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public",
    )


def let_read(connection: Connection, users: Iterable[str]) -> None:
    """Let each user read rows."""
    _grant(connection, users, "USAGE ON SCHEMA public", "SELECT ON ALL TABLES IN SCHEMA public")


def _grant(connection: Connection, users: Iterable[str], *rights: str) -> None:
    quote = connection.dialect.identifier_preparer.quote_identifier
    for user in users:
        for right in rights:
            connection.execute(text(f"GRANT {right} TO {quote(user)}"))
    connection.commit()


if __name__ == "__main__":
    main()
