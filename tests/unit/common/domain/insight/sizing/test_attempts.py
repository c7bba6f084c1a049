"""What attempts prove about the needs of tasks."""

from common.domain.insight.sizing.attempts import KILLED, MemoryNeeds, memory_needs
from tests.unit.common.domain.insight.sizing.attempts import GIB, attempts_for, make_attempt

KILL = {"has_completed": False, "exit_code": KILLED, "memory_peak": None}


def test_completed_attempts_are_known_needs_and_kills_are_bounds() -> None:
    attempts = [make_attempt(), make_attempt(name="b", run_id="run-00000002", **KILL)]
    assert memory_needs(attempts) == MemoryNeeds([6 * GIB], [8 * GIB], 2)


def test_a_killed_attempt_that_was_repeated_is_left_out() -> None:
    needs = memory_needs(attempts_for([3 * GIB, 20 * GIB], memory=8 * GIB, runs=1))
    assert needs == MemoryNeeds([3 * GIB, 20 * GIB], [], 1)


def test_of_two_killed_tasks_of_one_name_only_the_repeated_one_is_left_out() -> None:
    attempts = [make_attempt(**KILL), make_attempt(**KILL), make_attempt(number=2, memory=16 * GIB)]
    assert memory_needs(attempts) == MemoryNeeds([6 * GIB], [8 * GIB], 1)


def test_the_last_kill_of_a_task_that_never_completed_is_its_bound() -> None:
    attempts = [make_attempt(number=number, memory=number * 8 * GIB, **KILL) for number in (1, 2, 3)]
    assert memory_needs(attempts) == MemoryNeeds([], [24 * GIB], 1)


def test_other_failures_and_attempts_without_figures_prove_nothing() -> None:
    attempts = [
        make_attempt(has_completed=False, exit_code=1),
        make_attempt(has_completed=False, exit_code=50_001),
        make_attempt(memory_peak=None),
        make_attempt(**KILL, memory=None),
    ]
    assert memory_needs(attempts) == MemoryNeeds([], [], 0)


def test_a_task_of_the_same_name_in_another_run_repeats_nothing() -> None:
    attempts = [make_attempt(**KILL), make_attempt(run_id="run-00000002", number=2)]
    assert memory_needs(attempts) == MemoryNeeds([6 * GIB], [8 * GIB], 2)


def test_a_killed_task_that_completed_in_a_recovery_is_left_out() -> None:
    recovery = {"run_id": "run-00000002", "lineage": "run-00000001"}
    killed = [make_attempt(**KILL), make_attempt(**KILL, name="b"), make_attempt(**KILL)]
    completed = make_attempt(**recovery, memory_peak=20 * GIB)
    assert memory_needs([*killed, completed]) == MemoryNeeds([20 * GIB], [8 * GIB, 8 * GIB], 2)
