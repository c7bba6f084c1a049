from datetime import timedelta
from itertools import product

import pytest

from common.domain.batch.job import BatchJob, JobState
from common.domain.runs.reconciling import (
    ALL_IS_WELL,
    RULES,
    HeadJob,
    Remedy,
    RunPhase,
    head_job_of,
    last_heard,
    phase_of,
    retry_number,
    rule_for,
)
from common.domain.runs.status import FINAL_STATUSES, RunStatus
from tests.support.runs import NOON, make_run

PATIENCE = timedelta(minutes=5)
ANY = tuple(HeadJob)
ENDED = (HeadJob.SUCCEEDED, HeadJob.FAILED, HeadJob.CANCELLED)
ALIVE = (HeadJob.QUEUED, HeadJob.SCHEDULED, HeadJob.RUNNING)
STOPPING = (HeadJob.DELETION_IN_PROGRESS, HeadJob.CANCELLATION_IN_PROGRESS)

# What is expected of a silent run, written down apart from the rules: every combination, each once.
EXPECTED = {
    **{(RunPhase.PENDING, head): "launch_died_after_its_job" for head in ANY},
    (RunPhase.PENDING, HeadJob.NOT_ASKED_FOR): "launch_lost",
    (RunPhase.PENDING, HeadJob.GONE): "launch_died_before_its_job",
    **{
        (standing, head): name
        for standing in (RunPhase.SUBMITTED, RunPhase.RUNNING)
        for heads, name in (
            ((HeadJob.NOT_ASKED_FOR,), "cannot_be"),
            ((HeadJob.GONE,), "job_gone"),
            ((HeadJob.NO_ANSWER, HeadJob.UNKNOWN, *ALIVE, *STOPPING), "sync_died"),
            (ENDED, "end_unnoticed"),
        )
        for head in heads
    },
    **{(RunPhase.CANCELLING, head): "cancel_died" for head in ANY},
    (RunPhase.CANCELLING, HeadJob.NOT_ASKED_FOR): "cannot_be",
    **{(RunPhase.OVER, head): "archive_lost" for head in ANY},
    **{(RunPhase.ARCHIVED, head): "nothing_is_left" for head in ANY},
    **{(standing, head): "orphaned_head" for standing in (RunPhase.OVER, RunPhase.ARCHIVED) for head in ALIVE},
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


def combinations() -> list[object]:
    return [
        pytest.param(standing, head, silent, id=f"{standing}-{head}-{'silent' if silent else 'heard of'}")
        for standing, head, silent in product(RunPhase, HeadJob, (True, False))
    ]


@pytest.mark.parametrize(("standing", "head", "silent"), combinations())
def test_every_combination_has_its_rule(standing: RunPhase, head: HeadJob, silent: bool) -> None:
    age = PATIENCE + timedelta(seconds=1 if silent else 0)
    rule = rule_for(standing, head, silent=age, patience=PATIENCE)
    if not silent:
        assert rule == ALL_IS_WELL
        return
    assert rule.name == EXPECTED[standing, head]
    assert rule.remedy == REMEDIES[rule.name]


def test_every_combination_is_in_one_rule_and_no_live_run_is_ended_by_any() -> None:
    assert set(RULES) == set(product(RunPhase, HeadJob))
    assert {rule.remedy.value for rule in RULES.values()} == set(REMEDIES.values())


@pytest.mark.parametrize("status", RunStatus)
def test_where_a_run_stands(status: RunStatus) -> None:
    is_over = status in FINAL_STATUSES
    assert phase_of(make_run(status=status)) == (RunPhase.OVER if is_over else RunPhase(status.value))
    archived = make_run(status=status, archived_at=NOON)
    assert phase_of(archived) == (RunPhase.ARCHIVED if is_over else RunPhase(status.value))
    asked = make_run(status=status, cancel_requested_at=NOON)
    assert phase_of(asked) == (RunPhase.OVER if is_over else RunPhase.CANCELLING)


@pytest.mark.parametrize("state", JobState)
def test_each_state_of_batch_is_one_of_the_head(state: JobState) -> None:
    assert head_job_of(BatchJob(name="n", uid="u", state=state, labels={})).name == state.name


def test_a_job_that_batch_does_not_know_is_gone() -> None:
    assert head_job_of(None) == HeadJob.GONE


def test_a_live_run_was_last_heard_of_by_its_sync_and_one_that_is_over_when_it_ended() -> None:
    later = NOON + timedelta(minutes=1)
    assert last_heard(make_run()) == NOON
    assert last_heard(make_run(synced_at=later)) == later
    assert last_heard(make_run(status=RunStatus.FAILED, synced_at=later)) == NOON


@pytest.mark.parametrize(
    ("remedy", "turns"), [(Remedy.SYNC, [1, 2, 3, 4, 5, 6, 7, 8]), (Remedy.ARCHIVE, [1, 2, 2, 3, 3, 3, 3, 4])]
)
def test_what_is_missed_is_asked_for_steadily_and_an_archive_ever_more_rarely(remedy: Remedy, turns: list[int]) -> None:
    assert [retry_number(remedy, silent=PATIENCE * n, patience=PATIENCE) for n in range(1, 9)] == turns
