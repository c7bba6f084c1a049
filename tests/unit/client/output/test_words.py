"""Times, durations and sizes in words."""

from datetime import UTC, datetime

import pytest

from sluice.output.words import (
    counted,
    duration_words,
    memory_words,
    short_process,
    short_processes,
    size_words,
    text_of,
    time_words,
)


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [
        (None, "-"),
        (0, "0.0s"),
        (450, "0.5s"),
        (12_400, "12s"),
        (59_600, "1m 00s"),
        (185_000, "3m 05s"),
        (7_380_000, "2h 03m"),
        (180_000_000, "50h 00m"),
    ],
)
def test_a_duration_in_words(milliseconds: int | None, words: str) -> None:
    assert duration_words(milliseconds) == words


@pytest.mark.parametrize(
    ("size", "words"),
    [(None, "-"), (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (99_400, "99.4 kB"), (99_600, "100 kB"),
     (999_600, "1.0 MB"), (1_300_000_000, "1.3 GB"), (2 * 10**18, "2000 PB")],
)  # fmt: skip
def test_a_size_in_words(size: int | None, words: str) -> None:
    assert size_words(size) == words


@pytest.mark.parametrize(
    ("size", "words"),
    [(None, "-"), (812, "812 B"), (36 << 30, "36 GB"), (6 << 30, "6 GB"), (3 << 29, "1.5 GB"), (1024**2 - 1, "1 MB")],
)
def test_memory_is_counted_as_nextflow_does(size: int | None, words: str) -> None:
    assert memory_words(size) == words


def test_a_process_without_the_workflows_around_it() -> None:
    assert short_process("NFCORE:SC:STAR_ALIGN") == "STAR_ALIGN"
    assert short_process("NFCORE:SC:STAR_ALIGN (chr1:100)") == "STAR_ALIGN (chr1:100)"


def test_a_time_has_its_offset() -> None:
    at = datetime(2026, 12, 1, 12, 0, 5, tzinfo=UTC)
    assert time_words(at, utc=True) == "2026-12-01 12:00:05 +00:00"
    assert time_words(at.replace(microsecond=42_900), utc=True, precise=True) == "2026-12-01 12:00:05.042 +00:00"
    local = time_words(at)
    assert datetime.strptime(local, "%Y-%m-%d %H:%M:%S %z") == at


def test_what_is_not_there_is_a_dash() -> None:
    assert [text_of(value) for value in (None, "", [], 0, False, ["a", "b"])] == ["-", "-", "-", "0", "no", "a, b"]


def test_processes_are_short_unless_two_would_be_called_the_same() -> None:
    names = short_processes(["A:STAR", "A:QC", "B:QC"])
    assert names == {"A:STAR": "STAR", "A:QC": "A:QC", "B:QC": "B:QC"}


def test_one_thing_and_several() -> None:
    assert [counted(count, "process", "processes") for count in (1, 2)] == ["1 process", "2 processes"]
    assert counted(1204, "task") == "1,204 tasks"
