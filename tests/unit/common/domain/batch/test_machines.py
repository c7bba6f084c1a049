import random
from datetime import datetime, timedelta

import pytest

from common.domain.batch.machines import MachineStay, StayEnd, TaskEvent, machine_stays
from tests.support.runs import NOON

A, B = "europe-west1-b", "europe-west1-d"
Shown = tuple[int, str | None, int | None, int | None, str]


def at(second: int) -> datetime:
    return NOON + timedelta(seconds=second)


def change(second: int, before: str, after: str, zone: str = A, code: int | None = None) -> TaskEvent:
    cause = f" due to Spot Preemption with exit code {code}" if code else ""
    text = f"Task state is updated from {before} to {after} on zones/{zone}/instances/615{cause}."
    return TaskEvent(at(second), text, code)


def stays(*tasks: list[TaskEvent], job_ended_at: datetime | None = None) -> list[Shown]:
    """Task, zone, seconds after noon of assignment and release, and end of each stay."""
    found = machine_stays(dict(enumerate(tasks)), job_ended_at=job_ended_at)
    return [
        (stay.task_index, stay.zone, _second(stay.assigned_at), _second(stay.released_at), stay.end.value)
        for stay in found
    ]


def _second(moment: datetime | None) -> int | None:
    return round((moment - NOON).total_seconds()) if moment else None


SUCCESS = [
    change(10, "PENDING", "ASSIGNED"),
    change(12, "ASSIGNED", "RUNNING"),
    change(70, "RUNNING", "SUCCEEDED"),
]
TWO_LOSSES = [
    change(0, "PENDING", "ASSIGNED"),
    change(5, "ASSIGNED", "RUNNING"),
    change(100, "RUNNING", "FAILED", code=50001),
    change(101, "FAILED", "PENDING", code=50001),  # the same loss
    change(200, "PENDING", "ASSIGNED", B),
    change(250, "ASSIGNED", "PENDING", B, code=50001),
    change(300, "PENDING", "ASSIGNED", B),
    change(310, "ASSIGNED", "RUNNING", B),
    change(400, "RUNNING", "SUCCEEDED", B),
]
OF_TWO_LOSSES: list[Shown] = [(0, A, 0, 100, "preempted"), (0, B, 200, 250, "preempted"), (0, B, 300, 400, "done")]


def test_a_machine_is_used_from_assignment_to_the_end() -> None:
    assert machine_stays({0: SUCCESS}, job_ended_at=at(99)) == [
        MachineStay(zone=A, assigned_at=at(10), released_at=at(70), end=StayEnd.DONE)
    ]


def test_each_preemption_ends_one_stay() -> None:
    assert stays(TWO_LOSSES) == OF_TWO_LOSSES


def test_the_order_of_events_does_not_matter() -> None:
    assert stays(random.Random(7).sample(TWO_LOSSES, len(TWO_LOSSES))) == OF_TWO_LOSSES


def test_a_stay_without_an_end_ended_with_its_job() -> None:
    assert stays(SUCCESS[:2], job_ended_at=at(40)) == [(0, A, 10, 40, "with_job")]
    assert stays(SUCCESS[:2]) == [(0, A, 10, None, "with_job")]


@pytest.mark.parametrize(("code", "end"), [(1, "failed"), (137, "failed"), (50005, "failed"), (50002, "lost")])
def test_other_exit_codes_are_no_spot_losses(code: int, end: str) -> None:
    assert stays([*SUCCESS[:2], change(70, "RUNNING", "FAILED", code=code)]) == [(0, A, 10, 70, end)]


def test_the_tasks_of_an_array_job_have_stays_of_their_own() -> None:
    assert stays(SUCCESS, [], TWO_LOSSES) == [(0, A, 10, 70, "done"), *((2, *stay[1:]) for stay in OF_TWO_LOSSES)]


def test_a_job_that_never_had_a_machine_has_no_stays() -> None:
    never = [TaskEvent(at(1), "Task state is updated from PENDING to FAILED."), TaskEvent(at(2), "whatever", 50001)]
    assert stays(never, [], job_ended_at=at(3)) == []


def test_the_state_that_batch_names_counts_when_its_sentence_is_another() -> None:
    events = [
        TaskEvent(at(0), "on zones/us-central1-f/instances/1", state="RUNNING"),
        TaskEvent(at(9), "the VM was preempted", 50001, state="FAILED"),
    ]
    assert stays(events) == [(0, "us-central1-f", 0, 9, "preempted")]
