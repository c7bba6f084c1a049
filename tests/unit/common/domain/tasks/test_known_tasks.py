"""Tasks with the same first eight hex digits stay separate, for any lines in any order."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.harness.alike_tasks import COLUMNS, WORK, Attempt
from common.domain.nextflow.trace.row import TraceRow
from common.domain.tasks.known_tasks import MOST_ALIKE, KnownTasks, tasks_of_jobs
from common.domain.tasks.merging import TaskSource, update_from_log, update_from_trace
from common.domain.tasks.task import Task, TaskStatus
from tests.support.runs import NOON, make_task
from tests.unit.common.domain.nextflow.texts import facts_in, line, rows_of, trace

DIGITS = "ab/cdef01"
FURTHER = ("7f3a" * 6, "01ff" * 6, "0" * 24)
LOG, TRACE = TaskSource.LOG, TaskSource.TRACE


def known_after(*updates: tuple[Task, TaskSource]) -> list[Task]:
    tasks: dict[str, Task] = {}
    for update, source in updates:
        known = KnownTasks(tasks.values())  # as if each was read with another chunk
        known.merge(update, source)
        tasks |= {task.hash: task for task in (*known.new, *known.changed)}
    return list(tasks.values())


def in_dir(further: str, **changes: object) -> Task:
    return make_task(work_dir=f"{WORK}/{DIGITS}{further}", **changes)


# ── Keys ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_further_task_with_the_same_digits_has_more_of_them() -> None:
    first, second = known_after((in_dir(FURTHER[0]), LOG), (in_dir(FURTHER[1]), LOG))
    assert (first.hash, second.hash) == (DIGITS, f"{DIGITS}-{FURTHER[1]}")


def test_a_key_does_not_change_when_the_work_directory_becomes_known() -> None:
    cached = [make_task(name=name, status=TaskStatus.CACHED) for name in ("A", "B")]
    rows = [task._replace(work_dir=f"{WORK}/{DIGITS}{FURTHER[place]}") for place, task in enumerate(cached)]
    found = known_after(*((task, LOG) for task in cached), *((row, TRACE) for row in reversed(rows)))
    assert [(task.hash, task.name) for task in found] == [(DIGITS, "A"), (f"{DIGITS}-2", "B")]
    assert [task.work_dir for task in found] == [row.work_dir for row in rows]


def test_one_directory_in_two_forms_is_one_task() -> None:
    (task,) = known_after((in_dir(FURTHER[0]), LOG), (make_task(work_dir=f"/mnt/work/{DIGITS}{FURTHER[0]}/"), TRACE))
    assert task.hash == DIGITS


def test_a_task_without_a_hash_is_identified_by_its_number() -> None:
    (task,) = known_after((make_task(hash="#5", name="A"), TRACE), (make_task(hash="#5", name="B"), TRACE))
    assert (task.hash, task.name) == ("#5", "B")


# ── Lines that have only eight digits ───────────────────────────────────────────────────────────────────


def test_a_trace_without_work_directories_is_matched_by_job_and_by_number() -> None:
    rows = [
        make_task(name="A", task_id=number, native_id=f"nf-abcdef01-{number}/0/u", status=TaskStatus.COMPLETED)
        for number in (1, 2)
    ]
    logged = [in_dir(FURTHER[number], name="A", native_id=f"nf-abcdef01-{number}/0/u") for number in (1, 2)]
    for updates in ([*rows, *logged], [*logged, *rows], [*rows, *rows]):
        found = known_after(*((task, TRACE if task.task_id else LOG) for task in updates))
        assert sorted(task.task_id or 0 for task in found) == [1, 2]
        assert len({task.native_id for task in found}) == 2


def test_rows_with_different_numbers_are_two_tasks() -> None:
    assert len(known_after((make_task(task_id=1), TRACE), (make_task(task_id=2), TRACE))) == 2


def test_a_submission_after_the_end_is_another_task() -> None:
    ended = make_task(status=TaskStatus.FAILED, end_time=NOON)
    again = make_task(submit_time=NOON + timedelta(seconds=1))
    assert len(known_after((ended, LOG), (again, LOG))) == 2


def test_different_times_in_log_and_trace_do_not_split_a_task() -> None:
    """A log has local times without a zone."""
    ended = make_task(status=TaskStatus.COMPLETED, end_time=NOON)
    again = make_task(submit_time=NOON + timedelta(hours=2))
    assert len(known_after((ended, TRACE), (again, LOG))) == 1


def test_a_note_is_about_the_task_that_it_names() -> None:
    note = "Process `B (1)` terminated with an error exit status (137) -- Execution is retried (1)"
    (update,) = (task for fact in facts_in(line(f"[{DIGITS}] NOTE: {note}")) if (task := update_from_log(fact)))
    failed = [
        in_dir(further, name=name, status=TaskStatus.FAILED, end_time=NOON)
        for name, further in zip(("A (1)", "B (1)", "C (1)"), FURTHER, strict=True)
    ]
    found = known_after(*((task, LOG) for task in failed), (update, LOG))
    assert [task.error_action for task in found] == [None, "RETRY", None]


def test_a_note_without_a_name_is_about_the_task_that_failed() -> None:
    note = make_task(name="", status=TaskStatus.FAILED, error_action="IGNORE", message="exceeded its time")
    completed = in_dir(FURTHER[0], name="A", status=TaskStatus.COMPLETED, end_time=NOON + timedelta(minutes=1))
    failed = in_dir(FURTHER[1], name="B", status=TaskStatus.FAILED, end_time=NOON)
    found = known_after((completed, LOG), (failed, LOG), (note, LOG), (note, LOG))
    assert [(task.name, task.status, task.error_action) for task in found] == [
        ("A", TaskStatus.COMPLETED, None), ("B", TaskStatus.FAILED, "IGNORE"),
    ]  # fmt: skip


# ── Jobs ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("native_ids", "job", "expected"),
    [
        (["nf-abcdef01-1/0/u", "nf-abcdef01-2/0/u"], "nf-abcdef01-2", ["second"]),
        (["nf-abcdef01-1/0/u", None], "nf-abcdef01-2", ["second"]),
        (["nf-abcdef01-1/0/u", None], "nf-abcdef01-1", ["first"]),
        ([None, None], "nf-abcdef01-1", []),
    ],
)
def test_a_job_belongs_to_the_task_that_names_it(native_ids: list[str | None], job: str, expected: list[str]) -> None:
    keys = {DIGITS: "first", f"{DIGITS}-2": "second"}
    tasks = [make_task(hash=key, native_id=native_id) for key, native_id in zip(keys, native_ids, strict=True)]
    assert [keys[key] for key in tasks_of_jobs(tasks, {DIGITS: [job], "00/000000": ["nf-00000000-1"]})] == expected


# ── Any run ─────────────────────────────────────────────────────────────────────────────────────────────


def attempts_from(draws: Sequence[tuple[int, int, str]]) -> list[Attempt]:
    numbers = count(1)
    made = []
    for digits, name, end in draws:
        number = next(numbers)
        named = ("P:ALIGN (s1)", "P:ALIGN (s2)", "P:QC")[name]
        if end == "cached":  # reused tasks can be distinguished only by their names, others by their directories
            named = f"{named[:-1]}, reused {number})"
        made.append(Attempt(number, f"ab/cdef0{digits}", f"{number:024x}", named, end))
    return made


ENDS = ("completed", "completed", "failed", "retried", "ignored", "cached", "running")
RUNS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 2), st.sampled_from(ENDS)), min_size=1, max_size=9)


def log_of(attempts: Sequence[Attempt], draw: st.DataObject) -> str:
    """A log with the lines of all attempts interleaved; those of one attempt in order, a retry after its failure."""
    waiting = {attempt.number: list(attempt.messages()) for attempt in attempts}
    lines: list[str] = []
    while left := [each for each in attempts if waiting[each.number]]:
        ready = [
            each
            for place, each in enumerate(left)
            if not any(
                (one.digits, one.name, one.status) == (each.digits, each.name, TaskStatus.FAILED)
                for one in left[:place]
            )
        ]
        number = draw.draw(st.sampled_from(ready)).number
        minute, second = divmod(len(lines), 60)
        lines.append(line(waiting[number].pop(0), stamp=f"Nov-23 06:{minute:02}:{second:02}.123"))
    return "".join(lines)


def trace_of(attempts: Sequence[Attempt]) -> str:
    return trace(*("|".join(each.cells()) for each in attempts if each.end != "running"), columns=COLUMNS)


@settings(max_examples=300, deadline=None)
@given(RUNS, st.data(), st.booleans())
def test_log_and_trace_in_any_order_make_one_row_of_each_attempt(
    draws: list[tuple[int, int, str]], draw: st.DataObject, trace_first: bool
) -> None:
    attempts = attempts_from(draws)
    from_log = [(task, LOG) for fact in facts_in(log_of(attempts, draw)) if (task := update_from_log(fact))]
    rows = rows_of(trace_of(draw.draw(st.permutations(attempts))))
    from_trace = [(update_from_trace(row), TRACE) for row in rows if isinstance(row, TraceRow)]

    found = known_after(*((*from_trace, *from_log) if trace_first else (*from_log, *from_trace)))

    got = {(task.work_dir, task.name, task.native_id, task.status, task.error_action) for task in found}
    assert got == {(each.work_dir, each.name, each.native_id, each.status, each.action) for each in attempts}
    assert len(found) == len({task.hash for task in found}) == len(attempts)
    for digits in {attempt.digits for attempt in attempts}:
        assert digits in {task.hash for task in found}


@settings(max_examples=200, deadline=None)
@given(RUNS, st.data())
def test_the_log_alone_distinguishes_tasks_with_the_same_digits(
    draws: list[tuple[int, int, str]], draw: st.DataObject
) -> None:
    attempts = attempts_from(draws)
    updates = [(task, LOG) for fact in facts_in(log_of(attempts, draw)) if (task := update_from_log(fact))]

    found = known_after(*updates, *updates)  # a restarted log is read again

    got = sorted((task.name, task.status, task.error_action or "", task.work_dir or "") for task in found)
    assert got == sorted(
        (each.name, each.status, each.action or "", "" if each.end == "cached" else each.work_dir) for each in attempts
    )


# ── Crafted files ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("source", TaskSource)
def test_only_so_many_tasks_share_their_digits(source: TaskSource) -> None:
    known = KnownTasks([])
    for number in range(3 * MOST_ALIKE):
        known.merge(in_dir(f"{number:024x}", name=f"t{number}", task_id=number), source)

    assert [task.name for task in known.new] == [f"t{number}" for number in range(MOST_ALIKE)]


def test_a_task_that_is_known_is_updated_after_any_number_of_others() -> None:
    known = KnownTasks([])
    for number in range(3 * MOST_ALIKE):
        known.merge(in_dir(f"{number:024x}", name=f"t{number}"), LOG)
    known.merge(in_dir(f"{0:024x}", name="t0", status=TaskStatus.FAILED, exit_code=3), TRACE)

    assert [(task.status, task.exit_code) for task in known.new if task.name == "t0"] == [(TaskStatus.FAILED, 3)]
