"""The database has the newest schema and takes all connections."""

from alembic.config import Config
from alembic.script import ScriptDirectory

from tools.pack_function.imports import ROOT
from tools.verify.facts.subject import Subject
from tools.verify.outcomes import Failed, Held, Outcome


def schema_is_newest(subject: Subject) -> Outcome:
    """The revision of the schema is that of the newest migration of this checkout."""
    there = subject.deployment.schema_revision()
    newest = ScriptDirectory.from_config(Config(ROOT / "migrations/alembic.ini")).get_current_head()
    if there != newest:
        return Failed(
            f"the database is at migration {there}; the newest is {newest}",
            "functions ask for tables or columns that are not there",
            "make deploy runs the migrations; by hand: gcloud run jobs execute sluice-migrate --wait "
            f"--region={subject.deployment.region} (a local database: DATABASE_URL=… make migrate)",
        )
    return Held(f"{newest}")


def connections_fit(subject: Subject) -> Outcome:
    """The functions at their largest open no more connections than the database takes."""
    needed, taken = subject.deployment.connections()
    if needed > taken:
        return Failed(
            f"the functions can open {needed} connections; the database takes {taken}",
            "under load, requests fail with 'too many clients'",
            "raise database_max_connections with a database_tier that has the memory, or lower max in instances "
            "(terraform/env), then make deploy",
        )
    return Held(f"{needed} of {taken}")
