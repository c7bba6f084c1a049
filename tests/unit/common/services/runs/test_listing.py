"""Lists of runs: filters, pages, cursors and totals."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, insert, text

from common.domain.runs.access import Caller
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus
from common.errors import UnavailableError, ValidationError
from common.models.runs import RunRow
from common.schemas.paging import page_json
from common.schemas.runs import RunListResponse, RunResponse
from common.services import paging
from common.services.runs.details import RunDetails
from common.services.runs.listing import RunFilter, RunPage, RunPosition, _position_in
from common.services.runs.store import RunStoreService
from tests.support import cursors
from tests.support.cursors import encoded
from tests.support.runs import NOON, OWNER, make_run

LIST = "runs"
cursor_of = partial(cursors.cursor_of, of=LIST)
COPIES = text("""
    INSERT INTO runs
        (run_id, session_id, pipeline, pipeline_version, status, user_email, gcs_path, params, sample_count)
    SELECT number, gen_random_uuid(), pipeline, pipeline_version, status, user_email, gcs_path, params, sample_count
    FROM runs, generate_series(1, 10000) AS number
""")


def runs_on(page: RunPage) -> list[RunResponse]:
    return [RunResponse.model_validate(run) for run in json.loads(f"[{page.lines}]")]


def listed(runs: RunStoreService, **filters: Any) -> list[str]:  # noqa: ANN401 a field of any type
    """The last digit of each run on the page."""
    page = runs.list_runs(RunFilter(**{"owner": None} | filters))
    return [run.run_id[-1] for run in runs_on(page)]


def walk(runs: RunStoreService, page_size: int) -> list[str]:
    """The ids on all pages, following the cursors."""
    ids: list[str] = []
    cursor: str | None = None
    while True:
        page = runs.list_runs(RunFilter(owner=OWNER, page_size=page_size, cursor=cursor))
        ids += [run.run_id for run in runs_on(page)]
        cursor = page.next_cursor
        if cursor is None:
            return ids


def test_the_newest_run_comes_first(runs: RunStoreService) -> None:
    for number in range(3):
        runs.create_run(make_run(run_id=f"run-0000000{number}", created_at=NOON + timedelta(seconds=number)))

    assert listed(runs) == ["2", "1", "0"]


def test_runs_created_at_the_same_time_have_a_stable_order(runs: RunStoreService) -> None:
    for number in (1, 3, 0, 2):
        runs.create_run(make_run(run_id=f"run-0000000{number}"))

    assert listed(runs) == ["3", "2", "1", "0"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"owner": OWNER}, ["2", "1"]),
        ({"owner": None}, ["3", "2", "1"]),
        ({"owner": OWNER, "status": RunStatus.FAILED}, ["1"]),
        ({"pipeline": "nf-core/rnaseq"}, ["3"]),
        ({"pipeline": "nf-core"}, []),
        ({"created_after": NOON}, ["3", "2"]),
        ({"created_before": NOON + timedelta(hours=2)}, ["2", "1"]),
        ({"created_after": NOON, "created_before": NOON + timedelta(hours=2)}, ["2"]),
        ({"source_ngs_run": "NGS-2"}, ["2"]),
        ({"source_ngs_run": "NGS"}, []),
        ({"search": "SCRNA"}, ["2", "1"]),
        ({"search": "00003"}, ["3"]),
        ({"search": "Atlas"}, ["2"]),
        ({"search": "nothing"}, []),
    ],
)
def test_filters_select_runs(runs: RunStoreService, filters: dict[str, Any], expected: list[str]) -> None:
    runs.create_run(make_run(run_id="run-00000001", status=RunStatus.FAILED))
    of_project = make_run(
        run_id="run-00000002",
        created_at=NOON + timedelta(hours=1),
        source_ngs_runs=("NGS-1", "NGS-2"),
        source_project="cell atlas",
    )
    runs.create_run(of_project)
    runs.create_run(
        make_run(
            run_id="run-00000003",
            created_at=NOON + timedelta(hours=2),
            user_email="bob@lab.example",
            pipeline="nf-core/rnaseq",
        )
    )

    assert listed(runs, **filters) == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"owner": "ben@lab.example"}, ["3"]),
        ({"shared": True}, ["2", "1"]),
        ({"shared": True, "viewer": Caller(email=OWNER)}, ["3", "2"]),
        ({"shared": True, "viewer": Caller(email="carla@lab.example")}, ["3", "2"]),
        ({"shared": True, "starred": True}, ["1"]),
        ({"starred": True}, ["1"]),
        ({"starred": True, "viewer": Caller(email=OWNER)}, []),
        ({"label": "pbmc"}, ["2"]),
        ({"label": "pb"}, []),
        ({"shared": True, "label": "paper"}, ["2"]),
    ],
)
def test_shared_starred_and_labelled_runs_are_selected(
    runs: RunStoreService, engine: Engine, filters: dict[str, Any], expected: list[str]
) -> None:
    ben, start = "ben@lab.example", NOON + timedelta(hours=1)
    runs.create_run(make_run(run_id="run-00000000"))
    runs.create_run(make_run(run_id="run-00000001", created_at=start, shared_with=(ben,)))
    labels = ("pbmc", "paper")
    late = start + timedelta(hours=1)
    runs.create_run(
        make_run(
            run_id="run-00000002",
            user_email="dora@lab.example",
            created_at=late,
            shared_with=("everyone",),
            labels=labels,
        )
    )
    runs.create_run(make_run(run_id="run-00000003", user_email=ben, created_at=late, shared_with=("everyone",)))
    RunDetails(engine).set_star("run-00000001", ben, starred=True)

    as_ben: dict[str, Any] = {"viewer": Caller(email=ben)} | filters
    assert listed(runs, **as_ben) == expected
    assert runs.list_runs(RunFilter(**{"owner": None, "page": 2} | as_ben)).total.count == len(expected)


def test_a_list_shows_the_stars_of_its_viewer_only(runs: RunStoreService, engine: Engine) -> None:
    runs.create_run(make_run(run_id="run-00000001"))
    RunDetails(engine).set_star("run-00000001", OWNER, starred=True)

    viewers = [Caller(email=OWNER), Caller(email="ben@lab.example")]
    shown = [runs_on(runs.list_runs(RunFilter(owner=OWNER, viewer=viewer)))[0] for viewer in viewers]

    assert [run.starred for run in shown] == [True, False]


@pytest.mark.parametrize(
    ("viewer", "seen"),
    [
        (Caller(email=OWNER), "run-00000003"),
        (Caller(email="ben@lab.example"), "run-00000004"),
        (Caller(email="carla@lab.example"), "run-00000002"),
        (Caller(email="dora@lab.example"), None),
        (Caller(email="dora@lab.example", is_admin=True), "run-00000004"),
    ],
)
def test_a_run_names_its_newest_recovery_that_the_viewer_may_read(
    runs: RunStoreService, engine: Engine, viewer: Caller, seen: str | None
) -> None:
    ben, times = "ben@lab.example", [NOON + timedelta(hours=hours) for hours in range(4)]
    runs.create_run(make_run(run_id="run-00000001", shared_with=("everyone",), created_at=times[0]))
    child = partial(make_run, parent_run_id="run-00000001", is_recovery=True)
    runs.create_run(child(run_id="run-00000002", shared_with=("carla@lab.example",), created_at=times[1]))
    runs.create_run(child(run_id="run-00000003", created_at=times[2]))
    runs.create_run(child(run_id="run-00000004", user_email=ben, created_at=times[3]))

    parent = runs_on(runs.list_runs(RunFilter(owner=None, viewer=viewer)))[-1]
    _, alone = runs.run_as_json("run-00000001", viewer=viewer)

    assert (parent.run_id, parent.recovery_run_id) == ("run-00000001", seen)
    assert json.loads(alone)["recovery_run_id"] == seen
    assert RunDetails(engine).view("run-00000001", viewer=viewer).recovery_run_id == seen


@pytest.mark.parametrize("searched", ["donor 1", "twice the READS", "aper", "PBMC_7"])
def test_a_search_finds_name_note_label_and_sample(runs: RunStoreService, searched: str) -> None:
    found = make_run(
        run_id="run-00000001",
        name="Donor 1, repeated",
        note="with twice the reads",
        labels=("pbmc", "paper"),
        samples="pbmc_7\npbmc_8",
    )
    runs.create_run(found)
    runs.create_run(make_run(run_id="run-00000002", samples="x"))

    assert listed(runs, search=searched) == ["1"]


@pytest.mark.parametrize("searched", ["50%", "a_b", "a\\b", "a/b", "%", "_", "\\", "'", "É"])
def test_special_characters_in_a_search_are_literal(runs: RunStoreService, searched: str) -> None:
    runs.create_run(make_run(run_id="run-00000001", pipeline="x", source_project=f"before {searched.lower()} after"))
    runs.create_run(make_run(run_id="run-00000002", pipeline="x", source_project="50 percent, axb and a-b"))

    assert listed(runs, search=searched) == ["1"]


def test_a_slow_search_raises_unavailable(
    runs: RunStoreService, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs.create_run(make_run(run_id="run-00000000"))
    with engine.begin() as connection:
        connection.execute(COPIES)
    monkeypatch.setattr(paging, "_SEARCH_TIMEOUT_MS", 1)

    with pytest.raises(UnavailableError, match="narrow the request"):
        runs.list_runs(RunFilter(owner=None, search="nothing like it"))


@pytest.mark.parametrize("name", ["NULL", '"', "\\", "{a,b}", "'", "a b", "É", "%", "$1", ":x"])
def test_a_sequencing_run_with_any_name_is_found(runs: RunStoreService, name: str) -> None:
    runs.create_run(make_run(run_id="run-00000001", source_ngs_runs=("other", name)))
    runs.create_run(make_run(run_id="run-00000002", source_ngs_runs=("other", f"{name}x")))

    assert listed(runs, source_ngs_run=name) == ["1"]


@pytest.mark.parametrize("page_size", [1, 2, 3, 7, 8])
def test_cursor_pages_have_every_run_once(runs: RunStoreService, page_size: int) -> None:
    for number in range(7):
        # Three times only, so that pages end between runs with the same time.
        runs.create_run(make_run(run_id=f"run-0000000{number}", created_at=NOON + timedelta(microseconds=number % 3)))

    ids = walk(runs, page_size)

    assert [int(run_id[-1]) for run_id in ids] == [5, 2, 4, 1, 6, 3, 0]


def test_cursor_pages_are_not_shifted_by_new_runs(runs: RunStoreService) -> None:
    for number in range(4):
        runs.create_run(make_run(run_id=f"run-0000000{number}"))
    first = runs.list_runs(RunFilter(owner=None, page_size=2))
    runs.create_run(make_run(run_id="run-00000009", created_at=NOON + timedelta(seconds=1)))

    assert listed(runs, cursor=first.next_cursor) == ["1", "0"]


def test_numbered_pages_have_every_run_once(runs: RunStoreService) -> None:
    for number in range(5):
        runs.create_run(make_run(run_id=f"run-0000000{number}"))

    pages = [listed(runs, page=page, page_size=2) for page in (1, 2, 3, 4)]

    assert pages == [["4", "3"], ["2", "1"], ["0"], []]


def test_a_full_last_page_has_no_next_cursor(runs: RunStoreService) -> None:
    for number in range(2):
        runs.create_run(make_run(run_id=f"run-0000000{number}"))

    page = runs.list_runs(RunFilter(owner=None, page_size=2))

    assert (len(runs_on(page)), page.next_cursor) == (2, None)


def test_the_total_counts_the_runs_of_all_pages(runs: RunStoreService) -> None:
    for number in range(5):
        runs.create_run(make_run(run_id=f"run-0000000{number}", pipeline="a/b" if number else "a/c"))

    page = runs.list_runs(RunFilter(owner=None, pipeline="a/b", page_size=2))

    assert (page.total.count, page.total.is_capped) == (4, False)


def test_a_total_above_the_cap_is_marked(runs: RunStoreService, engine: Engine) -> None:
    runs.create_run(make_run(run_id="run-00000000"))
    with engine.begin() as connection:
        connection.execute(COPIES)

    total = runs.list_runs(RunFilter(owner=OWNER)).total

    assert (total.count, total.is_capped) == (10_000, True)


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%%%",
        encoded('["2026-11-23T12:00:00+00:00", "run-00000001"]'),
        cursor_of(""),
        cursor_of("ab"),
        cursor_of(NOON),
        cursor_of(NOON, "run-00000001", "more"),
        cursor_of(NOON, 7),
        cursor_of(NOON, None),
        cursor_of(NOON.isoformat(), "run-00000001"),
        cursor_of(1, 2),
        cursor_of(NOON, "run-00000001\n"),
        cursor_of(NOON, "run-0000000g"),
        cursor_of(NOON, "run-00000001" * 1_000),
        encoded(f"s{LIST}\0t2026-11-23T12:00:00\0srun-00000001"),
        encoded(f"s{LIST}\0t2026-11-23\0srun-00000001"),
        encoded(f"s{LIST}\0t0001-01-01T00:00:00+14:00\0srun-00000001"),
        encoded(f"s{LIST}\0t9999-12-31T23:59:59-14:00\0srun-00000001"),
        encoded(f"s{LIST}\0t2026-11-23T12:00:00+99:00\0srun-00000001"),
        encoded(f"s{LIST}\0t2026-11-23T12:00:00+00:00\0s\ud800"),
        encoded("[" * 100_000),
    ],
)
def test_an_invalid_cursor_raises_validation_error(runs: RunStoreService, cursor: str) -> None:
    with pytest.raises(ValidationError) as raised:
        runs.list_runs(RunFilter(owner=None, cursor=cursor))

    assert [fault.field for fault in raised.value.faults] == ["cursor"]


@given(st.text() | st.text().map(encoded) | st.builds("sruns\0t{}\0s{}".format, st.datetimes(), st.text()).map(encoded))
def test_any_text_is_a_cursor_or_raises_validation_error(cursor: str) -> None:
    with suppress(ValidationError):
        _position_in(cursor)


@given(st.datetimes(timezones=st.timezones()), st.integers(0, 2**32 - 1))
def test_every_cursor_of_a_run_is_accepted(created_at: datetime, number: int) -> None:
    position = RunPosition(created_at.astimezone(NOON.tzinfo), f"run-{number:08x}")

    assert _position_in(cursor_of(*position)) == position


_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=15)
_FIRST, _LAST = datetime(1970, 1, 2), datetime(9999, 1, 1)  # noqa: DTZ001 hypothesis adds the zone
_TIMES = st.none() | st.datetimes(_FIRST, _LAST, timezones=st.just(UTC))
_VALUES = st.dictionaries(_TEXT | st.just("api_key"), st.none() | st.booleans() | st.integers() | _TEXT, max_size=4)
_DIAGNOSIS = {
    "cause": "out_of_memory",
    "error_task": "ALIGN (a)",
    "exit_code": 137,
    "message": "password = 'hunter2hunter2'",
    "evidence": [{"line": "token: 'hunter2hunter2'", "offset": 7, "source": "nextflow.log"}],
    "advice": None,
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.builds(
        make_run,
        status=st.sampled_from(RunStatus),
        status_detail=st.none() | _TEXT | st.just("--token abc"),
        submitted_at=_TIMES,
        failed_at=_TIMES,
        params=_VALUES,
        metrics=st.none() | _VALUES,
        source_ngs_runs=st.lists(_TEXT, max_size=3).map(tuple),
        recovery_notes=st.none() | _TEXT,
        exit_code=st.none() | st.integers(-(2**31), 2**31 - 1),
        diagnosis=st.none() | st.just(_DIAGNOSIS),
    )
)
def test_postgres_writes_a_run_as_pydantic_does(runs: RunStoreService, engine: Engine, run: Run) -> None:
    with engine.begin() as connection:
        connection.execute(delete(RunRow))
        columns = {name: getattr(run, name) for name in Run.__dataclass_fields__}
        columns |= {"params": dict(run.params), "source_ngs_runs": list(run.source_ngs_runs) or None}
        connection.execute(insert(RunRow).values(**columns))
    page = RunListResponse(runs=[RunResponse.model_validate(run)], total=1, page=1, page_size=25)

    lines = runs.list_runs(RunFilter(owner=None)).lines
    written = page_json(page.model_copy(update={"runs": []}), "runs", lines, RunResponse)

    assert json.loads(written) == page.model_dump(mode="json")
