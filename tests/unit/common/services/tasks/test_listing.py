"""Pages of tasks: filters, orders, cursors."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, text

from common.domain.batch.child_jobs import JobWithMachines
from common.domain.batch.job import BatchJob, JobState, MachineKind
from common.domain.batch.machines import MachineStay, StayEnd
from common.domain.tasks.merging import TaskSource
from common.domain.tasks.task import Task, TaskRequest, TaskStatus
from common.errors import ValidationError
from common.models.tasks import SORTED_CHARACTERS, TaskRow
from common.services.batch.child_jobs import ChildJobStore
from common.services.ingest.store import IngestStore
from common.services.paging import Total
from common.services.runs.store import RunStoreService
from common.services.tasks import listing as task_listing
from common.services.tasks.listing import TASK_ORDERS, TaskFilter, TaskPage, task_page
from tests.support import cursors
from tests.support.cursors import encoded
from tests.support.runs import NOON, make_run, make_task
from tests.support.tasks import task_info, tasks_on

RUN_ID, OTHER_ID = "run-00000001", "run-00000002"
LIST = f"{RUN_ID}/tasks"
cursor_of = partial(cursors.cursor_of, of=LIST)


@pytest.fixture(autouse=True)
def stored(runs: RunStoreService) -> None:
    for run_id in (RUN_ID, OTHER_ID):
        runs.create_run(make_run(run_id=run_id))


def add(store: IngestStore, *tasks: Task, run_id: str = RUN_ID) -> None:
    with store.writing(run_id) as writer:
        writer.merge_tasks(tasks, TaskSource.TRACE)
        writer.note_progress(at=NOON)


def page_of(engine: Engine, **filters: Any) -> TaskPage:  # noqa: ANN401 a field of any type
    with engine.connect() as connection:
        return task_page(connection, RUN_ID, TaskFilter(**filters))


def ids(page: TaskPage) -> str:
    """The last characters of the tasks' ids."""
    return "".join(task.task_id[-1] for task in tasks_on(page))


def pages(engine: Engine, filters: TaskFilter) -> Iterator[TaskPage]:
    with engine.connect() as connection:
        while True:
            yield (page := task_page(connection, RUN_ID, filters))
            if page.next_cursor is None:
                return
            filters = replace(filters, cursor=page.next_cursor)


def test_a_page_has_complete_tasks_of_one_run(engine: Engine, store: IngestStore) -> None:
    task = make_task(submit_time=NOON, cpu_percent=99.5, memory_peak=2**40, exit_code=0)
    add(store, task)
    add(store, make_task(hash="ff/ffffff"), run_id=OTHER_ID)

    page = page_of(engine)

    assert (tasks_on(page), page.total.count, page.next_cursor) == ([task_info(task)], 1, None)
    assert page.summary.by_process[task.process].count == 1


def test_tasks_are_ordered_by_submit_time_and_hash(engine: Engine, store: IngestStore) -> None:
    add(
        store,
        make_task(hash="00/000004"),
        make_task(hash="00/000003", submit_time=NOON),
        make_task(hash="00/000002", submit_time=NOON),
        make_task(hash="00/000001", submit_time=NOON + timedelta(seconds=1)),
        make_task(hash="00/000000"),
    )

    assert ids(page_of(engine)) == "23104"
    assert ids(page_of(engine, sort="-submit_time")) == "13240"


_MOMENTS = st.none() | st.sampled_from([NOON, NOON + timedelta(microseconds=1), NOON + timedelta(days=9)])
_NUMBERS = st.none() | st.sampled_from([0, 1, 2**62, -(2**62)])
_NAMES = st.sampled_from(["", "a", 'A "b" \\', "é" * SORTED_CHARACTERS, "é" * SORTED_CHARACTERS + "z", "x" * 5000])
_TASKS = st.lists(
    st.fixed_dictionaries(
        {
            "name": _NAMES,
            "process": _NAMES,
            "status": st.sampled_from(TaskStatus),
            "exit_code": _NUMBERS,
            "attempt": _NUMBERS,
            "duration_ms": _NUMBERS,
            "memory_peak": _NUMBERS,
            "cpu_percent": st.none() | st.sampled_from([0.1, 100.0, 1e300]),
            "submit_time": _MOMENTS,
            "start_time": _MOMENTS,
            "end_time": _MOMENTS,
        }
    ),
    max_size=9,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_TASKS, st.sampled_from(TASK_ORDERS), st.integers(1, 4))
def test_pages_in_any_order_have_every_task_once(
    engine: Engine, store: IngestStore, fields: list[dict[str, Any]], sort: str, limit: int
) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM tasks")
    add(store, *(make_task(hash=f"00/00000{number}", **values) for number, values in enumerate(fields)))

    read = list(pages(engine, TaskFilter(sort=sort, limit=limit)))

    name = sort.removeprefix("-")
    listed = [task for page in read for task in tasks_on(page)]
    known = [value for task in listed if (value := getattr(task, name)) is not None]
    assert sorted(task.task_id for task in listed) == [f"00-00000{number}" for number in range(len(fields))]
    assert all(getattr(task, name) is None for task in listed[len(known) :])
    cut = [value[:SORTED_CHARACTERS] if isinstance(value, str) else value for value in known]
    assert cut == sorted(cut, reverse=sort.startswith("-"))
    assert {page.total.count for page in read} == {len(fields)}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"status": TaskStatus.FAILED}, "2"),
        ({"process": "ALIGN"}, "12"),
        ({"process": "ALI"}, ""),
        ({"search": "SAMPLE_1"}, "01"),
        ({"search": "sample%1"}, ""),
        ({"search": "00/000002"}, "2"),
        ({"search": "00-000002"}, "2"),
        ({"process": "ALIGN", "search": "sample_2"}, "2"),
        ({"process": "ALIGN", "status": TaskStatus.SUBMITTED}, "1"),
    ],
)
@pytest.mark.parametrize("limit", [1, 100])
def test_filters_select_tasks(
    engine: Engine, store: IngestStore, filters: dict[str, Any], expected: str, limit: int
) -> None:
    add(
        store,
        make_task(hash="00/000000", name="FASTQC (sample_1)", process="FASTQC"),
        make_task(hash="00/000001", name="ALIGN (sample_1)", process="ALIGN"),
        make_task(hash="00/000002", name="ALIGN (sample_2)", process="ALIGN", status=TaskStatus.FAILED),
        make_task(hash="00/000003", name="QC (sample-1)", process="QC"),
    )

    found = list(pages(engine, TaskFilter(**filters, limit=limit)))

    assert "".join(map(ids, found)) == expected
    assert {page.total.count for page in found} == {len(expected)}
    assert sum(stats.count for stats in found[0].summary.by_status.values()) == 4


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        cursor_of(),
        encoded('{"submit_time":null}'),
        cursor_of("submit_time", None),
        cursor_of("submit_time", None, 1),
        cursor_of("submit_time", None, "\0"),
        cursor_of("submit_time", 1, "00/000000"),
        cursor_of("submit_time", "noon", "00/000000"),
        encoded(f"s{LIST}\0ssubmit_time\0t2026-11-23T12:00:00\0s00/000000"),
        cursor_of("-submit_time", None, "00/000000"),
        cursor_of("name", "a", "00/000000"),
    ],
)
def test_a_cursor_of_another_list_is_refused(engine: Engine, cursor: str) -> None:
    with pytest.raises(ValidationError) as refused:
        page_of(engine, cursor=cursor or "=")
    assert [fault.field for fault in refused.value.faults] == ["cursor"]


@pytest.mark.parametrize(
    ("sort", "value"),
    [
        ("attempt", 2**63),
        ("cpu_percent", float("inf")),
        ("cpu_percent", float("nan")),
        ("attempt", "1"),
        ("cpu_percent", "1"),
        ("name", 1),
        ("name", "\0"),
    ],
)
def test_a_cursor_with_a_value_that_no_task_has_is_refused(engine: Engine, sort: str, value: object) -> None:
    with pytest.raises(ValidationError):
        page_of(engine, sort=sort, cursor=cursor_of(sort, value, "00/000000"))


_FIRST, _LAST = datetime(1970, 1, 2), datetime(9999, 1, 1)  # noqa: DTZ001 hypothesis adds the zone
_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
_MAYBE = st.none() | st.datetimes(_FIRST, _LAST, timezones=st.just(UTC))
_COUNT = st.none() | st.integers(-(2**63), 2**63 - 1)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.builds(
        make_task,
        name=_TEXT,
        process=_TEXT,
        tag=st.none() | _TEXT,
        status=st.sampled_from(TaskStatus),
        exit_code=_COUNT,
        attempt=_COUNT,
        duration_ms=_COUNT,
        cpu_percent=st.none() | st.floats(allow_nan=False, allow_infinity=False),
        memory_peak=_COUNT,
        submit_time=_MAYBE,
        start_time=_MAYBE,
        end_time=_MAYBE,
        work_dir=st.none() | _TEXT,
        native_id=st.none() | _TEXT,
    )
)
def test_postgres_writes_a_task_as_pydantic_does(engine: Engine, store: IngestStore, task: Task) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM tasks")
        columns = {name: value for name, value in task._asdict().items() if value is not None}
        connection.execute(insert(TaskRow).values(run_id=RUN_ID, **columns))

    page = page_of(engine)

    assert tasks_on(page) == [task_info(task)]
    if task.cpu_percent is None:  # the two write floating point numbers differently
        assert page.lines == task_info(task).model_dump_json()


@pytest.mark.parametrize("sort", ["submit_time", "-submit_time", "-duration"])
def test_failed_tasks_are_found_without_reading_the_others(engine: Engine, sort: str) -> None:
    many = text("""
        INSERT INTO tasks (run_id, hash, name, process, status, is_failed, submit_time, duration_ms)
        SELECT :run_id, to_hex(n), 'QC', 'QC', CASE mod(n, 1000) WHEN 0 THEN 'FAILED' ELSE 'COMPLETED' END,
            nullif(mod(n, 1000) = 0, false), now() + n * interval '1 s', n FROM generate_series(1, 5000) AS n
    """)
    kind = task_listing._Kind(
        sort, TaskStatus.FAILED, by_process=False, searches=False, start=task_listing._Start.FIRST
    )
    query = task_listing._found(kind).params(run_id=RUN_ID, limit=100)
    compiled = query.compile(engine, compile_kwargs={"literal_binds": True})
    with engine.begin() as connection:
        connection.execute(many, {"run_id": RUN_ID})
        connection.execute(text("ANALYZE tasks"))
        plan = "\n".join(connection.execute(text(f"EXPLAIN (ANALYZE) {compiled}")).scalars())

    assert "idx_tasks_failed" in plan
    assert "Rows Removed by Filter" not in plan


def test_a_task_shows_what_it_asked_for_and_the_machine_that_it_used(engine: Engine, store: IngestStore) -> None:
    asked = {"cpus": 4, "memory": 16 << 30}
    request = TaskRequest(disk=100 << 30, time_ms=14_400_000, container="quay.io/star:2")
    add(
        store,
        make_task(hash="ab/000001", native_id="nf-1/0/uid", request=request, read_bytes=7, write_bytes=0, **asked),
        make_task(hash="ab/000002", native_id="nf-2"),
    )
    kind = MachineKind(machine_type="n2-standard-4", provisioning_model="SPOT")
    lost, done = (
        MachineStay(zone=f"europe-west1-{zone}", assigned_at=NOON, released_at=NOON, end=StayEnd.DONE) for zone in "cb"
    )
    jobs = ChildJobStore(engine)
    for run_id, job_id in ((RUN_ID, "nf-1"), (OTHER_ID, "nf-2")):
        job = BatchJob(name=f"jobs/{job_id}", uid="u", state=JobState.SUCCEEDED, labels={}, machine=kind)
        jobs.save(run_id, job_id, JobWithMachines(job=job, stays=[lost, done]), at=NOON)

    first, second = tasks_on(page_of(engine, sort="name"))

    assert (first.cpus, first.memory, first.machine_type, first.zone, first.spot) == (
        *asked.values(),
        "n2-standard-4",
        "europe-west1-b",
        True,
    )
    assert (first.disk, first.time, first.container, first.read_bytes, first.write_bytes) == (*request, 7, 0)
    assert (second.cpus, second.machine_type, second.zone, second.spot) == (None, None, None, None)
    assert (second.disk, second.time, second.container, second.read_bytes, second.write_bytes) == (None,) * 5


@pytest.mark.parametrize("sort", TASK_ORDERS)
def test_a_page_at_an_offset_has_the_tasks_that_cursors_lead_to(engine: Engine, store: IngestStore, sort: str) -> None:
    values = [NOON + timedelta(seconds=number) if number % 3 else None for number in range(12)]
    add(store, *(make_task(hash=f"00/{n:06x}", name=f"T{n % 5}", submit_time=at) for n, at in enumerate(values)))
    in_turn = "".join(ids(page) for page in pages(engine, TaskFilter(sort=sort, limit=5)))

    for offset in range(13):
        page = page_of(engine, sort=sort, offset=offset, limit=5)

        assert ids(page) == in_turn[offset : offset + 5]
        assert page.total == Total(12, is_capped=False)
        assert (page.next_cursor is None) == (offset + 5 >= 12)


def test_an_offset_counts_matching_tasks_and_a_cursor_leads_on(engine: Engine, store: IngestStore) -> None:
    tasks = [
        make_task(hash=f"00/{n:06x}", name="odd" if n % 2 else "even", submit_time=NOON + timedelta(seconds=n))
        for n in range(10)
    ]
    add(store, *tasks)

    page = page_of(engine, search="odd", offset=2, limit=2)

    assert (ids(page), page.total.count) == ("57", 5)
    assert ids(page_of(engine, search="odd", offset=2, limit=2, cursor=page.next_cursor)) == "9"
    beyond = page_of(engine, search="odd", offset=5)
    assert (ids(beyond), beyond.total.count, beyond.next_cursor) == ("", 5, None)
