"""Generates the rows of a realistic Benchling warehouse, one NGS run at a time; a seed determines all rows.

The number of a run determines its irregularities, so a few dozen runs have all of them. Every tenth run is small and
regular.
"""

import itertools
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from localdev.stack.layout import LAB_BUCKET
from localdev.stand_ins.benchling import shape
from localdev.stand_ins.benchling.lab import (
    INSTRUMENTS,
    KITS,
    METHODS,
    ODD_LIBRARY_NAMES,
    ODD_RUN_NAMES,
    ORIGINS,
    PROJECTS,
)

SEED, RUN_COUNT = 20261123, 400
RUNS_WITH_FILES = 3  # the newest runs; the local Cloud Storage has no files of the others
NEWEST = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)

_PATH = list(shape.columns_of(shape.READ_FILE)).index("link_to_fastq_file")
_BETWEEN_RUNS = timedelta(hours=37)
_SEQUENCED_IN = timedelta(days=2)
_LIBRARIES, _LANES = (4, 8, 8, 12, 16, 24), (1, 2, 2, 4)
_FIRST_ODD, _ODD_STEP = 7, 12  # the runs with difficult names

Row = tuple[Any, ...]
Rows = Mapping[str, Sequence[Row]]


@dataclass(slots=True)
class _Run:
    """One NGS run while its rows are generated; `age` is 0 for the newest."""

    age: int
    name: str
    folder: str
    created: datetime
    chance: random.Random
    rows: dict[str, list[Row]] = field(default_factory=lambda: {table: [] for table in shape.OWN_COLUMNS})

    def add(self, table: str, row_id: str, name: str, *own: object, archived: bool = False, later: int = 0) -> None:
        """Add a row that was created with the run, or `later` days after it."""
        made = self.created + timedelta(days=later)
        self.rows[table].append((row_id, name, made, made, archived, *own))


@dataclass(frozen=True, slots=True)
class _OnRun:
    """A library on a run: `number` counts from 1."""

    id: str
    name: str
    number: int


def shared_rows() -> Rows:
    """The rows that all runs share: instruments and projects."""
    system = (NEWEST - timedelta(days=2000), NEWEST - timedelta(days=2000))
    instruments = [(_id("ins", code), name, *system, False) for code, (name, _) in INSTRUMENTS.items()]
    projects = [(_id("prj", number), name, *system, False) for number, name in enumerate(PROJECTS)]
    projects.append((_id("prj", "old"), "given up in 2021", *system, True))
    return {shape.INSTRUMENT: instruments, shape.PROJECT: projects}


def runs(seed: int = SEED, count: int = RUN_COUNT) -> Iterator[Rows]:
    """The rows of `count` runs, the newest first; the rows of a run do not depend on `count`."""
    for age in range(count):
        yield _rows_of(seed, age)


def newest_files(count: int = RUNS_WITH_FILES) -> Iterator[str]:
    """The gs:// URIs of the files of the newest `count` runs."""
    for rows in runs(count=count):
        yield from (row[_PATH] for row in rows[shape.READ_FILE])


def _rows_of(seed: int, age: int) -> Rows:
    chance = random.Random(f"{seed} {age}")  # noqa: S311 the same rows each time
    created = NEWEST - age * _BETWEEN_RUNS
    code = chance.choice(list(INSTRUMENTS))
    regular_name = f"{created:%Y-%m-%d}_{code}{age:04}"
    odd = (age - _FIRST_ODD) // _ODD_STEP if age % _ODD_STEP == _FIRST_ODD else len(ODD_RUN_NAMES)
    name = ODD_RUN_NAMES[odd] if odd < len(ODD_RUN_NAMES) else regular_name
    folder = regular_name if name == regular_name else re.sub(r"[^A-Za-z0-9-]+", "_", name).strip("_") or regular_name
    run = _Run(age, name, folder, created, chance)
    run_id, is_tidy = _id("run", age), age % 10 == 0
    instrument = None if age % 31 == 11 else _id("ins", code)
    run.add(shape.RUN, run_id, name, instrument, INSTRUMENTS[code][1], archived=age % 17 == 3 and name == regular_name)
    libraries = _libraries(run, 3 if is_tidy else chance.choice(_LIBRARIES))
    _pool(run, run_id, libraries)
    if age % 23 != 5:  # the others are still on the sequencer
        uri = f"gs://{LAB_BUCKET}/{run.folder}/"
        run.add(shape.OUTPUT, _id("out", age), name, run_id, (created + _SEQUENCED_IN).date(), uri, later=2)
        _sequence(run, run_id, libraries, 2 if is_tidy else chance.choice(_LANES))
    return run.rows


def _libraries(run: _Run, count: int) -> list[_OnRun]:
    """The libraries and their metadata; some runs have difficult names, archived libraries or ones without metadata."""
    made: list[_OnRun] = []
    project = run.chance.randrange(len(PROJECTS))
    for number in range(1, count + 1):
        origin = ORIGINS[(run.age + number // 4) % len(ORIGINS)]
        name = f"{origin[-1]}_{run.age:04}_{number:02}"
        if run.age % 9 == 4 and number <= len(ODD_LIBRARY_NAMES):
            name = ODD_LIBRARY_NAMES[number - 1]
        library, kit = _OnRun(_id("lib", run.age, number), name, number), run.chance.randrange(len(KITS))
        is_archived = run.age % 11 == 2 and number == 2
        run.add(
            shape.LIBRARY, library.id, name, f"LPS-{run.age:04}-{number:03}", _id("prj", project), KITS[kit],
            METHODS[kit], archived=is_archived,
        )  # fmt: skip
        if run.age % 10 == 0 or run.chance.random() < 0.93:
            _describe(run, library, origin)
        made.append(library)
    return made


def _describe(run: _Run, library: _OnRun, origin: tuple[str | None, ...]) -> None:
    organism, tissue, cell_line, perturbation, _ = origin
    own = (tissue, cell_line, perturbation, str(1 + library.number % 3))
    if library.number % 7 == 3:  # corrected later: the newer row is valid
        run.add(shape.METADATA, _id("met", run.age, library.number, "old"), "", library.id, "Homo sapins", *own)
    run.add(shape.METADATA, _id("met", run.age, library.number), "", library.id, organism, *own, later=1)


def _pool(run: _Run, run_id: str, libraries: Sequence[_OnRun]) -> None:
    """A run has one pool, or two with half of the libraries each."""
    pools = 2 if run.age % 6 == 1 else 1
    for number in range(pools):
        pool_id = _id("pool", run.age, number)
        run.add(shape.POOL, pool_id, f"pool {run.age:04}/{number + 1}")
        run.add(shape.RUN_POOLING, _id("rp", run.age, number), "", run_id, pool_id)
        for library in libraries[number::pools]:
            member = _id("lp", run.age, library.number)
            run.add(shape.LIBRARY_POOLING, member, "", library.id, pool_id)
    if run.age % 8 == 6:  # a library of the next older run that was removed from the pool
        stray = _id("lp", run.age, "stray")
        run.add(shape.LIBRARY_POOLING, stray, "", _id("lib", run.age + 1, 1), _id("pool", run.age, 0), archived=True)


def _sequence(run: _Run, run_id: str, libraries: Sequence[_OnRun], lanes: int) -> None:
    """Files of both reads for each library and lane; some runs have index reads, a missing or a repeated file."""
    reads = ("R1", "R2", "I1", "I2") if run.age % 14 == 9 else ("R1", "R2")
    for library, lane in itertools.product(libraries, range(1, lanes + 1)):
        count = run.chance.randrange(20_000_000, 400_000_000) // lanes
        stem = re.sub(r"[^A-Za-z0-9-]+", "_", library.name).strip("_") or "library"
        path = f"gs://{LAB_BUCKET}/{run.folder}/{stem}_S{library.number}_L{lane:03}"
        for read in reads:
            is_missing = run.age % 19 == 8 and (library.number, lane, read) == (1, 1, "R2")
            if not is_missing:
                _file(run, run_id, library, read, f"{path}_{read}_001.fastq.gz", count)
    if run.age % 15 == 13:  # demultiplexed twice: the first attempt is archived
        first = libraries[0]
        path = f"gs://{LAB_BUCKET}/{run.folder}/first_try/S1_L001_R1_001.fastq.gz"
        _file(run, run_id, first, "R1", path, 1, archived=True)
    if run.age % 21 == 16:
        run.rows[shape.READ_FILE].append((f"{run.rows[shape.READ_FILE][0][0]}_2", *run.rows[shape.READ_FILE][0][1:]))


def _file(run: _Run, run_id: str, library: _OnRun, read: str, path: str, count: int, *, archived: bool = False) -> None:
    file_id = f"bfi_fq{run.age:05}{len(run.rows[shape.READ_FILE]):04}"
    q30 = round(88 + 8 * run.chance.random() - 2 * (read == "R2"), 2)
    own = (run_id, library.id, read, path, None if run.age % 27 == 12 else count, q30)
    run.add(shape.READ_FILE, file_id, "", *own, archived=archived, later=2)


def _id(kind: str, *parts: object) -> str:
    """An id in the form of Benchling's, the same for the same arguments."""
    return f"bfi_{kind}{'_'.join(map(str, parts))}"
