"""How much of what they asked for the tasks of a run used."""

import pytest
from sqlalchemy import Engine

from common.domain.tasks.task import Task, TaskStatus
from common.services.ingest.task_rows import write_tasks
from common.services.insight.efficiency import EfficiencyService, ProcessEfficiency, Quartiles
from common.services.runs.store import RunStoreService
from tests.support.runs import make_run, make_task

RUN = make_run().run_id
GIB = 1 << 30


def task(number: int, **changes: object) -> Task:
    own = {"hash": f"{number:09x}", "process": "A", "status": TaskStatus.COMPLETED, "cpus": 4, "memory": 8 * GIB}
    return make_task(**own | changes)


@pytest.fixture
def engine(emptied_engine: Engine) -> Engine:
    RunStoreService(emptied_engine).create_run(make_run())
    return emptied_engine


def efficiency(engine: Engine, *tasks: Task) -> list[ProcessEfficiency]:
    with engine.begin() as connection:
        write_tasks(connection, RUN, added=tasks, changed=())
    return EfficiencyService(engine).of_run(RUN)


def test_shares_are_quartiles_of_what_each_task_asked_for(engine: Engine) -> None:
    """CPU in % of one core: 100 %, 200 %, 400 % of four cores, and of eight, 1,600 %."""
    used = [(4, 100.0, 2), (4, 200.0, 4), (4, 400.0, 6), (8, 1600.0, 8)]
    tasks = [
        task(number, cpus=cpus, cpu_percent=percent, memory_peak=gib * GIB)
        for number, (cpus, percent, gib) in enumerate(used)
    ]
    (found,) = efficiency(engine, *tasks)
    assert (found.tasks, found.cpus, found.memory) == (4, 8, 8 * GIB)
    assert found.cpu == Quartiles(0.4375, 0.75, 1.25)
    assert found.memory_used == Quartiles(0.4375, 0.625, 0.8125)


def test_only_completed_tasks_of_this_run_count(engine: Engine) -> None:
    others = [
        task(number, status=status, cpu_percent=9.0, memory_peak=GIB)
        for number, status in enumerate(TaskStatus)
        if status != TaskStatus.COMPLETED
    ]
    (found,) = efficiency(engine, *others, task(90, cpu_percent=400.0, memory_peak=8 * GIB))
    assert (found.tasks, found.cpu, found.memory_used) == (1, Quartiles(1, 1, 1), Quartiles(1, 1, 1))


def test_what_was_not_asked_for_or_not_measured_has_no_share(engine: Engine) -> None:
    (found,) = efficiency(engine, task(1, cpus=0, cpu_percent=100.0, memory_peak=None))
    assert (found.cpu, found.memory_used) == (None, None)


def test_a_run_without_a_trace_has_no_processes(engine: Engine) -> None:
    assert efficiency(engine) == []
