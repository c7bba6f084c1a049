"""The migration job of a deployment: python -m migrations.job pre|post|downgrade REVISION.

`pre` runs before the functions are deployed and stops before the first `post` migration; `post` runs after them and
applies the rest. Both then grant the functions' database users access to the tables, and operators read access.
`downgrade` undoes what comes after a revision, by hand (docs/operate.md, Roll back).
"""

import os
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from common.composition.database import read_database
from common.domain.health.parts import SystemPart
from common.services.health.reports import HealthReports
from common.services.postgres.engine import make_engine
from common.settings import Environment
from common.telemetry import start_telemetry, telemetry
from migrations.revisions import Phase, phase_of

ALEMBIC_INI: Final = Path(__file__).with_name("alembic.ini")
DOWNGRADE: Final = "downgrade"
log = telemetry("migrations")


def main() -> None:
    """Run one phase, or undo migrations; the exit status is not 0 when it fails."""
    what, *revision = sys.argv[1:] or [""]
    if len(revision) != (what == DOWNGRADE) or what not in {*Phase, DOWNGRADE}:
        sys.exit(f"usage: python -m migrations.job {'|'.join(Phase)}|{DOWNGRADE} REVISION")
    env = Environment(os.environ)
    database = read_database(env)
    callers, readers = sorted(env.names("DATABASE_CALLERS")), sorted(env.names("DATABASE_READERS"))
    env.check()
    start_telemetry()
    engine = make_engine(database)
    with engine.connect() as connection:
        if revision:
            downgrade(connection, revision[0])
            return
        left = upgrade(connection, Phase(what))
        grant_writes(connection, callers)
        grant_reads(connection, readers)
    why = f"{', '.join(left)} must still run, after the deployment" if left else None
    HealthReports(engine).note({SystemPart.SCHEMA: why}, at=datetime.now(UTC))
    engine.dispose()


def upgrade(connection: Connection, phase: Phase, ini: Path = ALEMBIC_INI) -> list[str]:
    """Apply the pending migrations of a phase; returns the revisions that are left for the other one.

    None are pending when a later release has migrated the database: this deployment goes back to an older one.
    Raises CommandError when a migration's file name has no phase, or the deployment skips a release.
    """
    config = Config(ini)
    config.attributes["connection"] = connection
    newest_first = list(ScriptDirectory.from_config(config).walk_revisions())
    phases = {script.revision: phase_of(Path(script.path)) for script in reversed(newest_first)}
    current = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()  # the query began a transaction, and each migration needs its own
    if current and current not in phases and current > max(phases):
        log.warning("the schema is that of a later release", extra={"action": "schema_is_newer", "revision": current})
        return []
    target = target_revision(phase, phases, current)
    if target:
        command.upgrade(config, target)
    log.info("schema is up to date", extra={"action": "schema_upgraded", "phase": phase, "from": current, "to": target})
    order, reached = list(phases), target or current
    return order[order.index(reached) + 1 :] if reached else order


def downgrade(connection: Connection, revision: str, ini: Path = ALEMBIC_INI) -> None:
    """Undo the migrations after `revision`. Raises CommandError if there is no such revision."""
    config = Config(ini)
    config.attributes["connection"] = connection
    command.downgrade(config, revision)
    log.info("schema is older again", extra={"action": "schema_downgraded", "to": revision})


def target_revision(phase: Phase, phases: Mapping[str, Phase], current: str | None) -> str | None:
    """The revision to upgrade to; None when nothing is pending. `phases` has every revision in order, oldest first.

    An empty database gets them all at once, as no code runs on it yet. Raises CommandError when the deployment skips a
    release: the new functions need a `pre` that could only run after the `post` of the skipped one.
    """
    order = list(phases)
    pending = order[order.index(current) + 1 :] if current else order
    if phase == Phase.PRE and current:
        first_post = next((n for n, revision in enumerate(pending) if phases[revision] == Phase.POST), len(pending))
        for later in pending[first_post:]:
            if phases[later] == Phase.PRE:
                raise CommandError(
                    f"this deployment skips a release: {pending[first_post]} runs after one and {later} before the"
                    " next; deploy the releases in between first (CHANGELOG.md)"
                )
        pending = pending[:first_post]
    return pending[-1] if pending else None


def grant_writes(connection: Connection, users: Iterable[str]) -> None:
    """Let each user read and write rows; only the job's own user may change tables, apart from partitions."""
    _grant(
        connection,
        users,
        "USAGE ON SCHEMA public",
        "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public",
        "USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public",
        "EXECUTE ON ALL FUNCTIONS IN SCHEMA public",  # which make and drop partitions
    )


def grant_reads(connection: Connection, users: Iterable[str]) -> None:
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
