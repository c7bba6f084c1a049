"""Benchling warehouses for tests: a filled one, and one that a test fills row by row."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from sqlalchemy import create_engine, make_url, text

from common.services.benchling.circuit_breaker import CircuitBreaker
from common.services.benchling.engine import benchling_engine
from common.services.benchling.mapping import read_mapping
from common.services.benchling.service import BenchlingService
from common.services.benchling.warehouse import Warehouse
from localdev.stand_ins.benchling import shape
from localdev.stand_ins.benchling.address import reader_url
from localdev.stand_ins.benchling.warehouse import fill_warehouse

RUN_COUNT = 200  # at least 188, so that every odd run name occurs
MADE = datetime(2026, 11, 1, 8, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SharedWarehouse:
    """A filled warehouse: `url` connects as its owner, `reader` as the read-only role of Sluice."""

    url: str
    reader: str

    @classmethod
    def create_in(cls, url: str, *, run_count: int = RUN_COUNT) -> Self:
        """Fill the empty database at `url`."""
        fill_warehouse(url, run_count=run_count)
        return cls.at(url)

    @classmethod
    def at(cls, url: str) -> Self:
        """The filled warehouse at `url`."""
        at = make_url(url)
        return cls(url, reader_url(at.port or 0, at.database or "", password=str(at.password or "")))

    def values(self, sql: str, **parameters: object) -> list[str]:
        """The first column of the rows that `sql` returns to the owner."""
        engine = create_engine(self.url)
        with engine.connect() as connection:
            found = [str(value) for value in connection.execute(text(sql), parameters).scalars()]
        engine.dispose()
        return found


def service_on(
    address: str, clock: Callable[[], datetime], *, mapping: str = "", statement_timeout_s: float = 30
) -> BenchlingService:
    """A service like that of the function, but without a pause before retries."""
    engine = benchling_engine(address, statement_timeout_s=statement_timeout_s)
    warehouse = Warehouse(engine, CircuitBreaker(clock), pause=lambda _seconds: None)
    return BenchlingService(warehouse, read_mapping(mapping), clock)


class Lab:
    """Fills an empty warehouse row by row; each method returns the id of its row."""

    def __init__(self, url: str) -> None:
        self.warehouse = SharedWarehouse.at(url)
        self._engine = create_engine(url, isolation_level="AUTOCOMMIT")
        self._count = 0

    def close(self) -> None:
        self._engine.dispose()

    def run(self, name: str, **facts: Any) -> str:  # noqa: ANN401 any value for Postgres
        return self.add(shape.RUN, name=name, **facts)

    def library(self, name: str, *, pool: str | None = None, **facts: Any) -> str:  # noqa: ANN401 any value for Postgres
        library = self.add(shape.LIBRARY, name=name, **facts)
        if pool:
            self.add(shape.LIBRARY_POOLING, source=library, destination=pool)
        return library

    def pool(self, run: str, **facts: Any) -> str:  # noqa: ANN401 any value for Postgres
        """A pool that was sequenced in a run."""
        pool = self.add(shape.POOL)
        self.add(shape.RUN_POOLING, ngs_run=run, ngs_library_pool=pool, **facts)
        return pool

    def file(self, run: str, library: str, read: str | None, path: str | None, **facts: Any) -> str:  # noqa: ANN401 any value for Postgres
        own: dict[str, Any] = {"ngs_run": run, "ngs_library": library, "read": read, "link_to_fastq_file": path}
        return self.add(shape.READ_FILE, **own, **facts)

    def drop(self, table: str) -> None:
        """As in a laboratory that has never recorded such a row."""
        with self._engine.connect() as connection:
            connection.exec_driver_sql(f'DROP TABLE "{table}"')

    def add(self, table: str, *, name: str = "", archived: bool = False, age_days: int = 0, **own: Any) -> str:  # noqa: ANN401 any value for Postgres
        """Add a row to any table, created `age_days` before MADE."""
        self._count += 1
        made = MADE - timedelta(days=age_days)
        row = {"id": f"bfi_{self._count:04}", "name$": name, "created_at$": made, "modified_at$": made} | own
        row["archived$"] = archived
        columns = ", ".join(f'"{column}"' for column in row)
        marks = ", ".join(f":p{number}" for number in range(len(row)))
        statement = text(f'INSERT INTO "{table}" ({columns}) VALUES ({marks})')  # noqa: S608 constant names
        with self._engine.connect() as connection:
            connection.execute(statement, {f"p{number}": value for number, value in enumerate(row.values())})
        return str(row["id"])
