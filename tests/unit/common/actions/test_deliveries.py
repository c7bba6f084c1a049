"""The order of uploads and notices does not change what Postgres holds in the end, and any bytes can be read.

Real files are used as well if SLUICE_CORPUS names a folder of them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from common.domain.runs.files import NEXTFLOW_LOG, TRACE
from common.domain.runs.status import RunStatus
from tests.support.actions.stage import Stage
from tests.support.logs.nextflow_files import FAILED_LOG, FAILED_TRACE, FINISHED_LOG, FINISHED_TRACE
from tests.support.runs import make_run
from tests.unit.common.domain.nextflow import corpus

_ON_ONE_STAGE = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_FILES = (NEXTFLOW_LOG, TRACE)
_TASK_HASH = re.compile(rb"\b[0-9a-f]{2}/[0-9a-f]{6}")
_LARGEST = 20_000  # bytes of a real file, since it is read many times
_numbers = count(1)

_CONTENT = {
    "entries": "SELECT to_jsonb(entries) - '{month,run_number}'::text[] FROM entries"
    " WHERE run_number = ('x' || right(:run_id, 8))::bit(32)::integer ORDER BY number",
    "tasks": "SELECT to_jsonb(tasks) - 'run_id' FROM tasks WHERE run_id = :run_id ORDER BY hash",
    "cursors": "SELECT to_jsonb(ingest_cursors) - '{run_id,generation,updated_at}'::text[] FROM ingest_cursors"
    " WHERE run_id = :run_id ORDER BY file",
    "summary": "SELECT summary FROM task_summaries WHERE run_id = :run_id",
    "metrics": "SELECT metrics FROM runs WHERE run_id = :run_id",
}


@dataclass(frozen=True, slots=True)
class Step:
    """An upload of the first `thousandths` of a file, followed by notices of some files."""

    file: str
    thousandths: int
    notices: tuple[str, ...]


_STEPS = st.lists(
    st.builds(
        Step,
        file=st.sampled_from(_FILES),
        thousandths=st.integers(0, 1000),
        notices=st.lists(st.sampled_from(_FILES), max_size=2).map(tuple),
    ),
    max_size=4,
)


@dataclass(frozen=True, slots=True)
class Files:
    """A log and a trace."""

    name: str
    log: bytes = field(repr=False)
    trace: bytes = field(repr=False)

    @property
    def whole(self) -> dict[str, bytes]:
        return {NEXTFLOW_LOG: self.log, TRACE: self.trace}


def examples() -> Iterator[Files]:
    """Logs, each with the trace that shares most tasks with it."""
    yield Files("finished", FINISHED_LOG, FINISHED_TRACE)
    yield Files("failed", FAILED_LOG, FAILED_TRACE)
    yield Files("in conflict", FAILED_LOG, FINISHED_TRACE)
    traces = {file.data: set(_TASK_HASH.findall(file.data)) for file in corpus.traces()}
    for file in corpus.logs():
        hashes = set(_TASK_HASH.findall(file.data))
        closest = max(traces, key=lambda trace: len(hashes & traces[trace]))
        if len(file.data) <= _LARGEST and len(closest) <= _LARGEST:
            yield Files(file.path.name, file.data, closest)


def new_run(stage: Stage) -> str:
    run_id = f"run-{next(_numbers):08x}"
    assert stage.runs.create_run(make_run(run_id=run_id, status=RunStatus.RUNNING))
    return run_id


def content(stage: Stage, run_id: str) -> Mapping[str, Any]:
    with stage.engine.connect() as connection:
        return {
            name: [row[0] for row in connection.execute(text(query), {"run_id": run_id})]
            for name, query in _CONTENT.items()
        }


class OrderedDelivery:
    """The content of Postgres after one delivery of each whole file, the log first."""

    def __init__(self) -> None:
        self._known: dict[Files, Mapping[str, Any]] = {}

    def __call__(self, stage: Stage, files: Files) -> Mapping[str, Any]:
        if files not in self._known:
            run_id = new_run(stage)
            for file, data in files.whole.items():
                stage.storage.put_log(run_id, file, data)
                assert stage.read_file.run(stage.run(run_id), file).is_complete
            self._known[files] = content(stage, run_id)
        return self._known[files]


@pytest.fixture(scope="module")
def ordered_delivery() -> OrderedDelivery:
    return OrderedDelivery()


@settings(_ON_ONE_STAGE, max_examples=90)
@given(
    files=st.sampled_from(list(examples())),
    steps=_STEPS,
    last=st.permutations([*_FILES, NEXTFLOW_LOG]),
    chunks=st.sampled_from([1, 1, 4]),
)
def test_any_order_of_deliveries_stores_the_same_as_one_ordered_delivery(
    stage: Stage,
    ordered_delivery: OrderedDelivery,
    files: Files,
    steps: list[Step],
    last: list[str],
    chunks: int,
) -> None:
    run_id = new_run(stage)
    run, read_file = (
        stage.run(run_id),
        replace(stage.read_file, chunk_bytes=max(map(len, files.whole.values())) // chunks + 1),
    )
    for step in steps:
        data = files.whole[step.file]  # an upload that is shorter than the one before was cut off
        stage.storage.put_log(run_id, step.file, data[: len(data) * step.thousandths // 1000])
        for file in step.notices:
            assert read_file.run(run, file).is_complete
    for file, data in files.whole.items():
        stage.storage.put_log(run_id, file, data)
    for file in last:
        assert read_file.run(run, file).is_complete

    assert content(stage, run_id) == ordered_delivery(stage, files)


_ALMOST_REAL = st.sampled_from(
    [
        *FAILED_LOG.splitlines(keepends=True),
        *FAILED_TRACE.splitlines(keepends=True),
        b"\0",
        b"\r",
        b"\x1b[",
        b"\t",
        b"\\.",
    ]
)
_ANYTHING = st.binary(max_size=60) | st.lists(_ALMOST_REAL | st.binary(max_size=9), max_size=12).map(b"".join)


@settings(_ON_ONE_STAGE, max_examples=80)
@given(file=st.sampled_from(_FILES), uploads=st.lists(_ANYTHING, min_size=1, max_size=3), grows=st.booleans())
def test_any_upload_is_read_to_its_end(stage: Stage, file: str, uploads: list[bytes], grows: bool) -> None:
    run_id, data, read = new_run(stage), b"", b""
    for upload in uploads:
        data = data + upload if grows else upload
        stage.storage.put_log(run_id, file, data)
        assert stage.read_file.run(stage.run(run_id), file).is_complete
        read = read if read.startswith(data) else data  # else it was cut off
    assert stage.ingest.cursor(run_id, file).byte_offset == len(read)
