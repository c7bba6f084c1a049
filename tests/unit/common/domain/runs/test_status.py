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
from tests.support.rows import each_row

P, S, R = RunStatus.PENDING, RunStatus.SUBMITTED, RunStatus.RUNNING
C, F, X = RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED
ALLOWED = {(P, S), (P, X), (P, F), (S, R), (S, X), (S, F), (R, C), (R, F), (R, X)}
EVERY_PAIR = list(product(RunStatus, RunStatus))


@each_row("current", "target", of=EVERY_PAIR)
def test_only_the_documented_status_changes_are_allowed(current: RunStatus, target: RunStatus) -> None:
    assert (target in NEXT_STATUSES[current]) == ((current, target) in ALLOWED)


def test_the_table_has_a_row_for_every_status() -> None:
    assert set(NEXT_STATUSES) == set(RunStatus)


def test_final_statuses_are_those_without_a_next_status() -> None:
    assert {C, F, X} == FINAL_STATUSES
    assert {P, S, R} == LIVE_STATUSES


@pytest.mark.parametrize("status", RunStatus)
def test_the_origins_of_a_status_are_the_inverse_of_the_table(status: RunStatus) -> None:
    assert origins_of(status) == {current for current, target in ALLOWED if target == status}


@each_row("current", "target", of=EVERY_PAIR)
@pytest.mark.parametrize("has_started", [True, False])
def test_every_change_on_a_status_path_is_allowed(current: RunStatus, target: RunStatus, *, has_started: bool) -> None:
    path = status_path(current, target, has_started=has_started)
    assert all(pair in ALLOWED for pair in pairwise([current, *path]))


@each_row("current", "target", of=EVERY_PAIR)
@pytest.mark.parametrize("has_started", [True, False])
def test_a_status_path_ends_at_its_target_or_is_empty(
    current: RunStatus, target: RunStatus, *, has_started: bool
) -> None:
    path = status_path(current, target, has_started=has_started)
    is_change = current not in FINAL_STATUSES and (target in FINAL_STATUSES or _index(target) > _index(current))
    assert bool(path) == is_change
    assert not path or path[-1] == target


def _index(status: RunStatus) -> int:
    return list(RunStatus).index(status)


@pytest.mark.parametrize(
    ("current", "target", "has_started", "path"),
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
def test_a_status_path_contains_the_statuses_the_run_must_have_had(
    current: RunStatus, target: RunStatus, *, has_started: bool, path: tuple[RunStatus, ...]
) -> None:
    assert status_path(current, target, has_started=has_started) == path
