"""How many round trips to Postgres each kind of work takes; in the cloud, each is another millisecond.

A message lists the statements. A number here may grow for a good reason, which docs/measurements.md then gives.
"""

from collections.abc import Callable

import pytest

from common.domain.batch.job import JobState
from common.domain.runs.files import NEXTFLOW_LOG, TRACE
from common.domain.runs.work_items import ChainStep
from common.schemas.runs import RunCreateRequest
from tests.support.actions.stage import ANA, RUN, Stage
from tests.support.logs.nextflow_files import FINISHED_LOG, FINISHED_TRACE
from tests.support.round_trips import RoundTrips, counted_round_trips

STARTED = FINISHED_LOG[: FINISHED_LOG.index(b"Task completed")].rpartition(b"\n")[0] + b"\n"
QUIET_LINE = b"Nov-23 12:00:50.000 [Task monitor] DEBUG nextflow.Session - a line that says nothing of tasks\n"


@pytest.fixture
def running(stage: Stage) -> Stage:
    """A run whose log was read up to its first task."""
    stage.running()
    notice(stage, NEXTFLOW_LOG, STARTED)
    return stage


def notice(stage: Stage, file: str, content: bytes) -> None:
    stage.ingest_file.run(RUN, file, stage.storage.put_log(RUN, file, content), len(content))


def counted(work: Callable[[], object]) -> RoundTrips:
    """The round trips of work on an open connection."""
    with counted_round_trips() as trips:
        work()
    return trips


def test_a_notice_that_changes_a_task_takes_few_round_trips(running: Stage) -> None:
    trips = counted(lambda: notice(running, NEXTFLOW_LOG, FINISHED_LOG))
    assert set(running.tasks().values()) == {"COMPLETED"}
    assert trips.count <= 14, str(trips)


def test_a_notice_without_a_task_takes_fewer(running: Stage) -> None:
    trips = counted(lambda: notice(running, NEXTFLOW_LOG, STARTED + QUIET_LINE))
    assert trips.count <= 8, str(trips)


def test_a_notice_of_a_trace_takes_few_round_trips(running: Stage) -> None:
    trips = counted(lambda: notice(running, TRACE, FINISHED_TRACE))
    assert trips.count <= 11, str(trips)


def test_a_notice_of_what_was_read_takes_one(running: Stage) -> None:
    generation = running.storage.put_log(RUN, NEXTFLOW_LOG, FINISHED_LOG)
    running.ingest_file.run(RUN, NEXTFLOW_LOG, generation, len(FINISHED_LOG))
    read, running.storage.states_asked = running.storage.bytes_read, 0
    trips = counted(lambda: running.ingest_file.run(RUN, NEXTFLOW_LOG, generation, len(FINISHED_LOG)))
    assert trips.count == 1, str(trips)
    assert (running.storage.bytes_read, running.storage.states_asked) == (read, 0)


def test_a_sync_that_finds_nothing_new_takes_few_round_trips(running: Stage) -> None:
    sync = running.sync
    sync.run(ChainStep(run_id=RUN, chain="launch"))
    trips = counted(lambda: sync.run(ChainStep(run_id=RUN, chain="launch", tick=1)))
    assert trips.count <= 8, str(trips)


def test_a_sync_that_finds_a_running_task_takes_few_more(running: Stage) -> None:
    running.batch.add_child(RUN, "nf-abcdef01-1", JobState.RUNNING)
    trips = counted(lambda: running.sync.run(ChainStep(run_id=RUN, chain="launch")))
    assert "RUNNING" in running.tasks().values()
    assert trips.count <= 14, str(trips)


def test_submitting_a_run_takes_few_round_trips(stage: Stage) -> None:
    request = RunCreateRequest.model_validate(
        {
            "pipeline": "nf-core/scrnaseq",
            "samplesheet_csv": "sample,fastq_1,fastq_2\ns1,gs://lab/a_R1.fastq.gz,gs://lab/a_R2.fastq.gz\n",
            "params": {"genome": "GRCh38", "protocol": "10XV3", "aligner": "star"},
        }
    )
    stage.runs.find_runs([RUN])  # connects
    trips = counted(lambda: stage.submit.run(request, ANA))
    assert stage.run().run_id == RUN
    assert trips.count <= 8, str(trips)
