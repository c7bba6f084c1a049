from datetime import timedelta
from typing import Any

import pytest

from common.domain.batch.job import ENDED, JobState
from common.domain.batch.machines import MachineStay, StayEnd
from common.domain.runs.status import RunStatus
from common.domain.runs.work_items import ChainStep
from common.domain.tasks.merging import TaskSource
from common.domain.tasks.task import TaskStatus
from tests.support.actions.stage import ANA, RUN, Stage
from tests.support.logs.nextflow_files import FINISHED_LOG
from tests.support.runs import NOON, make_task

FIRST = ChainStep(run_id=RUN, chain="launch")


def kept(stage: Stage) -> dict[str, str | None]:
    """The state of each stored job by its id."""
    return dict(stage.rows("SELECT job_id, state FROM child_jobs ORDER BY job_id"))


def row(stage: Stage, columns: str) -> dict[str, Any]:
    """These columns of the only stored job."""
    (found,) = stage.rows(f"SELECT {columns} FROM child_jobs")  # noqa: S608 the test's own names
    return dict(zip(columns.split(", "), found, strict=True))


def stays(stage: Stage) -> list[tuple[Any, ...]]:
    """The stored stays of tasks on machines, except those of head jobs."""
    return stage.rows(
        "SELECT job_task, ended, machine, assigned_at, released_at"
        " FROM machine_stays LEFT JOIN machine_kinds ON id = kind_id"
        " WHERE job_task LIKE 'nf-%%' ORDER BY job_task, assigned_at"
    )


def name_job(stage: Stage, job_id: str, status: TaskStatus = TaskStatus.COMPLETED) -> None:
    """Store a task whose native id names a job."""
    number = len(stage.tasks())
    with stage.ingest.writing(RUN) as writer:
        task = make_task(hash=f"00/{number:06x}", native_id=f"{job_id}/0/uid", status=status)
        writer.merge_tasks([task], TaskSource.TRACE)


def sync(stage: Stage, *, tick: int = 0) -> None:
    stage.sync.run(ChainStep(run_id=RUN, chain="launch", tick=tick))
    stage.clock.advance(seconds=20)


def test_a_job_that_leaves_the_list_of_live_jobs_is_read_once_and_kept(stage: Stage) -> None:
    stage.running()
    child = stage.batch.add_child(RUN, "nf-abcdef01-1")
    sync(stage)
    assert (kept(stage), stage.batch.read) == ({"nf-abcdef01-1": None}, [])
    stage.batch.move(child, JobState.SUCCEEDED)
    later = NOON + timedelta(minutes=5)
    stage.batch.stays[child] = [
        MachineStay(zone="europe-west1-a", assigned_at=NOON, released_at=later, end=StayEnd.PREEMPTED),
        MachineStay(zone="europe-west1-b", assigned_at=later, released_at=None, end=StayEnd.WITH_JOB),
    ]
    for tick in range(1, 4):
        sync(stage, tick=tick)
    assert stage.batch.read == [child]
    assert row(stage, "state, task_hash, created_at") == {
        "state": "SUCCEEDED",
        "task_hash": "ab/cdef01",
        "created_at": NOON,
    }
    machine = {"type": "e2-standard-4", "model": "STANDARD", "region": "europe-west1"}
    assert stays(stage) == [
        ("nf-abcdef01-1/0", "preempted", machine | {"zone": "europe-west1-a"}, NOON, later),
        ("nf-abcdef01-1/0", "with_job", machine | {"zone": "europe-west1-b"}, later, None),
    ]


def test_a_job_that_was_never_seen_is_read_when_a_file_names_it(stage: Stage) -> None:
    stage.running()
    child = stage.batch.add_child(RUN, "nf-abcdef01-1", JobState.FAILED, labels={"team": "x"})
    name_job(stage, "nf-abcdef01-1", TaskStatus.FAILED)
    sync(stage)
    sync(stage, tick=1)
    assert (kept(stage), stage.batch.read) == ({"nf-abcdef01-1": "FAILED"}, [child])


@pytest.mark.parametrize("status", [TaskStatus.SUBMITTED, TaskStatus.RUNNING, TaskStatus.CACHED])
def test_jobs_of_live_and_of_cached_tasks_are_not_read(stage: Stage, status: TaskStatus) -> None:
    stage.running()
    stage.batch.add_child("run-00000009", "nf-abcdef01-1", JobState.SUCCEEDED)
    name_job(stage, "nf-abcdef01-1", status)
    sync(stage)
    assert (kept(stage), stage.batch.read) == ({}, [])


def test_nothing_is_kept_of_another_runs_job_that_a_file_names(stage: Stage) -> None:
    stage.running()
    child = stage.batch.add_child("run-00000009", "nf-abcdef01-1", JobState.SUCCEEDED)
    name_job(stage, "nf-abcdef01-1")
    name_job(stage, f"sluice-{RUN}")  # its own head job is no task either
    for tick in range(3):
        sync(stage, tick=tick)
    assert kept(stage) == {"nf-abcdef01-1": "FOREIGN", f"sluice-{RUN}": "FOREIGN"}
    assert stage.rows("SELECT DISTINCT uid, created_at FROM child_jobs") == [(None, None)]
    assert stays(stage) == []
    assert sorted(stage.batch.read) == [child, stage.head]


def test_a_job_that_batch_does_not_have_is_asked_for_twice_and_then_gone(stage: Stage) -> None:
    stage.running()
    name_job(stage, "nf-abcdef01-1")
    sync(stage)
    assert kept(stage) == {"nf-abcdef01-1": None}
    for tick in range(1, 4):
        sync(stage, tick=tick)
    assert kept(stage) == {"nf-abcdef01-1": "GONE"}
    assert len(stage.batch.read) == 2
    assert stays(stage) == []  # nobody has ever seen the job


def test_a_job_that_nextflow_deleted_is_kept_as_used_until_the_end_of_the_run(stage: Stage) -> None:
    stage.running()
    child = stage.batch.add_child(RUN, "nf-abcdef01-1")
    sync(stage)
    del stage.batch.jobs[child]
    for tick in range(1, 4):
        sync(stage, tick=tick)
    assert kept(stage) == {"nf-abcdef01-1": "GONE"}
    assert stays(stage) == [("nf-abcdef01-1/0", "deleted", None, NOON, None)]


def test_one_wrong_answer_does_not_lose_a_job(stage: Stage) -> None:
    stage.running()
    child = stage.batch.add_child(RUN, "nf-abcdef01-1", JobState.SUCCEEDED)
    name_job(stage, "nf-abcdef01-1")
    job = stage.batch.jobs.pop(child)
    sync(stage)
    stage.batch.jobs[child] = job
    sync(stage, tick=1)
    assert kept(stage) == {"nf-abcdef01-1": "SUCCEEDED"}


def test_a_job_that_a_listing_does_not_show_but_that_lives_is_read_again(stage: Stage) -> None:
    stage.running()
    child = stage.batch.add_child(RUN, "nf-abcdef01-1")
    sync(stage)
    stage.batch.shows_after = timedelta(hours=1)
    sync(stage, tick=1)
    assert kept(stage) == {"nf-abcdef01-1": None}
    stage.batch.move(child, JobState.SUCCEEDED)
    sync(stage, tick=2)
    assert kept(stage) == {"nf-abcdef01-1": "SUCCEEDED"}


def test_a_step_reads_a_bounded_number_of_jobs_and_leaves_none_out(stage: Stage) -> None:
    stage.running()
    stage.jobs_per_step = 2
    for number in range(5):
        stage.batch.add_child(RUN, f"nf-abcdef0{number}-1", JobState.SUCCEEDED)
        name_job(stage, f"nf-abcdef0{number}-1")
    counts = []
    for tick in range(4):
        sync(stage, tick=tick)
        counts.append(len(stage.batch.read))
    assert counts == [2, 4, 5, 5]
    assert set(kept(stage).values()) == {"SUCCEEDED"}


def test_live_jobs_that_no_listing_shows_do_not_keep_others_from_being_read(stage: Stage) -> None:
    stage.running()
    stage.jobs_per_step = 2
    for number in range(4):
        stage.batch.add_child(RUN, f"nf-abcdef0{number}-1", labels={})
        name_job(stage, f"nf-abcdef0{number}-1")
    stage.batch.add_child(RUN, "nf-ffffff01-1", JobState.SUCCEEDED)
    name_job(stage, "nf-ffffff01-1")
    for tick in range(3):
        sync(stage, tick=tick)
    assert kept(stage)["nf-ffffff01-1"] == "SUCCEEDED"


def test_the_jobs_of_a_finished_run_are_read_after_its_end(stage: Stage) -> None:
    stage.running()
    stage.jobs_per_step = 2
    for number in range(7):
        stage.batch.add_child(RUN, f"nf-abcdef0{number}-1", JobState.SUCCEEDED)  # born and ended unseen
    stage.batch.move(stage.head, JobState.SUCCEEDED)
    stage.upload(log=FINISHED_LOG)
    sync(stage)
    for item in stage.queue.take_all():
        stage.do(item)
    assert stage.run().status == RunStatus.COMPLETED
    assert len(stage.batch.read) <= 4
    stage.drain_queue()
    assert list(kept(stage).values()) == ["SUCCEEDED"] * 7
    assert len(stage.batch.read) == 7


def test_the_jobs_of_a_cancelled_run_are_kept(stage: Stage) -> None:
    stage.running()
    stage.jobs_per_step = 1
    children = [stage.batch.add_child(RUN, f"nf-abcdef0{number}-1") for number in range(3)]
    stage.request_cancel.run(RUN, ANA)
    for _ in range(12):
        for name in {*stage.batch.cancelled}:
            if not stage.batch.jobs[name].has_ended:
                stage.batch.move(name, JobState.CANCELLED)
        for item in stage.queue.take_all():
            stage.do(item)
    assert stage.run().status == RunStatus.CANCELLED
    assert list(kept(stage).values()) == ["CANCELLED"] * 3
    assert sorted(stage.batch.read) == children


def test_jobs_that_are_read_later_do_not_keep_a_run_from_its_end(stage: Stage) -> None:
    stage.running()
    stage.batch.add_child(RUN, "nf-abcdef01-1", JobState.SUCCEEDED)
    stage.batch.read_is_down = True
    stage.batch.move(stage.head, JobState.SUCCEEDED)
    stage.upload(log=FINISHED_LOG)
    sync(stage)
    stage.drain_queue()
    assert stage.run().status == RunStatus.COMPLETED
    assert kept(stage) == {"nf-abcdef01-1": None}
    stage.batch.read_is_down = False
    stage.clock.advance(minutes=30)
    stage.reconcile.run()
    stage.drain_queue()
    assert kept(stage) == {"nf-abcdef01-1": "SUCCEEDED"}


def test_a_job_born_after_the_end_of_its_run_is_kept_when_it_was_stopped(stage: Stage) -> None:
    stage.running()
    stage.batch.move(stage.head, JobState.FAILED)
    stage.runs.update_run_status(RUN, RunStatus.FAILED, at=NOON)
    stage.runs.note_archived(RUN, at=NOON)
    late = stage.batch.add_child(RUN, "nf-abcdef01-1")
    stage.reconcile.run()
    stage.batch.move(late, JobState.CANCELLED)
    for _ in range(2):
        stage.clock.advance(minutes=10)
        stage.reconcile.run()
        stage.drain_queue()
    assert kept(stage) == {"nf-abcdef01-1": "CANCELLED"}


@pytest.mark.parametrize("state", sorted(ENDED))
def test_a_repeated_step_changes_nothing(stage: Stage, state: JobState) -> None:
    stage.running()
    child = stage.batch.add_child(RUN, "nf-abcdef01-1")
    sync(stage)
    stage.batch.move(child, state)
    for _ in range(3):
        sync(stage, tick=1)
    before = stage.rows("SELECT * FROM child_jobs")
    del stage.batch.jobs[child]  # after 60 days
    for _ in range(3):
        sync(stage, tick=2)
    assert stage.rows("SELECT * FROM child_jobs") == before
    assert stage.batch.read == [child]
