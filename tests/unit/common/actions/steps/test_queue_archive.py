"""Queueing the archive of a run that is over."""

from common.actions.steps.queue_archive import queue_final_archive
from common.domain.runs.work_items import WorkKind
from tests.support.actions.fakes import FakeQueue, Steps


def test_the_archive_of_a_run_that_is_over_is_queued_once() -> None:
    queue = FakeQueue(Steps())
    for _ in range(2):
        queue_final_archive(queue, "run-00000001")
    assert [(item.kind, item.body) for item in queue.items] == [(WorkKind.ARCHIVE, {"run_id": "run-00000001"})]
