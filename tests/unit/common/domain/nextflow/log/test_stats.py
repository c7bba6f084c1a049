"""Task counts in both layouts."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from common.domain.nextflow.log.facts import RunStats
from common.domain.nextflow.log.records import LogRecord
from common.domain.nextflow.log.stats import run_stats

AT = datetime(2026, 11, 23, tzinfo=UTC)


def stats_of(inside: str) -> RunStats:
    text = f"Workflow completed > WorkflowStats[{inside}]".encode()
    stats = run_stats(LogRecord(5, 9, AT, "DEBUG", "main", "n.t.StatsObserver", text))
    assert stats is not None
    return stats


OLD = (
    "succeedCount=7; failedCount=0; ignoredCount=1; cachedCount=2; succeedDuration=15m 44s; "
    "failedDuration=0ms; cachedDuration=-"
)
NEW = (
    "succeededCount=1126; failedCount=6; ignoredCount=6; cachedCount=0; pendingCount=0; submittedCount=0; "
    "runningCount=-10; retriesCount=2; abortedCount=3; succeedDuration=1d 3h 2m 59s; failedDuration=41.8s; "
    "cachedDuration=0ms;loadCpus=-4; loadMemory=0; peakRunning=20; peakCpus=64; peakMemory=1.5 TB; "
)


def test_the_old_layout_counts_ignored_failures_separately() -> None:
    stats = stats_of(OLD)

    assert (stats.succeeded, stats.failed, stats.ignored, stats.cached) == (7, 0, 1, 2)
    assert (stats.succeeded_ms, stats.failed_ms, stats.cached_ms) == (944_000, 0, None)
    assert (stats.retries, stats.running, stats.peak_memory) == (None, None, None)


def test_the_new_layout_counts_ignored_failures_among_the_failed() -> None:
    stats = stats_of(NEW)

    assert (stats.succeeded, stats.failed, stats.ignored, stats.retries, stats.aborted) == (1126, 0, 6, 2, 3)
    assert (stats.succeeded_ms, stats.failed_ms, stats.cached_ms) == (97_379_000, 41_800, 0)
    assert (stats.peak_running, stats.peak_cpus, stats.peak_memory) == (20, 64, 1536 * 1024**3)


def test_a_count_may_be_negative() -> None:
    assert stats_of(NEW).running == -10


def test_stats_have_offset_and_time_of_their_record() -> None:
    assert (stats_of(OLD).offset, stats_of(OLD).at) == (5, AT)


def test_another_record_has_no_stats() -> None:
    assert run_stats(LogRecord(0, 9, None, "DEBUG", "main", "x", b"Workflow process names [dsl2]: a")) is None


@given(st.text())
def test_any_counts_can_be_read(inside: str) -> None:
    assert stats_of(f"failedCount={inside}").succeeded == 0
