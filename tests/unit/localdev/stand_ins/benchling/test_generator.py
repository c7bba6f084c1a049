"""The generated rows are realistic, irregular like real ones, and reproducible."""

from collections import Counter
from itertools import islice

from localdev.stand_ins.benchling import shape
from localdev.stand_ins.benchling.generator import RUN_COUNT, SEED, Row, newest_files, runs, shared_rows
from localdev.stand_ins.benchling.lab import ODD_RUN_NAMES

ALL = list(runs())
NAME, ARCHIVED = 1, 4


def rows_of(table: str) -> list[Row]:
    return [row for rows in ALL for row in rows[table]]


def test_a_seed_determines_the_rows() -> None:
    assert list(islice(runs(SEED, 30), 30)) == ALL[:30]
    assert list(runs(SEED + 1, 5)) != ALL[:5]


def test_the_warehouse_has_hundreds_of_runs_with_thousands_of_libraries_on_four_lanes() -> None:
    assert len(rows_of(shape.RUN)) == RUN_COUNT >= 300
    assert len(rows_of(shape.LIBRARY)) > 3_000
    assert len(rows_of(shape.READ_FILE)) > 15_000
    lanes = {
        path[path.index("_L0") + 1 :][:4] for path in (row[8] for row in rows_of(shape.READ_FILE)) if "_L0" in path
    }
    assert lanes == {"L001", "L002", "L003", "L004"}


def test_rows_fit_their_tables_and_ids_are_unique() -> None:
    for rows in [shared_rows(), *ALL]:
        for table, of_table in rows.items():
            assert {len(row) for row in of_table} <= {len(shape.columns_of(table))}
    for table in shape.OWN_COLUMNS:
        ids = [row[0] for row in rows_of(table)]
        assert len(set(ids)) == len(ids), table


def test_every_difficult_name_belongs_to_one_active_run() -> None:
    names = Counter(row[NAME] for row in rows_of(shape.RUN) if not row[ARCHIVED])
    assert [names[name] for name in ODD_RUN_NAMES] == [1] * len(ODD_RUN_NAMES)


def test_the_warehouse_has_every_kind_of_irregularity() -> None:
    for table in (shape.RUN, shape.LIBRARY, shape.READ_FILE, shape.LIBRARY_POOLING):
        assert {row[ARCHIVED] for row in rows_of(table)} == {True, False}, table
    assert len(rows_of(shape.OUTPUT)) < len(rows_of(shape.RUN))  # some runs have no output yet
    described = Counter(row[5] for row in rows_of(shape.METADATA))
    assert set(described.values()) == {1, 2}
    assert len(described) < len(rows_of(shape.LIBRARY))
    reads = Counter(row[7] for row in rows_of(shape.READ_FILE))
    assert reads["I1"] > 0
    assert reads["R1"] > reads["R2"]  # some files are missing
    paths = Counter(row[8] for row in rows_of(shape.READ_FILE))
    assert max(paths.values()) == 2
    assert None in {row[9] for row in rows_of(shape.READ_FILE)}
    assert None in {row[5] for row in rows_of(shape.RUN)}


def test_the_newest_files_are_those_of_the_newest_runs() -> None:
    recorded = [row[8] for rows in ALL[:3] for row in rows[shape.READ_FILE]]
    assert list(newest_files(3)) == recorded
    assert len(recorded) < 200  # they are created at each start


def test_files_are_in_the_folder_of_their_run() -> None:
    names = {row[0]: row[NAME] for row in rows_of(shape.RUN)}
    for row in rows_of(shape.READ_FILE):
        bucket, folder = row[8].removeprefix("gs://").split("/")[:2]
        assert bucket == "lab-sequencing"
        assert " " not in row[8]
        if names[row[5]] not in ODD_RUN_NAMES:
            assert folder == names[row[5]]
