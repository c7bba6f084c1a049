"""Tasks that differ between two runs, as Postgres pairs them."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from common.domain.tasks.task import Task, TaskRequest, TaskStatus
from common.services.ingest.task_rows import write_tasks
from common.services.insight.comparison.tasks import MOST_SHOWN, TaskDifferences, task_differences
from common.services.runs.store import RunStoreService
from tests.support.runs import make_run, make_task

BEFORE, AFTER = "run-00000001", "run-00000002"
SEEDS: dict[str, dict[str, object]] = {  # a changed field, and what is reported
    "state": {"status": TaskStatus.FAILED, "exit_code": 1},
    "memory": {"memory": 72 << 30},
    "cpus": {"cpus": 16},
    "container": {"request": TaskRequest(container="star:2")},
}


@pytest.fixture
def engine(emptied_engine: Engine) -> Engine:
    runs = RunStoreService(emptied_engine)
    for run_id in (BEFORE, AFTER):
        runs.create_run(make_run(run_id=run_id))
    return emptied_engine


def task(number: int, **changes: object) -> Task:
    """A task of one of three processes and five tags, so that several have the same name."""
    process, tag = f"P{number % 3}", f"donor_{number % 5}"
    own = {
        "hash": f"{number:09x}", "name": f"{process} ({tag})", "process": process, "tag": tag, "task_id": number,
        "status": TaskStatus.COMPLETED, "attempt": 1, "exit_code": 0, "cpus": 4, "memory": 8 << 30,
        "request": TaskRequest(container="star:1"),
    }  # fmt: skip
    return make_task(**own | changes)


def compared(engine: Engine, before: Sequence[Task], after: Sequence[Task]) -> TaskDifferences:
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM tasks"))
        for run_id, tasks in ((BEFORE, before), (AFTER, after)):
            write_tasks(connection, run_id, added=tasks, changed=())
        return task_differences(connection, BEFORE, AFTER)


def test_a_run_does_not_differ_from_itself(engine: Engine) -> None:
    tasks = [task(number) for number in range(40)]
    assert compared(engine, tasks, tasks) == TaskDifferences(0, ())
    with engine.begin() as connection:
        assert task_differences(connection, BEFORE, BEFORE).total == 0


def test_runs_without_tasks_have_no_differences(engine: Engine) -> None:
    assert compared(engine, [], []) == TaskDifferences(0, ())


def test_a_retried_task_stands_for_its_last_attempt(engine: Engine) -> None:
    failed = task(1, status=TaskStatus.FAILED, exit_code=137)
    again = task(1, hash="ff/000001", task_id=90, attempt=2, memory=16 << 30)
    found = compared(engine, [task(1), task(2)], [failed, again, task(2)])
    (difference,) = found.tasks
    assert difference.fields == ["attempts", "memory"]
    assert difference.after
    assert (difference.after.state, difference.after.attempts) == ("COMPLETED", 2)


def test_of_tasks_with_one_name_the_one_that_was_retried_differs_alone(engine: Engine) -> None:
    same_name = [task(1), task(16), task(31)]
    failed = task(16, status=TaskStatus.FAILED, exit_code=137)
    again = task(16, hash="ff/000016", task_id=90, attempt=2, memory=16 << 30)
    found = compared(engine, same_name, [task(1), failed, again, task(31)])
    assert [(each.fields, each.after and each.after.state) for each in found.tasks] == [
        (["attempts", "memory"], "COMPLETED")
    ]


def test_a_task_that_failed_at_its_last_attempt_has_failed(engine: Engine) -> None:
    tries = [
        task(1, hash=f"ff/00000{number}", task_id=number, attempt=number, status=TaskStatus.FAILED)
        for number in (1, 2, 3)
    ]
    (difference,) = compared(engine, [task(1)], tries).tasks
    assert (difference.fields, difference.after and difference.after.attempts) == (["state", "attempts"], 3)


def test_times_a_cached_task_and_what_is_unknown_are_no_difference(engine: Engine) -> None:
    later = task(1, status=TaskStatus.CACHED, realtime_ms=9, memory=None, request=None, exit_code=None)
    assert compared(engine, [task(1, realtime_ms=1)], [later]).total == 0
    more = task(1, request=TaskRequest(container="star:1", disk=5 << 30))  # of the first, the disk is unknown
    assert compared(engine, [task(1)], [more]).total == 0
    assert compared(engine, [task(1, request=TaskRequest(disk=6 << 30))], [more]).tasks[0].fields == ["disk"]


def test_tasks_of_one_run_only_are_told_apart_by_their_number(engine: Engine) -> None:
    found = compared(engine, [task(1), task(16)], [task(1), task(16), task(31)])
    (difference,) = found.tasks
    assert (difference.process, difference.tag, difference.ordinal, difference.before) == ("P1", "donor_1", 3, None)
    assert difference.fields == []


def test_the_machine_of_a_task_is_told_but_is_no_difference(engine: Engine) -> None:
    assert compared(engine, [task(1, native_id="nf-1/0/u")], [task(1)]).total == 0
    with engine.begin() as connection:
        connection.execute(text("UPDATE tasks SET cpus = 2 WHERE run_id = :run_id"), {"run_id": AFTER})
        connection.execute(
            text("""
            WITH kind AS (INSERT INTO machine_kinds (machine) VALUES ('{"type": "e2-highmem-8"}') RETURNING id)
            INSERT INTO child_jobs (run_id, job_id, kind_id) SELECT :run_id, 'nf-1', id FROM kind
            """),
            {"run_id": BEFORE},
        )
        (difference,) = task_differences(connection, BEFORE, AFTER).tasks
    assert difference.fields == ["cpus"]
    assert [side and side.machine_type for side in (difference.before, difference.after)] == ["e2-highmem-8", None]


def test_all_differences_are_counted_and_the_first_are_shown(engine: Engine) -> None:
    found = compared(engine, [], [task(number) for number in range(MOST_SHOWN + 7)])
    assert (found.total, len(found.tasks)) == (MOST_SHOWN + 7, MOST_SHOWN)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 40), st.dictionaries(st.integers(0, 39), st.sampled_from(sorted(SEEDS))), st.integers(0, 9))
def test_every_seeded_difference_is_found_and_no_other(
    engine: Engine, size: int, edits: dict[int, str], shuffled: int
) -> None:
    edited = {number: name for number, name in edits.items() if number < size}
    before = [task(number) for number in range(size)]
    after = [task(number, **SEEDS[edited[number]] if number in edited else {}) for number in range(size)]
    Random(shuffled).shuffle(after)
    found = compared(engine, before, after)
    assert found.total == len(edited)
    expected = {f"{number:09x}": name for number, name in edited.items()}
    assert {each.after.task_id: each.fields[0] for each in found.tasks if each.after} == expected
