"""benchling.samples_growth: reading the libraries of one NGS run in a small and in a large warehouse.

Each request reads another run of the same size, so that neither warehouse answers from its cache. The warehouses are
those of the local stack, with the indexes that docs/benchling.md assumes.
"""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import create_engine, text

from bench.harness.databases import running_postgres
from bench.harness.figures import Figure
from bench.harness.timing import medians
from common.services.benchling.circuit_breaker import CircuitBreaker
from common.services.benchling.engine import benchling_engine
from common.services.benchling.mapping import read_mapping
from common.services.benchling.service import BenchlingService
from common.services.benchling.warehouse import Warehouse
from localdev.stack.postgres.server import Postgres
from localdev.stand_ins.benchling.address import READER
from localdev.stand_ins.benchling.generator import SEED
from localdev.stand_ins.benchling.warehouse import fill_warehouse

FEW, MANY = 10_000, 1_000_000  # read files
FILES_PER_RUN = 50  # generated runs have 52 on average, so the warehouses are slightly larger
FILES_OF_RUN = 64  # eight libraries on four lanes
RUNS_READ = 100
ROUNDS = 300

_NAMES = text(
    """
    SELECT run.name$ FROM ngs_run$raw AS run JOIN ngs_run_output_sample$raw AS file ON file.ngs_run = run.id
    WHERE NOT run.archived$ AND NOT file.archived$
    GROUP BY run.id HAVING count(*) = :files ORDER BY md5(run.id) LIMIT :runs
    """
)


def measure() -> list[Figure]:
    """One figure: the growth of the median time."""
    with running_postgres() as postgres:
        times = medians({files: _samples_of_runs(postgres, files) for files in (FEW, MANY)}, rounds=ROUNDS)
    against = f"the same in a warehouse of {FEW:,} read files ({times[FEW] * 1000:.1f} ms)"
    return [Figure(name="benchling.samples_growth", value=times[MANY] / times[FEW], goal=1.3, against=against)]


def _samples_of_runs(postgres: Postgres, files: int) -> Callable[[], object]:
    """A function that reads the libraries of the next run, in a new warehouse with at least this many files."""
    name = f"benchling_{files}"
    postgres.create_database(name)
    fill_warehouse(postgres.url(name), seed=SEED, run_count=files // FILES_PER_RUN + 1)
    engine = create_engine(postgres.url(name))
    with engine.connect() as connection:
        names = connection.execute(_NAMES, {"files": FILES_OF_RUN, "runs": RUNS_READ}).scalars().all()
    engine.dispose()
    names_in_turn = itertools.cycle(names)
    service = _service(postgres.url(name, role=READER) + "?sslmode=disable")
    return lambda: service.libraries_of(next(names_in_turn))


def _service(address: str) -> BenchlingService:
    warehouse = Warehouse(benchling_engine(address), CircuitBreaker(_now))
    return BenchlingService(warehouse, read_mapping(), _now)


def _now() -> datetime:
    return datetime.now(UTC)
