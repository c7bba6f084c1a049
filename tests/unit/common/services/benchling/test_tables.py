"""Benchling creates a table when it has the first row for it; until then an optional table has no rows."""

from collections.abc import Iterator

import pytest

from common.domain.sequencing.ngs_run import NgsRunLibraries
from common.errors import BenchlingError
from common.services.benchling.service import BenchlingService, NgsRunFilter, NgsRunPage
from localdev.stand_ins.benchling import shape
from tests.support.benchling import MADE, Lab, service_on
from tests.support.clock import Clock

OPTIONAL = sorted(shape.OWN_COLUMNS.keys() - {shape.RUN, shape.LIBRARY})
FILTERS = (
    NgsRunFilter(name="pool", instrument="NextSeq", project="atlas"),
    NgsRunFilter(completed_from=MADE.date(), completed_to=MADE.date()),
)


@pytest.fixture
def lab(lab: Lab) -> Lab:
    """A laboratory with one run, one library in its pool and one pair of files."""
    run = lab.run("pool A", instrument=lab.add(shape.INSTRUMENT, name="NextSeq"), sequencing_reagent_kit="P2")
    library = lab.library("lib", pool=lab.pool(run), project=lab.add(shape.PROJECT, name="atlas"), sample_id="S1")
    for read in ("R1", "R2"):
        lab.file(run, library, read, f"gs://b/lib_S1_L001_{read}_001.fastq.gz", q30_percent=90.5)
    lab.add(shape.OUTPUT, ngs_run=run, completion_date=MADE.date())
    lab.add(shape.METADATA, ngs_library=library, organism="mouse")
    return lab


@pytest.fixture
def service(lab: Lab) -> Iterator[BenchlingService]:
    service = service_on(lab.warehouse.reader, Clock())
    yield service
    service._tables._warehouse._engine.dispose()


def read_all(service: BenchlingService) -> tuple[NgsRunPage, NgsRunLibraries]:
    """The list and the libraries; filters and metadata must not fail either."""
    for query in FILTERS:
        service.list_runs(query)
    service.known_names()
    return service.list_runs(NgsRunFilter()), service.libraries_of("pool A")


@pytest.mark.parametrize("table", OPTIONAL)
def test_an_optional_table_that_does_not_exist_has_no_rows(lab: Lab, service: BenchlingService, table: str) -> None:
    lab.drop(table)

    page, samples = read_all(service)

    (run,) = page.runs
    assert (run.name, page.total.count, run.library_count) == ("pool A", 1, 1)
    (library,) = samples.libraries
    assert (library.name, library.sample_id) == ("lib", "S1")
    assert run.instrument == samples.instrument == (None if table == shape.INSTRUMENT else "NextSeq")
    assert run.completed_on == samples.completed_on == (None if table == shape.OUTPUT else MADE.date())
    assert run.projects == (() if table == shape.PROJECT else ("atlas",))
    assert len(library.reads.lanes) == (0 if table == shape.READ_FILE else 1)
    assert library.organism == (None if table == shape.METADATA else "mouse")


def test_a_laboratory_may_lack_all_optional_tables(lab: Lab, service: BenchlingService) -> None:
    for table in OPTIONAL:
        lab.drop(table)

    page, samples = read_all(service)

    assert [(run.name, run.library_count) for run in page.runs] == [("pool A", 0)]
    assert samples.libraries == []


def test_a_table_is_read_from_the_moment_it_exists(lab: Lab, service: BenchlingService) -> None:
    with lab._engine.connect() as connection:
        connection.exec_driver_sql(f'ALTER TABLE "{shape.METADATA}" RENAME TO later')
        assert service.libraries_of("pool A").libraries[0].organism is None
        connection.exec_driver_sql(f'ALTER TABLE later RENAME TO "{shape.METADATA}"')
    assert service.libraries_of("pool A").libraries[0].organism == "mouse"


def test_runs_are_listed_before_the_first_library(lab: Lab, service: BenchlingService) -> None:
    lab.drop(shape.LIBRARY)
    assert [run.library_count for run in service.list_runs(NgsRunFilter()).runs] == [0]
    with pytest.raises(BenchlingError, match="no table of libraries"):
        service.libraries_of("pool A")


def test_without_the_table_of_runs_the_error_says_so(lab: Lab, service: BenchlingService) -> None:
    lab.drop(shape.RUN)
    for _ in range(4):  # the circuit stays closed
        with pytest.raises(BenchlingError, match="no table of NGS runs"):
            service.list_runs(NgsRunFilter())
    assert "atlas" in service.known_names().names["projects"]
