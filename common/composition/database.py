"""Where Postgres is: a Cloud SQL instance, or an address that replaces it."""

from common.services.postgres.engine import DatabaseSettings
from common.settings import Environment


def read_database(env: Environment) -> DatabaseSettings:
    url = env.override("DATABASE_URL")
    read = env.optional if url else env.required
    return DatabaseSettings(
        url=url,
        instance=read("CLOUD_SQL_INSTANCE"),
        user=read("DATABASE_USER"),
        name=read("DATABASE_NAME"),
        pool_size=env.count("DATABASE_POOL_SIZE", 5),
    )
