"""After any uploads of a file, the entries are those of its last version, numbered without gaps."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from common.domain.ingest.cursor import FileCursor, range_to_read
from common.domain.ingest.reading import read_next
from common.domain.nextflow.log.records import LogReader
from common.domain.runs.files import NEXTFLOW_LOG
from tests.support.logs.nextflow_files import FAILED_LOG, FINISHED_LOG
from tests.unit.common.domain.nextflow.texts import NEAR

Entries = dict[int, tuple[int, str]]  # part and message by number


def restarted_log(number: int, size: int) -> bytes:
    """The first `size` bytes of the log of the restart with this number: other times, and another length."""
    log = (FINISHED_LOG, FAILED_LOG)[number % 2].replace(b"Nov-23 12:", f"Nov-23 {12 + number}:".encode())
    return log[:size]


@st.composite
def uploads(draw: st.DrawFn) -> Sequence[bytes]:
    """Uploads of a log that grows and may be restarted, with copies that are cut off, empty or repeated.

    Whole copies hold at least the time of the first record, in which a restarted log differs.
    """
    made: list[bytes] = []
    for number in range(draw(st.integers(1, 3))):
        sizes = sorted(draw(st.lists(st.integers(30, 3000), min_size=1, max_size=5)))
        for size in sizes:
            whole = restarted_log(number, size)
            made += [whole[:cut] for cut in draw(st.lists(st.integers(0, size), max_size=3))]
            made += [whole] * draw(st.integers(1, 2))
    return made


def store(entries: Entries, cursor: FileCursor, content: bytes, *, generation: int, chunk: int) -> FileCursor:
    """Read an upload to its end as ReadFile does; put its entries into `entries` as IngestStore does."""
    while content and cursor.generation < generation:
        part = range_to_read(cursor, generation=generation, size=len(content), at_most=chunk)
        reading = read_next(NEXTFLOW_LOG, cursor, part, content[part.start : part.end], near=NEAR)
        if reading.cursor == cursor:
            break
        if reading.records:
            for number in [number for number in entries if number >= cursor.next_number]:
                del entries[number]
        for number, record in enumerate(reading.records, start=cursor.next_number):
            entries[number] = (cursor.part, record.message)
        cursor = reading.cursor
    return cursor


def messages_of(log: bytes) -> list[str]:
    reader = LogReader(NEAR)
    return [record.message for record in [*reader.feed(log), *reader.finish()]]


@given(uploads(), st.sampled_from([64, 500, 4000]))
def test_any_uploads_end_with_the_entries_of_the_last_whole_file(made: Sequence[bytes], chunk: int) -> None:
    entries, cursor = Entries(), FileCursor()
    for generation, content in enumerate(made, start=1):
        cursor = store(entries, cursor, content, generation=generation, chunk=chunk)
    last = [message for _, (part, message) in sorted(entries.items()) if part == cursor.part]
    assert sorted(entries) == list(range(len(entries)))
    assert last == messages_of(made[-1])
