from common.domain.tasks.task import ENDED, TaskStatus


def test_ended_holds_the_final_statuses_of_nextflow() -> None:
    assert {TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CACHED, TaskStatus.ABORTED} == ENDED
