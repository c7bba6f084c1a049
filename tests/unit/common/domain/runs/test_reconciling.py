from datetime import timedelta
from itertools import product

import pytest

from common.domain.batch.job import BatchJob, JobState
from common.domain.runs.reconciling import (
    ALL_IS_WELL,
    HEAD_JOBS,
    RULES,
    HeadJob,
    NoHeadJob,
    Remedy,
    RunPhase,
    head_job_state,
    last_checked,
    phase_of,
    retry_number,
    rule_for,
)
from common.domain.runs.status import FINAL_STATUSES, RunStatus
from tests.support.rows import each_row
from tests.support.runs import NOON, make_run

PATIENCE = timedelta(minutes=5)
ENDED = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)
LIVE = (JobState.QUEUED, JobState.SCHEDULED, JobState.RUNNING)
STOPPING = (JobState.DELETION_IN_PROGRESS, JobState.CANCELLATION_IN_PROGRESS)

# The expected rule of a silent run for every combination, written down independently of the rules.
EXPECTED: dict[tuple[RunPhase, HeadJob], str] = {
    **{(RunPhase.PENDING, head): "launch_died_after_its_job" for head in HEAD_JOBS},
    (RunPhase.PENDING, NoHeadJob.NOT_ASKED_FOR): "launch_lost",
    (RunPhase.PENDING, NoHeadJob.GONE): "launch_died_before_its_job",
    **{
        (phase, head): name
        for phase in (RunPhase.SUBMITTED, RunPhase.RUNNING)
        for heads, name in (
            ((NoHeadJob.NOT_ASKED_FOR,), "cannot_be"),
            ((NoHeadJob.GONE,), "job_gone"),
            ((NoHeadJob.NO_ANSWER, JobState.UNKNOWN, *LIVE, *STOPPING), "sync_died"),
            (ENDED, "end_unnoticed"),
        )
        for head in heads
    },
    **{(RunPhase.CANCELLING, head): "cancel_died" for head in HEAD_JOBS},
    (RunPhase.CANCELLING, NoHeadJob.NOT_ASKED_FOR): "cannot_be",
    **{(RunPhase.OVER, head): "archive_lost" for head in HEAD_JOBS},
    **{(RunPhase.ARCHIVED, head): "nothing_is_left" for head in HEAD_JOBS},
    **{(phase, head): "orphaned_head" for phase in (RunPhase.OVER, RunPhase.ARCHIVED) for head in LIVE},
}
REMEDIES = {
    "launch_lost": "launch",
    "launch_died_before_its_job": "launch",
    "launch_died_after_its_job": "launch",
    "sync_died": "sync",
    "end_unnoticed": "sync",
    "job_gone": "sync",
    "cancel_died": "cancel",
    "archive_lost": "archive",
    "orphaned_head": "stop_head",
    "nothing_is_left": "nothing",
    "cannot_be": "nothing",
}


@each_row("phase", "head", "silent", of=product(RunPhase, HEAD_JOBS, (True, False)))
def test_each_phase_and_head_job_has_its_rule(phase: RunPhase, head: HeadJob, silent: bool) -> None:
    age = PATIENCE + timedelta(seconds=1 if silent else 0)
    rule = rule_for(phase, head, silent=age, patience=PATIENCE)
    if not silent:
        assert rule == ALL_IS_WELL
        return
    assert rule.name == EXPECTED[phase, head]
    assert rule.remedy == REMEDIES[rule.name]


def test_the_rules_cover_every_combination_and_know_no_remedy_that_ends_a_run() -> None:
    assert set(RULES) == set(product(RunPhase, HEAD_JOBS))
    assert {rule.remedy.value for rule in RULES.values()} == set(REMEDIES.values())


@pytest.mark.parametrize("status", RunStatus)
def test_the_phase_of_a_run_follows_from_status_archive_and_cancel_request(status: RunStatus) -> None:
    is_over = status in FINAL_STATUSES
    assert phase_of(make_run(status=status)) == (RunPhase.OVER if is_over else RunPhase(status.value))
    archived = make_run(status=status, archived_at=NOON)
    assert phase_of(archived) == (RunPhase.ARCHIVED if is_over else RunPhase(status.value))
    asked = make_run(status=status, cancel_requested_at=NOON)
    assert phase_of(asked) == (RunPhase.OVER if is_over else RunPhase.CANCELLING)


@pytest.mark.parametrize("state", JobState)
def test_the_state_of_a_head_job_is_its_state_in_batch(state: JobState) -> None:
    assert head_job_state(BatchJob(name="n", uid="u", state=state, labels={})) == state


def test_a_head_job_that_batch_does_not_have_is_gone() -> None:
    assert head_job_state(None) == NoHeadJob.GONE


def test_a_live_run_was_last_checked_by_its_sync_and_a_finished_one_when_it_ended() -> None:
    later = NOON + timedelta(minutes=1)
    assert last_checked(make_run()) == NOON
    assert last_checked(make_run(synced_at=later)) == later
    assert last_checked(make_run(status=RunStatus.FAILED, synced_at=later)) == NOON


@pytest.mark.parametrize(
    ("remedy", "numbers"), [(Remedy.SYNC, [1, 2, 3, 4, 5, 6, 7, 8]), (Remedy.ARCHIVE, [1, 2, 2, 3, 3, 3, 3, 4])]
)
def test_retries_come_every_patience_and_archives_at_doubling_intervals(remedy: Remedy, numbers: list[int]) -> None:
    assert [retry_number(remedy, silent=PATIENCE * n, patience=PATIENCE) for n in range(1, 9)] == numbers
