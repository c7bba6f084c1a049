"""Databases of the local stack are migrated to the newest schema."""

import pytest
from sqlalchemy import create_engine, inspect

from localdev.stack.layout import StackError
from localdev.stack.postgres.schema import migrate


def test_migrating_twice_is_harmless(empty_database_url: str) -> None:
    migrate(empty_database_url)
    migrate(empty_database_url)
    engine = create_engine(empty_database_url)
    assert {"runs", "users", "checkpoints", "alembic_version"} <= set(inspect(engine).get_table_names())
    engine.dispose()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "Can't locate revision identified by '9999'"),
        ("UPDATE alembic_version SET version_num = '0001'", "already exists"),
    ],
)
def test_the_data_of_another_version_is_refused_in_one_line(empty_database_url: str, change: str, reason: str) -> None:
    migrate(empty_database_url)
    engine = create_engine(empty_database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(change)
    engine.dispose()

    with pytest.raises(StackError, match=r"^another version .*make clean`[^\n]*$") as refused:
        migrate(empty_database_url)
    assert reason in str(refused.value)
