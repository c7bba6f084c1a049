from common.domain.tasks.task import ENDED, LONGEST_CONTAINER, TaskRequest, TaskStatus, within_bounds
from tests.support.runs import make_task


def test_ended_holds_the_final_statuses_of_nextflow() -> None:
    assert {TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CACHED, TaskStatus.ABORTED} == ENDED


def test_a_container_longer_than_any_name_of_a_registry_is_left_out() -> None:
    longest, longer = ("c" * length for length in (LONGEST_CONTAINER, LONGEST_CONTAINER + 1))
    of = [
        within_bounds(make_task(request=TaskRequest(time_ms=5, container=name))).request for name in (longest, longer)
    ]

    assert of == [TaskRequest(time_ms=5, container=longest), TaskRequest(time_ms=5)]
