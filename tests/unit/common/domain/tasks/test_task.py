from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.tasks.task import ENDED, Task, TaskSource, TaskStatus, merge
from tests.support.runs import NOON, make_task

LIVE_ORDER = [TaskStatus.NEW, TaskStatus.SUBMITTED, TaskStatus.RUNNING]
NEWS = st.tuples(st.builds(make_task, status=st.sampled_from(TaskStatus)), st.sampled_from(TaskSource))
FROM_LOG = st.sampled_from([TaskStatus.SUBMITTED, TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CACHED])


def merged(known: TaskStatus, news: TaskStatus, source: TaskSource) -> TaskStatus:
    return merge(make_task(status=known), make_task(status=news), source).status


def test_the_first_news_of_a_task_are_all_that_is_known() -> None:
    assert merge(None, make_task(), TaskSource.LOG) == make_task()


def test_the_ends_are_the_statuses_that_nextflow_does_not_leave() -> None:
    assert {TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CACHED, TaskStatus.ABORTED} == ENDED


@pytest.mark.parametrize(("known", "news", "source"), list(product(LIVE_ORDER, LIVE_ORDER, TaskSource)))
def test_a_living_task_only_moves_forward(known: TaskStatus, news: TaskStatus, source: TaskSource) -> None:
    assert merged(known, news, source) == max(known, news, key=LIVE_ORDER.index)


@pytest.mark.parametrize(("known", "news", "source"), list(product(LIVE_ORDER, ENDED, TaskSource)))
def test_any_living_task_may_end(known: TaskStatus, news: TaskStatus, source: TaskSource) -> None:
    assert merged(known, news, source) == news


@pytest.mark.parametrize(("known", "news", "source"), list(product(ENDED, LIVE_ORDER, TaskSource)))
def test_a_task_that_has_ended_never_lives_again(known: TaskStatus, news: TaskStatus, source: TaskSource) -> None:
    assert merged(known, news, source) == known


@pytest.mark.parametrize(("known", "news"), list(product(ENDED, ENDED)))
def test_the_trace_has_the_last_word_on_how_a_task_ended(known: TaskStatus, news: TaskStatus) -> None:
    assert merged(known, news, TaskSource.TRACE) == news


@pytest.mark.parametrize(("known", "news"), list(product(ENDED, ENDED)))
def test_the_log_may_only_take_back_that_a_task_went_well(known: TaskStatus, news: TaskStatus) -> None:
    assert merged(known, news, TaskSource.LOG) == (news if news == TaskStatus.FAILED else known)


@given(st.lists(NEWS, min_size=1, max_size=20))
def test_no_order_of_news_makes_an_ended_task_go_back(news: list[tuple[Task, TaskSource]]) -> None:
    known, has_ended = None, False
    for task, source in news:
        known = merge(known, task, source)
        has_ended = has_ended or task.status in ENDED
        assert (known.status in ENDED) == has_ended


@given(st.lists(FROM_LOG, max_size=10), st.sampled_from(sorted(ENDED)), st.integers(min_value=1, max_value=3))
def test_the_trace_decides_whatever_the_log_said_before(said: list[TaskStatus], end: TaskStatus, times: int) -> None:
    known = None
    for status in said:
        known = merge(known, make_task(status=status), TaskSource.LOG)
    for _ in range(times):
        known = merge(known, make_task(status=end), TaskSource.TRACE)
    assert known is not None
    assert known.status == end


@given(st.lists(FROM_LOG, max_size=10), st.sampled_from(sorted(ENDED)), st.integers(min_value=0, max_value=10))
def test_the_trace_decides_whenever_it_comes(said: list[TaskStatus], end: TaskStatus, place: int) -> None:
    news = [(make_task(status=status), TaskSource.LOG) for status in said]
    news.insert(place, (make_task(status=end), TaskSource.TRACE))
    known = None
    for task, source in news:
        known = merge(known, task, source)
    assert known is not None
    assert (known.status, known.is_settled) == (end, True)


@given(st.lists(NEWS, min_size=1, max_size=10))
def test_hearing_the_last_news_again_changes_nothing(news: list[tuple[Task, TaskSource]]) -> None:
    known = None
    for task, source in news:
        known = merge(known, task, source)
    assert known is not None
    assert merge(known, *news[-1]) == known


def test_the_trace_replaces_what_it_gives_and_nothing_else() -> None:
    known = make_task(exit_code=0, work_dir="gs://w/ab/cdef01", message="noted by the log")
    after = merge(known, make_task(exit_code=137, memory_peak=5), TaskSource.TRACE)
    assert (after.exit_code, after.memory_peak) == (137, 5)
    assert (after.work_dir, after.message) == ("gs://w/ab/cdef01", "noted by the log")


@pytest.mark.parametrize("source", [TaskSource.LOG, TaskSource.BATCH])
def test_other_news_only_fill_gaps(source: TaskSource) -> None:
    after = merge(make_task(exit_code=137), make_task(exit_code=0, submit_time=NOON), source)
    assert (after.exit_code, after.submit_time) == (137, NOON)


@pytest.mark.parametrize("name", [name for name in Task._fields if name not in {"hash", "status", "is_settled"}])
@pytest.mark.parametrize("source", TaskSource)
def test_what_news_do_not_say_stays_known(name: str, source: TaskSource) -> None:
    known = make_task(**{name: "known"})
    assert getattr(merge(known, make_task(**{name: None}), source), name) == "known"
