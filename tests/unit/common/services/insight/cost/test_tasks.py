"""What the tasks of a run cost one by one."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import Engine

from common.domain.batch.machines import StayEnd
from common.domain.insight.cost.basis import Basis
from common.domain.tasks.task import TaskStatus
from common.errors import ValidationError
from common.services.insight.cost.service import CostService
from common.services.insight.cost.sums import CostSums
from common.services.insight.cost.tasks import TaskCost, TaskCostFilter, TaskCostPage
from tests.support.runs import NOON
from tests.unit.common.domain.insight.cost.prices import IOWA
from tests.unit.common.services.insight.cost.lab import HOUR, N1, NOW, PAID, RUN, SPOT, Lab, stay

SPOT_PAID = 49_410_000  # for an hour of N1 as Spot


@pytest.fixture
def lab(engine: Engine) -> Lab:
    return Lab(engine)


def page(lab: Lab, **changes: object) -> TaskCostPage:
    """A page after the machines were summed up."""
    CostSums(lab.engine).sum_up(RUN, at=NOW)
    filters = TaskCostFilter(**{"run_id": RUN} | changes)  # type: ignore[arg-type]
    return CostService(lab.engine).tasks_of(filters, at=NOW)


def all_tasks(lab: Lab, **changes: object) -> Sequence[TaskCost]:
    tasks: list[TaskCost] = []
    cursor = None
    while True:
        found = page(lab, cursor=cursor, **changes)
        tasks += found.tasks
        if (cursor := found.next_cursor) is None:
            return tasks


def test_the_dearest_task_comes_first_with_its_attempts_on_machines(lab: Lab) -> None:
    lab.task("1")
    lab.stay("1", stay(2))
    lab.task("2", name="STAR (donor 2)")
    lost = stay(1, end=StayEnd.PREEMPTED, zone=f"{IOWA}-a")
    lab.stay("2", lost, stay(4, start=1, zone=f"{IOWA}-f"), kind=SPOT)
    found = page(lab)
    assert [(task.hash, task.cost.nanos, task.cost.losses) for task in found.tasks] == [
        ("00/000001", 2 * PAID, 0),
        ("00/000002", 5 * SPOT_PAID, 1),
    ]
    assert (found.total.count, found.next_cursor) == (2, None)
    task = found.tasks[1]
    assert (task.name, task.process, task.cost.seconds) == ("STAR (donor 2)", "STAR", 5 * 3600)
    assert [(each.zone, each.spot, each.ended, each.nanos) for each in task.attempts] == [
        (f"{IOWA}-a", True, "preempted", SPOT_PAID),
        (f"{IOWA}-f", True, "done", 4 * SPOT_PAID),
    ]
    assert (task.attempts[0].began, task.attempts[0].released) == (NOON, NOON + HOUR)


def test_a_guess_is_called_one_and_what_is_not_known_is_null(lab: Lab) -> None:
    lab.task("1", cpus=2, memory=8 << 30, start_time=NOON, end_time=NOON + HOUR)
    lab.task("2", cpus=2, start_time=NOON, end_time=NOON + HOUR)
    lab.task("3")
    lab.stay("3", stay(-1))
    lab.task("4", TaskStatus.CACHED)
    guessed, *unknown = page(lab).tasks
    assert (guessed.cost.nanos, guessed.cost.basis, guessed.cost.is_complete) == (67_011_420, Basis.REQUEST, False)
    (attempt,) = guessed.attempts
    assert (attempt.machine_type, attempt.is_guess, attempt.ended) == ("e2-standard-2", True, None)
    assert {(task.hash, task.cost.nanos, task.cost.is_complete) for task in unknown} == {
        ("00/000002", None, False),
        ("00/000003", None, False),
    }


def test_the_tasks_of_any_run_add_up_to_it_to_the_nano_dollar(lab: Lab) -> None:
    chance = Random(7)
    for number in range(60):
        lab.task(str(number), process=f"P{chance.randrange(3)}")
        hours = [chance.randrange(1, 10**9) / 3.7e8 for _ in range(chance.randint(1, 3))]
        stays = [stay(each, start=place * 9) for place, each in enumerate(hours)]
        lab.stay(str(number), *stays, kind=chance.choice([N1, SPOT]))
    tasks = all_tasks(lab, page_size=7)
    assert len({task.hash for task in tasks}) == len(tasks) == 60
    cost = CostService(lab.engine).cost_of(RUN).cost
    assert sum(task.cost.nanos or 0 for task in tasks) == cost.total.nanos
    for process in cost.processes:
        own = [task.cost.nanos or 0 for task in tasks if task.process == process.process]
        assert sum(own) == process.cost.nanos
        assert [task.hash for task in all_tasks(lab, process=process.process)] == [
            task.hash for task in tasks if task.process == process.process
        ]
    assert all(sum(each.nanos or 0 for each in task.attempts) == task.cost.nanos for task in tasks)


def test_a_machine_that_was_not_summed_up_yet_is_not_known(lab: Lab) -> None:
    lab.task("1")
    lab.stay("1", stay())
    (task,) = CostService(lab.engine).tasks_of(TaskCostFilter(run_id=RUN), at=NOW).tasks
    assert (task.cost.nanos, task.cost.is_complete, task.attempts[0].machine_type) == (None, False, None)


def test_pages_are_numbered_too_and_a_cursor_belongs_to_its_process(lab: Lab) -> None:
    for job in "123":
        lab.task(job)
        lab.stay(job, stay(int(job)))
    assert [task.hash for task in page(lab, page=2, page_size=2).tasks] == ["00/000001"]
    cursor = page(lab, page_size=1).next_cursor
    for other in ({"process": "STAR"}, {"run_id": "run-00000001"}):
        with pytest.raises(ValidationError):
            page(lab, cursor=cursor, **other)


def test_a_task_that_runs_costs_nothing_yet(lab: Lab) -> None:
    lab.task("1", TaskStatus.RUNNING, start_time=NOON - timedelta(hours=1))
    assert page(lab).tasks == []
