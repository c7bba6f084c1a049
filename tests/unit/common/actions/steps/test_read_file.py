from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import count
from random import Random
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Engine

from common.domain.ingest.cursor import FileCursor
from common.domain.runs.files import NEXTFLOW_LOG, TRACE
from common.domain.tasks.task import LONGEST_NAME
from common.errors import UnavailableError
from common.services.ingest.store import IngestStore
from common.services.storage.client import ObjectVersion
from tests.support.actions.stage import RUN, Stage
from tests.support.logs.nextflow_files import FAILED_LOG, FAILED_TRACE, FINISHED_LOG, FINISHED_TRACE
from tests.support.threads import all_at_once

ROW = tuple[Any, ...]


def read(stage: Stage, file: str, *uploads: bytes) -> None:
    """Upload and read a file, one upload after the other."""
    for content in uploads:
        stage.storage.put_log(RUN, file, content)
        assert stage.read_file.run(stage.run(), file).is_complete


def grown(content: bytes, *, uploads: int, seed: int = 1) -> list[bytes]:
    """The uploads of a file that grows to `content`."""
    random = Random(seed)
    return [*sorted((content[: random.randrange(len(content))] for _ in range(uploads - 1)), key=len), content]


def stored(stage: Stage) -> tuple[list[ROW], list[ROW], Any]:
    """Entries, tasks and metrics of the run."""
    tasks = stage.rows("SELECT to_jsonb(tasks) - 'run_id' FROM tasks ORDER BY hash")
    return stage.entries(), tasks, stage.run().metrics


def bytes_covered(entries: list[ROW], part: int = 0) -> list[tuple[int, int]]:
    return [(start, end) for _, of_part, start, end, _ in entries if of_part == part]


def long_log(records: int) -> bytes:
    """A log of `records` records of about a hundred bytes each."""
    line = "Nov-23 12:%02d:%02d.%03d [Task monitor] DEBUG n.processor.TaskPollingMonitor - record %d of a long log\n"
    return b"".join(
        (line % (number // 60_000 % 60, number // 1000 % 60, number % 1000, number)).encode()
        for number in range(records)
    )


def test_every_byte_of_a_log_is_in_exactly_one_entry(stage: Stage) -> None:
    stage.running()
    read(stage, NEXTFLOW_LOG, FINISHED_LOG)
    ranges = bytes_covered(stage.entries())
    assert [start for start, _ in ranges] == [0, *(end for _, end in ranges[:-1])]
    assert ranges[-1][1] == len(FINISHED_LOG)
    assert [number for number, *_ in stage.entries()] == list(range(len(ranges)))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("log", [FINISHED_LOG, FAILED_LOG], ids=["finished", "failed"])
def test_a_log_in_many_uploads_is_stored_like_one_in_a_single_upload(stage: Stage, log: bytes, seed: int) -> None:
    stage.running()
    read(stage, NEXTFLOW_LOG, log)
    at_once = stored(stage)
    with stage.engine.begin() as connection:
        for table in ("entries", "tasks", "ingest_cursors"):
            connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 names from the line above
    read(stage, NEXTFLOW_LOG, *grown(log, uploads=12, seed=seed))
    assert stored(stage) == at_once


@pytest.mark.parametrize("seed", range(3))
def test_log_and_trace_in_any_order_end_with_the_values_of_the_trace(stage: Stage, seed: int) -> None:
    stage.running()
    left = {NEXTFLOW_LOG: grown(FAILED_LOG, uploads=4, seed=seed), TRACE: grown(FAILED_TRACE, uploads=4, seed=seed)}
    order = [NEXTFLOW_LOG, TRACE] * 4
    Random(seed).shuffle(order)
    for file in order:
        read(stage, file, left[file].pop(0))
    assert stage.tasks() == {"12/345678": "FAILED", "ab/cdef01": "COMPLETED"}
    assert stage.rows("SELECT exit_code, memory_peak FROM tasks WHERE hash = '12/345678'") == [(137, 1 << 20)]


def test_metrics_and_progress_events_follow_the_tasks(stage: Stage) -> None:
    stage.running()
    read(stage, NEXTFLOW_LOG, FINISHED_LOG[: FINISHED_LOG.index(b"Task completed")], FINISHED_LOG)
    read(stage, TRACE, FINISHED_TRACE)
    metrics = stage.run().metrics or {}
    assert (metrics["tasks"], metrics["finished"]) == ({"COMPLETED": 3}, 3)
    assert metrics["cpu_hours"] > 0
    events = stage.rows("SELECT data->>'finished' FROM run_events WHERE event = 'progress' ORDER BY seq")
    assert events == [("0",), ("3",)]


def test_a_file_without_a_new_upload_is_not_read_again(stage: Stage) -> None:
    stage.running()
    read(stage, NEXTFLOW_LOG, FINISHED_LOG)
    before, stage.storage.bytes_read = stored(stage), 0
    assert stage.read_file.run(stage.run(), NEXTFLOW_LOG).is_complete
    assert (stored(stage), stage.storage.bytes_read) == (before, 0)


def test_an_older_generation_is_ignored(stage: Stage) -> None:
    stage.running()
    read(stage, NEXTFLOW_LOG, FINISHED_LOG[:500], FINISHED_LOG)
    before = stored(stage)
    stage.storage._logs[RUN, NEXTFLOW_LOG] = (1, FINISHED_LOG[:500])
    assert stage.read_file.run(stage.run(), NEXTFLOW_LOG).is_complete
    assert stored(stage) == before


def test_an_unchanged_upload_adds_nothing(stage: Stage) -> None:
    stage.running()
    read(stage, NEXTFLOW_LOG, FINISHED_LOG)
    before, stage.storage.bytes_read = stored(stage), 0
    read(stage, NEXTFLOW_LOG, FINISHED_LOG)
    assert stored(stage) == before
    assert stage.storage.bytes_read <= 64


@pytest.mark.parametrize("size", [0, 1, 600, len(FINISHED_LOG) - 1])
def test_a_copy_that_was_cut_off_changes_nothing(stage: Stage, size: int) -> None:
    stage.running()
    read(stage, NEXTFLOW_LOG, FINISHED_LOG)
    before, cursor, stage.storage.bytes_read = stored(stage), stage.ingest.cursor(RUN, NEXTFLOW_LOG), 0
    read(stage, NEXTFLOW_LOG, FINISHED_LOG[:size])
    assert (stored(stage), stage.ingest.cursor(RUN, NEXTFLOW_LOG)) == (before, cursor)
    assert stage.storage.bytes_read <= 1024
    more = FINISHED_LOG + b"Nov-23 12:00:40.000 [main] DEBUG nextflow.Session - one more\n"
    read(stage, NEXTFLOW_LOG, more)
    ranges = bytes_covered(stage.entries())
    assert (len(stage.entries()), ranges[-1][1]) == (len(before[0]) + 1, len(more))


@pytest.mark.parametrize("size", [0, 100, len(FAILED_TRACE) - 1])
def test_a_trace_that_was_cut_off_changes_nothing(stage: Stage, size: int) -> None:
    stage.running()
    read(stage, TRACE, FAILED_TRACE)
    before, cursor = stored(stage), stage.ingest.cursor(RUN, TRACE)
    read(stage, TRACE, FAILED_TRACE[:size])
    assert (stored(stage), stage.ingest.cursor(RUN, TRACE)) == (before, cursor)


def test_a_truncated_first_copy_is_continued(stage: Stage) -> None:
    stage.running()
    read(stage, NEXTFLOW_LOG, b"", FINISHED_LOG[:333], b"", FINISHED_LOG[:10], FINISHED_LOG)
    ranges = bytes_covered(stage.entries())
    assert [start for start, _ in ranges] == [0, *(end for _, end in ranges[:-1])]
    assert ranges[-1][1] == len(FINISHED_LOG)


RESTARTED = FAILED_LOG.replace(b"Nov-23 12:", b"Nov-23 13:")


@pytest.mark.parametrize(
    "anew",
    [RESTARTED[:700], RESTARTED[: len(FINISHED_LOG)].ljust(len(FINISHED_LOG), b"x"), RESTARTED + RESTARTED],
    ids=["shorter", "as long", "longer"],
)
def test_a_restarted_file_is_read_from_its_start_with_new_entry_numbers(stage: Stage, anew: bytes) -> None:
    stage.running()
    read(stage, NEXTFLOW_LOG, FINISHED_LOG)
    before = stage.entries()
    read(stage, NEXTFLOW_LOG, anew)
    after = stage.entries()
    assert after[: len(before)] == before
    assert [number for number, *_ in after] == list(range(len(after)))
    assert bytes_covered(after, part=1)[0][0] == 0
    assert bytes_covered(after, part=1)[-1][1] == len(anew)


def test_a_file_replaced_while_it_is_read_is_read_in_its_new_version(stage: Stage) -> None:
    stage.running()

    def replace_once() -> None:
        stage.storage.before_read = lambda: None
        stage.storage.put_log(RUN, NEXTFLOW_LOG, FINISHED_LOG)

    stage.storage.before_read = replace_once
    read(stage, NEXTFLOW_LOG, FINISHED_LOG[:500])
    ranges = bytes_covered(stage.entries())
    assert (ranges[0][0], ranges[-1][1]) == (0, len(FINISHED_LOG))
    assert sum(end - start for start, end in ranges) == len(FINISHED_LOG)


@pytest.mark.parametrize(("file", "content"), [(NEXTFLOW_LOG, FAILED_LOG), (TRACE, FAILED_TRACE)])
def test_a_file_read_in_chunks_is_stored_like_one_read_at_once(stage: Stage, file: str, content: bytes) -> None:
    stage.running()
    stage.storage.put_log(RUN, file, content)
    sizes: list[int] = []
    stage.storage.before_read = lambda: sizes.append(stage.storage.bytes_read)
    assert replace(stage.read_file, chunk_bytes=100).run(stage.run(), file).is_complete
    in_chunks = stored(stage)
    stage.storage.put_log(RUN, file, content)
    assert len(sizes) >= len(content) // 100
    with stage.engine.begin() as connection:
        for table in ("entries", "tasks", "ingest_cursors"):
            connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 names from the line above
    assert stage.read_file.run(stage.run(), file).is_complete
    assert stored(stage) == in_chunks


def test_reading_continues_where_it_stopped_when_time_ran_out(stage: Stage) -> None:
    stage.running()
    stage.storage.put_log(RUN, NEXTFLOW_LOG, FINISHED_LOG)
    stage.clock.tick = timedelta(seconds=30)
    action, run = replace(stage.read_file, chunk_bytes=100), stage.run()
    progress = action.run(run, NEXTFLOW_LOG)
    assert not progress.is_complete
    assert 0 < progress.cursor.byte_offset < len(FINISHED_LOG)
    assert stage.ingest.cursor(RUN, NEXTFLOW_LOG) == progress.cursor
    while not action.run(run, NEXTFLOW_LOG).is_complete:
        pass
    assert sum(end - start for start, end in bytes_covered(stage.entries())) == len(FINISHED_LOG)


class SlowStore(IngestStore):
    """Stores the first chunk only once `may_store` is set, and notes whether that came in time."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.may_store, self.came_in_time = Event(), False

    def save(self, *args: Any, **kwargs: Any) -> FileCursor:  # noqa: ANN401 passed through unchanged
        self.came_in_time = self.may_store.wait(30)
        return super().save(*args, **kwargs)


def test_a_chunk_is_stored_while_the_next_one_is_read(stage: Stage) -> None:
    stage.running()
    stage.storage.put_log(RUN, NEXTFLOW_LOG, FINISHED_LOG)
    store, reads = SlowStore(stage.engine), count(1)

    def note_read() -> None:
        if next(reads) == 2:
            store.may_store.set()

    stage.storage.before_read = note_read
    assert replace(stage.read_file, store=store, chunk_bytes=1000).run(stage.run(), NEXTFLOW_LOG).is_complete
    assert store.came_in_time
    assert bytes_covered(stage.entries())[-1][1] == len(FINISHED_LOG)


def test_a_chunk_that_another_delivery_has_stored_is_not_stored_again(stage: Stage) -> None:
    stage.running()
    stage.storage.put_log(RUN, NEXTFLOW_LOG, FINISHED_LOG)
    run, reads = stage.run(), count(1)

    def let_another_read_all() -> None:
        if next(reads) == 2:
            assert stage.read_file.run(run, NEXTFLOW_LOG).is_complete

    stage.storage.before_read = let_another_read_all
    assert replace(stage.read_file, chunk_bytes=500).run(run, NEXTFLOW_LOG).is_complete
    ranges = bytes_covered(stage.entries())
    assert [start for start, _ in ranges] == [0, *(end for _, end in ranges[:-1])]
    assert ranges[-1][1] == len(FINISHED_LOG)


class BrokenStore(IngestStore):
    """Cannot store anything."""

    def save(self, *_args: Any, **_kwargs: Any) -> FileCursor:  # noqa: ANN401 unused
        raise UnavailableError("the database is unavailable")


@pytest.mark.parametrize("chunk_bytes", [100, 2 << 20])
def test_a_chunk_that_cannot_be_stored_is_an_error(stage: Stage, chunk_bytes: int) -> None:
    stage.running()
    stage.storage.put_log(RUN, NEXTFLOW_LOG, FINISHED_LOG)
    broken = replace(stage.read_file, store=BrokenStore(stage.engine), chunk_bytes=chunk_bytes)
    with pytest.raises(UnavailableError):
        broken.run(stage.run(), NEXTFLOW_LOG)
    assert stage.read_file.run(stage.run(), NEXTFLOW_LOG).is_complete
    assert bytes_covered(stage.entries())[-1][1] == len(FINISHED_LOG)


@pytest.mark.parametrize("newest", [None, ObjectVersion(1, 500), ObjectVersion(9, len(FINISHED_LOG))])
def test_a_file_is_read_to_its_end_whatever_version_was_announced(stage: Stage, newest: ObjectVersion | None) -> None:
    stage.running()
    for size in (500, len(FINISHED_LOG)):
        generation = stage.storage.put_log(RUN, NEXTFLOW_LOG, FINISHED_LOG[:size])
    assert stage.read_file.run(stage.run(), NEXTFLOW_LOG, newest=newest).is_complete
    assert stage.ingest.cursor(RUN, NEXTFLOW_LOG).generation == generation


def test_an_outage_while_reading_loses_nothing(stage: Stage) -> None:
    stage.running()
    stage.storage.put_log(RUN, NEXTFLOW_LOG, FINISHED_LOG)

    def go_away() -> None:
        stage.storage.is_down = stage.storage.bytes_read > 300

    stage.storage.before_read = go_away
    with pytest.raises(UnavailableError):
        replace(stage.read_file, chunk_bytes=100).run(stage.run(), NEXTFLOW_LOG)
    stage.storage.is_down, stage.storage.before_read = False, lambda: None
    assert stage.read_file.run(stage.run(), NEXTFLOW_LOG).is_complete
    ranges = bytes_covered(stage.entries())
    assert sum(end - start for start, end in ranges) == len(FINISHED_LOG)


def test_simultaneous_deliveries_lose_and_duplicate_nothing(stage: Stage) -> None:
    stage.running()
    log = long_log(400)

    run = stage.run()

    def deliver() -> None:
        assert replace(stage.read_file, chunk_bytes=3000).run(run, NEXTFLOW_LOG).is_complete

    for content in grown(log, uploads=6):
        stage.storage.put_log(RUN, NEXTFLOW_LOG, content)
        all_at_once([deliver] * 4)
    ranges = bytes_covered(stage.entries())
    assert len(ranges) == 400
    assert [start for start, _ in ranges] == [0, *(end for _, end in ranges[:-1])]
    assert ranges[-1][1] == len(log)


def test_reading_log_and_trace_simultaneously_loses_no_task(stage: Stage) -> None:
    stage.running()
    stage.upload(log=FAILED_LOG, trace=FAILED_TRACE)
    run = stage.run()
    all_at_once([partial(stage.read_file.run, run, file) for file in [NEXTFLOW_LOG, TRACE] * 3])
    assert stage.tasks() == {"12/345678": "FAILED", "ab/cdef01": "COMPLETED"}


def test_a_growing_log_is_read_with_little_overlap(stage: Stage) -> None:
    stage.running()
    log, uploads = long_log(6000), 100
    step = len(log) // uploads
    read(stage, NEXTFLOW_LOG, *(log[: step * number] for number in range(1, uploads)), log)
    assert len(stage.entries()) == 6000
    assert stage.storage.bytes_read / len(log) <= 1.02


def test_unreadable_rows_are_kept_with_their_reason(stage: Stage) -> None:
    stage.running()
    read(stage, TRACE, FAILED_TRACE + b"x\tnot a hash" + b"\t-" * 12 + b"\n")
    cursor = stage.ingest.cursor(RUN, TRACE)
    assert cursor.skipped_count == 1
    assert cursor.skipped[0]["line_number"] == 4
    assert stage.tasks() == {"12/345678": "FAILED", "ab/cdef01": "COMPLETED"}


@pytest.mark.parametrize("content", [b"", b"\n", b"\0" * 500, b"\xff\xfe" * 300, b"Nov-23 12:00:00.000 [m] INFO  a - "])
@pytest.mark.parametrize("file", [NEXTFLOW_LOG, TRACE])
def test_any_bytes_can_be_stored(stage: Stage, file: str, content: bytes) -> None:
    stage.running()
    read(stage, file, content, content + b"more\n")
    assert stage.ingest.cursor(RUN, file).byte_offset == len(content) + 5


def test_a_missing_file_counts_as_read(stage: Stage) -> None:
    stage.running()
    assert stage.read_file.run(stage.run(), NEXTFLOW_LOG).is_complete
    assert stage.entries() == []


@pytest.mark.parametrize("chunk_bytes", [100, 4 << 20])
@pytest.mark.parametrize(
    ("file", "content"),
    [
        (NEXTFLOW_LOG, FINISHED_LOG),
        (NEXTFLOW_LOG, FAILED_LOG),
        (TRACE, FAILED_TRACE + b"x\tnot a hash" + b"\t-" * 12 + b"\n"),
        (TRACE, b"task_id\0\thash\n\0\xff"),
    ],
    ids=["finished", "failed", "unreadable row", "nul"],
)
def test_reading_returns_the_cursor_that_was_stored(stage: Stage, file: str, content: bytes, chunk_bytes: int) -> None:
    stage.running()
    stage.storage.put_log(RUN, file, content)
    progress = replace(stage.read_file, chunk_bytes=chunk_bytes).run(stage.run(), file)
    assert progress.is_complete
    assert progress.cursor.byte_offset == len(content)
    assert progress.cursor == stage.ingest.cursor(RUN, file)


def test_a_cell_of_any_length_is_stored_up_to_its_bound(stage: Stage) -> None:
    stage.running()
    header = b"task_id\thash\tname\tstatus\texit\tnative_id\ttag\tworkdir\terror_action\n"
    long = b"x" * 5_000
    stage.upload(
        trace=header + b"\t".join([b"1", b"ab/cdef01", long, b"COMPLETED", b"0", long, long, long, long]) + b"\n"
    )
    assert stage.read_file.run(stage.run(), TRACE).is_complete
    assert stage.rows("SELECT length(error_action), length(name) FROM tasks") == [(None, LONGEST_NAME)]
