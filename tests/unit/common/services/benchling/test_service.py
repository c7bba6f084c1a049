"""BenchlingService on a real warehouse."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event

from common.errors import BenchlingError, NotFoundError, TooLargeError, ValidationError
from common.services import paging
from common.services.benchling import service as benchling_service
from common.services.benchling.circuit_breaker import CircuitBreaker
from common.services.benchling.engine import benchling_engine
from common.services.benchling.mapping import read_mapping
from common.services.benchling.service import BenchlingService, NgsRunFilter
from common.services.benchling.warehouse import Warehouse
from common.services.paging import Total
from localdev.stand_ins.benchling import shape
from localdev.stand_ins.benchling.lab import ODD_RUN_NAMES
from tests.support import cursors
from tests.support.benchling import MADE, Lab, SharedWarehouse, service_on
from tests.support.clock import Clock
from tests.support.cursors import encoded

LIST = "ngs_runs"
cursor_of = partial(cursors.cursor_of, of=LIST)
HOSTILE = (
    "'", '"', "%", "_", "!", "\\", "';--", "' OR '1'='1", '" OR ""="', "x'; DROP TABLE \"ngs_run$raw\"; --", "$1",
    ":name", "%(name)s", "%s", "{name}", "${ngs_run}", "\u0001", "🧬", "/*", "x\n--", "1 UNION SELECT 1",
)  # fmt: skip


@pytest.fixture
def benchling(lab: Lab) -> Iterator[BenchlingService]:
    yield from _disposed(service_on(lab.warehouse.reader, Clock()))


@pytest.fixture
def shared(warehouse: SharedWarehouse) -> Iterator[BenchlingService]:
    yield from _disposed(service_on(warehouse.reader, Clock()))


def _disposed(service: BenchlingService) -> Iterator[BenchlingService]:
    yield service
    service._tables._warehouse._engine.dispose()


def names(service: BenchlingService, **arguments: object) -> list[str]:
    return [run.name for run in service.list_runs(NgsRunFilter(**arguments)).runs]  # type: ignore[arg-type]


def test_runs_come_newest_first_with_their_facts(lab: Lab, benchling: BenchlingService) -> None:
    sequencer = lab.add(shape.INSTRUMENT, name="NextSeq 2000")
    atlas, pilot = lab.add(shape.PROJECT, name="atlas"), lab.add(shape.PROJECT, name="pilot")
    old = lab.run("old", age_days=9)
    new = lab.run("new", instrument=sequencer, sequencing_reagent_kit="P2")
    pool = lab.pool(new)
    lab.library("a", pool=pool, project=pilot)
    lab.library("b", pool=pool, project=atlas)
    lab.file(new, lab.library("c", project=atlas), "R1", "c_R1.fastq.gz")  # in no pool, but it has a file
    facts: dict[str, Any] = {"completion_date": date(2026, 11, 3), "link_to_sequencing_data": "gs://b/new/"}
    lab.add(shape.OUTPUT, ngs_run=new, **facts)
    page = benchling.list_runs(NgsRunFilter())
    assert [run.id for run in page.runs] == [new, old]
    assert (page.total.count, page.next_cursor) == (2, None)
    run = page.runs[0]
    assert (run.instrument, run.sequencing_kit, run.projects, run.library_count) == (
        "NextSeq 2000", "P2", ("atlas", "pilot"), 3,
    )  # fmt: skip
    assert (run.completed_on, run.data_uri, run.created_at) == (date(2026, 11, 3), "gs://b/new/", MADE)
    assert (page.runs[1].projects, page.runs[1].library_count, page.runs[1].completed_on) == ((), 0, None)


def test_archived_rows_are_excluded(lab: Lab, benchling: BenchlingService) -> None:
    archived: dict[str, Any] = {"archived": True}
    sequencer, project = (
        lab.add(shape.INSTRUMENT, name="gone", **archived),
        lab.add(shape.PROJECT, name="gone", **archived),
    )
    lab.run("archived", **archived)
    run = lab.run("run", instrument=sequencer)
    pool = lab.pool(run)
    kept = lab.library("kept", pool=pool, project=project)
    lab.library("archived library", pool=pool, **archived)
    lab.library("of an archived pooling", pool=lab.pool(run, **archived))
    lab.add(shape.LIBRARY_POOLING, source=lab.library("taken out"), destination=pool, **archived)
    lab.file(run, kept, "R1", "a_R1.fastq.gz", **archived)
    lab.file(run, lab.library("of an archived file"), "R1", "b_R1.fastq.gz", **archived)
    lab.add(shape.METADATA, ngs_library=kept, organism="archived", **archived)
    lab.add(shape.OUTPUT, ngs_run=run, completion_date=date(2026, 1, 1), **archived)
    (listed,) = benchling.list_runs(NgsRunFilter()).runs
    assert (listed.name, listed.instrument, listed.library_count, listed.completed_on) == ("run", None, 1, None)
    (library,) = benchling.libraries_of("run").libraries
    assert (library.name, library.project, library.organism) == ("kept", None, None)
    assert (library.reads.lanes, library.reads.unpaired) == ([], [])
    with pytest.raises(NotFoundError):
        benchling.libraries_of("archived")
    known = benchling.known_names().names
    assert not {"gone", "given up in 2021"} & {*known["projects"], *known["instruments"]}


def test_a_run_is_found_by_part_of_its_name_in_any_letter_case(shared: BenchlingService) -> None:
    assert names(shared, name="o'brien") == ["O'Brien's pilot"]
    assert names(shared, name="100%_done_") == ["100%_done_"]
    assert names(shared, name="ZÜRICH") == ["Zürich μRNA 細胞 🧬"]


@pytest.mark.parametrize("sign", ["%", "_", "!", "\\"])
def test_wildcards_are_matched_literally(warehouse: SharedWarehouse, shared: BenchlingService, sign: str) -> None:
    sql = """SELECT "name$" FROM "ngs_run$raw" WHERE NOT "archived$" AND strpos("name$", :sign) > 0"""
    expected = warehouse.values(sql, sign=sign)
    found = shared.list_runs(NgsRunFilter(name=sign, page_size=100))
    assert found.total.count == len(expected)
    assert all(sign in run.name for run in found.runs)


def test_filters_are_whole_names_and_all_must_match(lab: Lab, benchling: BenchlingService) -> None:
    one, other = lab.add(shape.INSTRUMENT, name="NextSeq"), lab.add(shape.INSTRUMENT, name="NextSeq 2000")
    project = lab.add(shape.PROJECT, name="atlas")
    for name, instrument in (("a", one), ("b", other), ("c", one)):
        run = lab.run(name, instrument=instrument)
        if name != "c":
            lab.library("l", pool=lab.pool(run), project=project)
    assert names(benchling, instrument="NextSeq") == ["c", "a"]
    assert names(benchling, project="atlas") == ["b", "a"]
    assert names(benchling, project="atlas", instrument="NextSeq") == ["a"]
    assert names(benchling, project="atl") == []
    assert benchling.list_runs(NgsRunFilter(project="nobody's")).total == Total(0, is_capped=False)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (None, None, ["c", "b", "a", "never"]),
        (date(2026, 11, 2), None, ["c", "b"]),
        (None, date(2026, 11, 2), ["b", "a"]),
        (date(2026, 11, 2), date(2026, 11, 2), ["b"]),
        (date(2026, 11, 3), date(2026, 11, 2), []),
    ],
)
def test_both_days_of_the_completion_filter_are_included(
    lab: Lab, benchling: BenchlingService, first: date | None, last: date | None, expected: list[str]
) -> None:
    lab.run("never", age_days=4)
    for day, name in enumerate("abc", start=1):
        run = lab.run(name, age_days=4 - day)
        lab.add(shape.OUTPUT, ngs_run=run, completion_date=date(2026, 11, day))
    assert names(benchling, completed_from=first, completed_to=last) == expected


def test_pages_have_every_run_once_even_with_equal_times(lab: Lab, benchling: BenchlingService) -> None:
    for number in range(7):
        lab.run(f"run {number}", age_days=number // 3)
    found, cursor = list[str](), None
    for _ in range(4):
        page = benchling.list_runs(NgsRunFilter(page_size=2, cursor=cursor))
        found, cursor = [*found, *(run.name for run in page.runs)], page.next_cursor
        assert page.total.count == 7
    assert cursor is None
    assert found == ["run 2", "run 1", "run 0", "run 5", "run 4", "run 3", "run 6"]


@pytest.mark.parametrize(
    "cursor",
    [
        "x", "W10", cursor_of(""), cursor_of(MADE), cursor_of("2026-11-01", "a"), cursor_of(1, "a"), cursor_of(MADE, 1),
        cursor_of("'; --", "a"), cursor_of(MADE, "a\0b"), cursor_of("a", "b", "c"), cursor_of(MADE, None),
        encoded(f"s{LIST}\0t2026-11-01T00:00:00\0sa"), encoded(f"s{LIST}\0t0001-01-01T00:00:00+23:00\0sa"),
    ],
)  # fmt: skip
def test_an_invalid_cursor_is_refused(shared: BenchlingService, cursor: str) -> None:
    with pytest.raises(ValidationError, match="cursor"):
        shared.list_runs(NgsRunFilter(cursor=cursor))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_only_text(warehouse: SharedWarehouse, shared: BenchlingService, text: str) -> None:
    assert all(text.lower() in name.lower() for name in names(shared, name=text))
    assert names(shared, instrument=text) == names(shared, project=text) == []
    with pytest.raises(NotFoundError):
        shared.libraries_of(text)
    assert names(shared, cursor=cursor_of(datetime(2026, 11, 1, tzinfo=UTC), text)) != []
    assert len(warehouse.values('SELECT id FROM "ngs_run$raw"')) == 200


@pytest.mark.parametrize("name", ODD_RUN_NAMES)
def test_a_run_with_any_name_is_found_by_it(shared: BenchlingService, name: str) -> None:
    found = shared.libraries_of(name)
    assert (found.name, len(found.libraries) > 0) == (name, True)


def test_a_library_has_its_files_by_lane(lab: Lab, benchling: BenchlingService) -> None:
    run = lab.run("run")
    facts: dict[str, Any] = {"sample_id": "LPS-1", "lib_prep_kit_used": "GEM-X", "lib_prep_method": "10x 3'"}
    library = lab.library("lib", pool=lab.pool(run), project=lab.add(shape.PROJECT, name="atlas"), **facts)
    described: dict[str, Any] = {"tissue": "liver", "cell_line": None, "perturbation": "LPS", "replicate": "2"}
    lab.add(shape.METADATA, ngs_library=library, organism="Mus musculus", **described)
    lab.add(shape.METADATA, ngs_library=library, organism="mouse?", age_days=1)
    for lane in (2, 1):
        for read in ("R2", "R1"):
            path = f"gs://b/lib_S1_L00{lane}_{read}_001.fastq.gz"
            lab.file(run, library, read, path, sequenced_number_of_molecules=10, q30_percent=90.5)
    other = lab.run("another run")
    lab.file(other, library, "R1", "elsewhere_R1.fastq.gz")
    (found,) = benchling.libraries_of("run").libraries
    assert (found.sample_id, found.project, found.kit, found.method) == ("LPS-1", "atlas", "GEM-X", "10x 3'")
    assert (found.organism, found.tissue, found.cell_line) == ("Mus musculus", "liver", None)
    assert (found.perturbation, found.replicate) == ("LPS", "2")
    assert [lane.lane for lane in found.reads.lanes] == [1, 2]
    assert (found.reads.read_count, found.reads.q30, found.reads.unpaired) == (20, 90.5, [])


def test_libraries_without_files_and_unpaired_files_are_listed(lab: Lab, benchling: BenchlingService) -> None:
    run = lab.run("run")
    pool = lab.pool(run)
    lab.library("a", pool=pool)
    lab.file(run, lab.library("b", pool=pool), "R1", "b_R1.fastq.gz")
    lab.file(run, lab.library("c", pool=pool), "R1", None)
    found = benchling.libraries_of("run")
    assert [(library.name, len(library.reads.unpaired)) for library in found.libraries] == [
        ("a", 0),
        ("b", 1),
        ("c", 1),
    ]
    assert found.unpaired_count == 2


def test_libraries_with_the_same_name_stay_separate(lab: Lab, benchling: BenchlingService) -> None:
    run = lab.run("run")
    for number in (1, 2):
        lab.file(run, lab.library("twin"), "R1", f"{number}_R1.fastq.gz")
    assert [library.name for library in benchling.libraries_of("run").libraries] == ["twin", "twin"]


def test_a_run_without_libraries_is_empty(lab: Lab, benchling: BenchlingService) -> None:
    lab.run("run")
    assert benchling.libraries_of("run").libraries == []


def test_the_newest_of_two_runs_with_one_name_is_used(lab: Lab, benchling: BenchlingService) -> None:
    old, new = lab.run("run", age_days=3), lab.run("run")
    lab.library("old", pool=lab.pool(old))
    lab.library("new", pool=lab.pool(new))
    assert [library.name for library in benchling.libraries_of("run").libraries] == ["new"]


def test_too_many_files_for_one_answer_are_refused(shared: BenchlingService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchling_service, "MOST_FILES", 2)
    with pytest.raises(TooLargeError, match="more than 2 files"):
        shared.libraries_of(ODD_RUN_NAMES[0])


def test_the_total_is_capped(shared: BenchlingService, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (benchling_service, paging):
        monkeypatch.setattr(module, "COUNTED_AT_MOST", 10)
    assert shared.list_runs(NgsRunFilter()).total == Total(10, is_capped=True)


def test_names_are_read_once_in_five_minutes(warehouse: SharedWarehouse) -> None:
    clock, statements = Clock(), list[str]()
    engine = benchling_engine(warehouse.reader)
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    service = BenchlingService(Warehouse(engine, CircuitBreaker(clock)), read_mapping(), clock)
    known = service.known_names()
    assert {"blood-atlas", "クローン造血"} <= set(known.names["projects"])
    assert [len(known.names[kind]) for kind in ("instruments", "kits", "sequencing_kits", "methods")] == [4, 3, 4, 3]
    assert len(statements) == 1
    clock.advance(minutes=4, seconds=59)
    assert service.known_names() == known
    assert len(statements) == 1
    clock.advance(seconds=1)
    service.known_names()
    assert len(statements) == 2
    engine.dispose()


def test_a_laboratory_can_map_its_own_names(lab: Lab) -> None:
    run = lab.run("run")
    library = lab.library("lib", pool=lab.pool(run), sample_id="S 1")
    lab.file(run, library, "R1", "x_R1.fastq.gz")
    owner = lab._engine
    with owner.connect() as connection:
        for change in (
            "CREATE SCHEMA theirs",
            'ALTER TABLE "library_prep_sample$raw" SET SCHEMA theirs',
            'ALTER TABLE theirs."library_prep_sample$raw" RENAME TO "Samples"',
            'ALTER TABLE theirs."Samples" RENAME COLUMN sample_id TO "SampleNo"',
            "GRANT USAGE ON SCHEMA theirs TO benchling_reader",
        ):
            connection.exec_driver_sql(change)
    mapping = json.dumps({"library": {"table": "theirs.Samples", "sample_id": "SampleNo"}})
    service = service_on(lab.warehouse.reader, Clock(), mapping=mapping)
    assert [library.sample_id for library in service.libraries_of("run").libraries] == ["S 1"]
    service._tables._warehouse._engine.dispose()
    unaware = service_on(lab.warehouse.reader, Clock())
    with pytest.raises(BenchlingError, match="mapping"):
        unaware.libraries_of("run")
    unaware._tables._warehouse._engine.dispose()
