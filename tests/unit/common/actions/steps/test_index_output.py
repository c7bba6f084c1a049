"""What failed tasks printed can be searched after their run has ended."""

from common.domain.insight.search import OUTPUT_LINES
from common.domain.tasks.task import TaskStatus
from common.services.insight.search.reading import LineFilter
from common.services.insight.search.service import SearchService
from tests.support.logs.sources import WORK_DIR, LogSources
from tests.support.runs import NOON, OWNER

OTHER_DIR = WORK_DIR[:-2] + "00"


def lines_with(sources: LogSources, word: str) -> list[tuple[str | None, str]]:
    wanted = LineFilter(words=[word], owner=OWNER, since=NOON)
    found = SearchService(sources.engine).find(wanted, page_size=100).lines
    return [(line.task, line.snippet) for line in found]


def test_both_streams_of_a_failed_task_are_found(sources: LogSources) -> None:
    sources.add_task(status=TaskStatus.FAILED)
    sources.put_work({".command.out": b"reading zebra\n", ".command.err": b"zebra is corrupt\n"})
    sources.index_output.run(sources.run)
    sources.index_output.run(sources.run)
    assert lines_with(sources, "zebra") == [("ab-cdef01", "zebra is corrupt"), ("ab-cdef01", "reading zebra")]


def test_the_log_is_read_where_there_are_no_streams(sources: LogSources) -> None:
    sources.add_task(status=TaskStatus.FAILED)
    sources.put_work({".command.log": b"zebra in the log\n"})
    sources.index_output.run(sources.run)
    assert lines_with(sources, "zebra") == [("ab-cdef01", "zebra in the log")]


def test_only_the_last_lines_are_kept(sources: LogSources) -> None:
    sources.add_task(status=TaskStatus.FAILED)
    text = "first zebra\n" + "more\n" * OUTPUT_LINES
    sources.put_work({".command.err": text.encode()})
    sources.index_output.run(sources.run)
    assert lines_with(sources, "zebra") == []


def test_tasks_that_did_not_fail_or_left_nothing_have_no_lines(sources: LogSources) -> None:
    sources.add_task(status=TaskStatus.COMPLETED)
    sources.add_task(hash="00/abcdef", status=TaskStatus.FAILED, work_dir=OTHER_DIR)
    sources.put_work({".command.out": b"zebra\n"})
    sources.index_output.run(sources.run)
    assert lines_with(sources, "zebra") == []
