"""The local warehouse is created once and completely."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from localdev.stack.ports import free_port
from localdev.stack.postgres.server import Postgres
from localdev.stand_ins.benchling import shape, warehouse
from localdev.stand_ins.benchling.address import DATABASE, READER
from localdev.stand_ins.benchling.warehouse import make_warehouse
from tests.support.benchling import SharedWarehouse


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    server = Postgres(tmp_path / "postgres", free_port())
    server.start()
    yield server
    server.stop()


def ask(url: str, sql: str) -> object:
    engine = create_engine(url)
    with engine.begin() as connection:
        answer = connection.execute(text(sql))
        found = answer.scalar() if answer.returns_rows else None
    engine.dispose()
    return found


def test_the_warehouse_is_created_once_even_after_an_interrupted_attempt(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.create_database("benchling_unfinished")
    fill = warehouse.fill_warehouse
    monkeypatch.setattr(warehouse, "fill_warehouse", lambda url: fill(url, run_count=3))
    make_warehouse(postgres)
    assert not postgres.has_database("benchling_unfinished")
    ask(postgres.url(DATABASE), 'UPDATE "ngs_run$raw" SET "name$" = \'mine\'')
    make_warehouse(postgres)
    reader = postgres.url(DATABASE, role=READER)
    assert ask(reader, 'SELECT string_agg(DISTINCT "name$", \',\') FROM "ngs_run$raw"') == "mine"


def test_all_listed_indexes_exist(warehouse: SharedWarehouse) -> None:
    found = warehouse.values("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'")
    for table, *columns in shape.INDEXES:
        assert any(f'"{table}"' in index and all(column in index for column in columns) for index in found)
    assert len(found) == len(shape.INDEXES) + len(shape.OWN_COLUMNS)
