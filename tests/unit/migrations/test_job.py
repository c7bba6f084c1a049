"""The migration job applies each migration in its phase and grants the functions' users access to the tables."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from common.models.database import Base
from migrations.job import downgrade, grant_reads, grant_writes, target_revision, upgrade
from migrations.revisions import Phase
from tools.pack_function.imports import ROOT

PHASES = {"0001": Phase.PRE, "0002": Phase.PRE, "0003": Phase.POST, "0004": Phase.POST, "0005": Phase.PRE}
MIGRATION = """
from alembic import op

revision = "{revision}"
down_revision = {parent!r}


def upgrade() -> None:
    op.execute("CREATE TABLE {table} ()")


def downgrade() -> None:
    op.execute("DROP TABLE {table}")
"""
USER = "sluice-runs@lab-test.iam"


@pytest.fixture
def connection(empty_database_url: str) -> Iterator[Connection]:
    engine = create_engine(empty_database_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def ini(tmp_path: Path) -> Path:
    """The alembic.ini of one made-up migration, which makes a table."""
    shutil.copy(ROOT / "migrations" / "alembic.ini", tmp_path)
    shutil.copy(ROOT / "migrations" / "env.py", tmp_path)
    add_migration(tmp_path, "0001_pre_first", "0001", None)
    return tmp_path / "alembic.ini"


def add_migration(folder: Path, name: str, revision: str, parent: str | None) -> None:
    """A migration that makes a table with the last word of its file name."""
    path = folder / "versions" / f"{name}.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(MIGRATION.format(revision=revision, parent=parent, table=name.rpartition("_")[2]))


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


@pytest.mark.parametrize(
    ("phase", "current", "target"),
    [
        (Phase.PRE, "0001", "0002"),
        (Phase.PRE, "0002", None),
        (Phase.POST, "0002", "0004"),
        (Phase.POST, "0004", None),
    ],
)
def test_the_pre_phase_stops_before_the_first_post_migration(phase: Phase, current: str, target: str) -> None:
    of_release = {revision: PHASES[revision] for revision in list(PHASES)[:4]}
    assert target_revision(phase, of_release, current) == target


def test_an_empty_database_gets_all_migrations_at_once() -> None:
    assert target_revision(Phase.PRE, PHASES, None) == "0005"


@pytest.mark.parametrize("current", ["0001", "0002", "0003"])
def test_a_deployment_that_skips_a_release_is_refused(current: str) -> None:
    """The functions would need 0005, which comes after what must wait for the functions before them."""
    with pytest.raises(CommandError, match="0005 before the next; deploy the releases in between first"):
        target_revision(Phase.PRE, PHASES, current)

    assert target_revision(Phase.PRE, PHASES, "0004") == "0005"


def test_a_post_migration_runs_in_the_post_phase_only(connection: Connection, ini: Path) -> None:
    upgrade(connection, Phase.PRE, ini)
    add_migration(ini.parent, "0002_pre_second", "0002", "0001")
    add_migration(ini.parent, "0003_post_third", "0003", "0002")
    for _ in range(2):  # a deployment that is repeated after a failure
        assert upgrade(connection, Phase.PRE, ini) == ["0003"]
        assert tables(connection) == {"first", "second"}

    assert upgrade(connection, Phase.POST, ini) == []

    assert tables(connection) == {"first", "second", "third"}


def test_an_older_release_can_be_deployed_again_on_a_newer_schema(connection: Connection, ini: Path) -> None:
    add_migration(ini.parent, "0002_pre_second", "0002", "0001")
    upgrade(connection, Phase.PRE, ini)
    (ini.parent / "versions" / "0002_pre_second.py").unlink()  # the older release does not know it

    for phase in Phase:
        assert upgrade(connection, phase, ini) == []

    assert tables(connection) == {"first", "second"}


def test_migrations_can_be_undone_by_hand(connection: Connection, ini: Path) -> None:
    add_migration(ini.parent, "0002_post_second", "0002", "0001")
    upgrade(connection, Phase.PRE, ini)
    upgrade(connection, Phase.POST, ini)

    downgrade(connection, "0001", ini)

    assert tables(connection) == {"first"}


def test_nothing_is_applied_while_a_file_name_has_no_phase(connection: Connection, ini: Path) -> None:
    add_migration(ini.parent, "0002_second", "0002", "0001")

    with pytest.raises(CommandError, match=r"0002_second\.py does not say when it runs"):
        upgrade(connection, Phase.PRE, ini)

    assert tables(connection) == set()


def test_both_phases_bring_an_empty_database_to_the_newest_schema(connection: Connection) -> None:
    upgrade(connection, Phase.PRE)
    upgrade(connection, Phase.POST)
    upgrade(connection, Phase.POST)

    assert tables(connection) == set(Base.metadata.tables)


def test_a_functions_user_may_change_rows_but_not_tables(connection: Connection) -> None:
    upgrade(connection, Phase.POST)
    connection.execute(text(f'CREATE ROLE "{USER}"'))
    connection.commit()

    grant_writes(connection, [USER])
    grant_writes(connection, [USER])  # every deployment repeats it

    connection.execute(text(f'SET ROLE "{USER}"'))
    connection.execute(text("DELETE FROM runs"))
    connection.execute(text("SELECT make_entry_month('2026-02-01'), drop_entry_month('2026-02-01')"))
    with pytest.raises(DBAPIError, match="must be owner"):
        connection.execute(text("ALTER TABLE runs ADD COLUMN x INTEGER"))
    connection.rollback()
    connection.execute(text(f'RESET ROLE; DROP OWNED BY "{USER}"; DROP ROLE "{USER}"'))
    connection.commit()


def test_an_operator_may_read_rows_but_not_change_them(connection: Connection) -> None:
    upgrade(connection, Phase.POST)
    connection.execute(text('CREATE ROLE "ana@lab.example"'))
    connection.commit()

    grant_reads(connection, ["ana@lab.example"])

    connection.execute(text('SET ROLE "ana@lab.example"'))
    assert connection.execute(text("SELECT count(*) FROM runs")).scalar_one() == 0
    with pytest.raises(DBAPIError, match="permission denied"):
        connection.execute(text("DELETE FROM runs"))
    connection.rollback()
    connection.execute(text('RESET ROLE; DROP OWNED BY "ana@lab.example"; DROP ROLE "ana@lab.example"'))
    connection.commit()


def test_the_job_installs_the_versions_in_the_lock() -> None:
    lock = dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    pins = dict(line.split("==") for line in (ROOT / "migrations" / "requirements.txt").read_text().splitlines())
    assert pins == {name: lock[name] for name in pins}
    assert pins.keys() >= {"alembic", "cloud-sql-python-connector", "pg8000", "sqlalchemy"}
