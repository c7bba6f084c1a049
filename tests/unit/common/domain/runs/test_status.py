from itertools import pairwise, product

import pytest

from common.domain.runs.status import (
    FINAL_STATUSES,
    LIVE_STATUSES,
    NEXT_STATUSES,
    RunStatus,
    origins_of,
    status_path,
)

P, S, R = RunStatus.PENDING, RunStatus.SUBMITTED, RunStatus.RUNNING
C, F, X = RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED
ALLOWED = {(P, S), (P, X), (P, F), (S, R), (S, X), (S, F), (R, C), (R, F), (R, X)}
EVERY_PAIR = list(product(RunStatus, RunStatus))


@pytest.mark.parametrize(("now", "then"), EVERY_PAIR)
def test_a_run_moves_as_the_design_says_and_in_no_other_way(now: RunStatus, then: RunStatus) -> None:
    assert (then in NEXT_STATUSES[now]) == ((now, then) in ALLOWED)


def test_the_table_has_a_row_for_every_status() -> None:
    assert set(NEXT_STATUSES) == set(RunStatus)


def test_the_final_statuses_are_those_that_nothing_follows() -> None:
    assert {C, F, X} == FINAL_STATUSES
    assert {P, S, R} == LIVE_STATUSES


@pytest.mark.parametrize("status", RunStatus)
def test_the_origins_of_a_status_are_the_table_read_backwards(status: RunStatus) -> None:
    assert origins_of(status) == {now for now, then in ALLOWED if then == status}


@pytest.mark.parametrize(("now", "then"), EVERY_PAIR)
@pytest.mark.parametrize("has_started", [True, False])
def test_every_step_on_the_way_is_allowed(now: RunStatus, then: RunStatus, *, has_started: bool) -> None:
    steps = status_path(now, then, has_started=has_started)
    assert all(pair in ALLOWED for pair in pairwise([now, *steps]))


@pytest.mark.parametrize(("now", "then"), EVERY_PAIR)
@pytest.mark.parametrize("has_started", [True, False])
def test_the_way_ends_where_it_should_or_is_not_gone_at_all(
    now: RunStatus, then: RunStatus, *, has_started: bool
) -> None:
    steps = status_path(now, then, has_started=has_started)
    news = now not in FINAL_STATUSES and (then in FINAL_STATUSES or list(RunStatus).index(then) > _index(now))
    assert bool(steps) == news
    assert not steps or steps[-1] == then


def _index(status: RunStatus) -> int:
    return list(RunStatus).index(status)


@pytest.mark.parametrize(
    ("now", "then", "has_started", "steps"),
    [
        (P, C, False, (S, R, C)),
        (S, C, False, (R, C)),
        (P, F, True, (S, R, F)),
        (P, F, False, (F,)),
        (S, F, True, (R, F)),
        (S, F, False, (F,)),
        (P, R, True, (S, R)),
        (R, X, True, (X,)),
        (S, X, False, (X,)),
        (C, F, True, ()),
        (R, S, True, ()),
    ],
)
def test_a_run_passes_through_what_it_must_have_been(
    now: RunStatus, then: RunStatus, *, has_started: bool, steps: tuple[RunStatus, ...]
) -> None:
    assert status_path(now, then, has_started=has_started) == steps
