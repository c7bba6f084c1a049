from datetime import timedelta

import pytest

from common.domain.batch.job import JobState
from common.domain.runs.files import EXIT_CODE, NEXTFLOW_LOG, REPORT, TRACE, archive_key, parse_log_key
from common.domain.runs.status import RunStatus
from common.errors import NotFoundError
from tests.support.actions.stage import RUN, Stage, moment
from tests.support.logs.nextflow_files import FINISHED_LOG, FINISHED_TRACE
from tests.support.runs import NOON

LIVE_LOG = FINISHED_LOG[: FINISHED_LOG.index(b"Task completed")]
BEFORE_SESSION = FINISHED_LOG[: FINISHED_LOG.index(b"Session UUID")]


def upload(stage: Stage, file: str, content: bytes) -> None:
    """Upload a file and ingest it, as its notice does."""
    stage.ingest_file.run(RUN, file, stage.storage.put_log(RUN, file, content))


def test_a_run_is_running_once_its_log_says_so(stage: Stage) -> None:
    stage.launched()
    upload(stage, NEXTFLOW_LOG, LIVE_LOG)
    run = stage.run()
    assert (run.status, run.started_at) == (RunStatus.RUNNING, moment(3))


def test_a_log_without_a_session_leaves_the_run_submitted(stage: Stage) -> None:
    stage.launched()
    upload(stage, NEXTFLOW_LOG, BEFORE_SESSION)
    assert stage.run().status == RunStatus.SUBMITTED


def test_a_pending_run_with_a_running_log_passes_through_submitted(stage: Stage) -> None:
    stage.pending()
    stage.runs.claim_launch(RUN, stage.head)
    upload(stage, NEXTFLOW_LOG, LIVE_LOG)
    assert stage.journal() == ["pending", "submitted", "running"]


def test_a_live_log_queues_no_sync(stage: Stage) -> None:
    stage.launched()
    upload(stage, NEXTFLOW_LOG, LIVE_LOG)
    assert stage.queue.items == []


def test_goodbye_queues_a_sync_and_does_not_end_the_run(stage: Stage) -> None:
    stage.launched()
    upload(stage, NEXTFLOW_LOG, FINISHED_LOG)
    assert stage.run().status == RunStatus.RUNNING
    assert [(item.kind, item.delay) for item in stage.queue.items] == [("sync", timedelta(seconds=1))]


def test_an_exit_code_queues_a_sync(stage: Stage) -> None:
    stage.running()
    upload(stage, EXIT_CODE, b"0\n")
    assert stage.queue.kinds == ["sync"]


def test_the_queued_sync_ends_the_run(stage: Stage) -> None:
    stage.launched()
    upload(stage, NEXTFLOW_LOG, FINISHED_LOG)
    stage.batch.move(stage.head, JobState.SUCCEEDED)
    stage.drain_queue()
    assert stage.run().status == RunStatus.COMPLETED


def test_a_repeated_notice_queues_one_sync(stage: Stage) -> None:
    stage.launched()
    generation = stage.storage.put_log(RUN, NEXTFLOW_LOG, FINISHED_LOG)
    stage.ingest_file.run(RUN, NEXTFLOW_LOG, generation)
    stage.ingest_file.run(RUN, NEXTFLOW_LOG, generation)
    assert stage.queue.kinds == ["sync"]


def test_goodbye_of_a_run_that_is_over_queues_nothing(stage: Stage) -> None:
    stage.running()
    stage.runs.update_run_status(RUN, RunStatus.FAILED, at=NOON)
    upload(stage, NEXTFLOW_LOG, FINISHED_LOG)
    assert stage.queue.items == []
    assert stage.run().status == RunStatus.FAILED


def test_a_trace_adds_its_tasks_and_queues_no_sync(stage: Stage) -> None:
    stage.running()
    upload(stage, TRACE, FINISHED_TRACE)
    assert set(stage.tasks().values()) == {"COMPLETED"}
    assert stage.queue.items == []


@pytest.mark.parametrize("file", [REPORT, "archive.zip", "..", "nextflow.log.1"])
def test_other_files_are_ignored(stage: Stage, file: str) -> None:
    stage.launched()
    upload(stage, file, LIVE_LOG)
    assert (stage.entries(), stage.queue.items, stage.run().status) == ([], [], RunStatus.SUBMITTED)


@pytest.mark.parametrize("file", [NEXTFLOW_LOG, TRACE])
def test_a_file_of_an_unknown_run_is_refused(stage: Stage, file: str) -> None:
    with pytest.raises(NotFoundError):
        upload(stage, file, LIVE_LOG)
    assert stage.entries() == []


def test_a_file_that_takes_too_long_is_continued_by_a_work_item(stage: Stage) -> None:
    stage.launched()
    stage.clock.tick, stage.chunk_bytes = timedelta(minutes=3), 100
    generation = stage.storage.put_log(RUN, NEXTFLOW_LOG, FINISHED_LOG)
    stage.ingest_file.run(RUN, NEXTFLOW_LOG, generation)
    (item,) = stage.queue.take_all()
    assert (item.kind, item.body) == ("ingest", {"run_id": RUN, "file": NEXTFLOW_LOG, "generation": generation})
    stage.clock.tick, stage.chunk_bytes = timedelta(0), 2 << 20
    stage.do(item)
    assert sum(end - start for _, _, start, end, _ in stage.entries()) == len(FINISHED_LOG)
    assert stage.run().status == RunStatus.RUNNING


def test_an_archive_in_the_logs_bucket_is_ignored(stage: Stage) -> None:
    stage.running()
    owner = parse_log_key(archive_key(RUN))
    assert owner
    upload(stage, owner[1], b"PK")
    assert stage.queue.items == []
    assert stage.storage.bytes_read == 0
