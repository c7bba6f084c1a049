"""The roles of Sluice's own database: one that owns the tables and migrates them, one that functions use."""

from typing import Final

from sqlalchemy import Connection, create_engine

from localdev.stack.postgres.schema import migrate
from localdev.stack.postgres.server import Postgres
from migrations.job import grant_writes

OWNER: Final = "sluice_owner"
FUNCTIONS_ROLE: Final = "sluice_functions"

# What earlier versions created as the superuser; sequences and indexes follow their tables.
_TAKE_OVER: Final = f"""
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT oid::regclass::text FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v') AND relowner <> '{OWNER}'::regrole
    LOOP EXECUTE format('ALTER TABLE %s OWNER TO {OWNER}', name); END LOOP;
    FOR name IN SELECT oid::regprocedure::text FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND proowner <> '{OWNER}'::regrole
    LOOP EXECUTE format('ALTER FUNCTION %s OWNER TO {OWNER}', name); END LOOP;
END $$
"""  # noqa: S608 constant names


def prepare_database(postgres: Postgres, name: str) -> None:
    """Create or update the database: its roles, the newest schema, and the rights of functions, as in a deployment."""
    for role in (OWNER, FUNCTIONS_ROLE):
        postgres.ensure_role(role)
    if not postgres.has_database(name):
        postgres.create_database(name)
    _as_admin(postgres, name)
    migrate(postgres.url(name, role=OWNER))
    engine = create_engine(postgres.url(name, role=OWNER))
    with engine.connect() as connection:
        grant_writes(connection, [FUNCTIONS_ROLE])
    engine.dispose()


def _as_admin(postgres: Postgres, name: str) -> None:
    engine = create_engine(postgres.url(name), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        _hand_over(connection, name)
    engine.dispose()


def _hand_over(connection: Connection, name: str) -> None:
    for statement in (
        f'ALTER DATABASE "{name}" OWNER TO {OWNER}',
        f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC',
        f'GRANT CONNECT, TEMPORARY ON DATABASE "{name}" TO {FUNCTIONS_ROLE}',
        _TAKE_OVER,
    ):
        connection.exec_driver_sql(statement)
