import random
from datetime import datetime, timedelta

import pytest

from common.domain.batch.machine_use import MachineUse, TaskEvent, machine_use
from tests.support.runs import NOON

A, B = "europe-west1-b", "europe-west1-d"


def at(second: int) -> datetime:
    return NOON + timedelta(seconds=second)


def change(second: int, before: str, after: str, zone: str = A, code: int | None = None) -> TaskEvent:
    cause = f" due to Spot Preemption with exit code {code}" if code else ""
    text = f"Task state is updated from {before} to {after} on zones/{zone}/instances/615{cause}."
    return TaskEvent(at(second), text, code)


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


def test_a_machine_is_used_from_assignment_to_the_end() -> None:
    assert machine_use([SUCCESS], job_ended_at=at(99)) == MachineUse(
        zone=A, zone_seconds={A: 60.0}, assigned_at=at(10), released_at=at(70)
    )


def test_each_preemption_counts_once_and_its_time_counts_too() -> None:
    use = machine_use([TWO_LOSSES], job_ended_at=at(400))
    assert (use.spot_losses, use.zone, use.zone_seconds) == (2, B, {A: 100.0, B: 150.0})
    assert (use.assigned_at, use.released_at) == (at(0), at(400))


def test_the_order_of_events_does_not_matter() -> None:
    shuffled = random.Random(7).sample(TWO_LOSSES, len(TWO_LOSSES))
    assert machine_use([shuffled], job_ended_at=None) == machine_use([TWO_LOSSES], job_ended_at=None)


def test_an_attempt_without_an_end_ended_with_its_job() -> None:
    assert machine_use([SUCCESS[:2]], job_ended_at=at(40)).zone_seconds == {A: 30.0}
    assert machine_use([SUCCESS[:2]], job_ended_at=None).zone_seconds == {}


@pytest.mark.parametrize("code", [1, 137, 50002, 50006])
def test_other_exit_codes_are_no_spot_losses(code: int) -> None:
    failed = [*SUCCESS[:2], change(70, "RUNNING", "FAILED", code=code)]
    assert machine_use([failed], job_ended_at=at(70)).spot_losses == 0


def test_the_tasks_of_an_array_job_add_up() -> None:
    use = machine_use([SUCCESS, TWO_LOSSES, []], job_ended_at=at(400))
    assert (use.spot_losses, use.zone_seconds) == (2, {A: 160.0, B: 150.0})


def test_a_job_that_never_had_a_machine_has_used_none() -> None:
    never = [TaskEvent(at(1), "Task state is updated from PENDING to FAILED."), TaskEvent(at(2), "whatever", 50001)]
    assert machine_use([never, []], job_ended_at=at(3)) == MachineUse()


def test_the_state_that_batch_names_counts_when_its_sentence_is_another() -> None:
    events = [
        TaskEvent(at(0), "on zones/us-central1-f/instances/1", state="RUNNING"),
        TaskEvent(at(9), "the VM was preempted", 50001, state="FAILED"),
    ]
    use = machine_use([events], job_ended_at=None)
    assert (use.zone_seconds, use.spot_losses) == ({"us-central1-f": 9.0}, 1)
