"""The values in a row."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.nextflow.trace.layout import UnreadableRow
from common.domain.nextflow.trace.row import TraceRow, row_of

OUR_COLUMNS = {
    "task_id": "7",
    "hash": "ab/12cdef",
    "native_id": "nf-ab12cdef-1/0/uid-1",
    "process": "SCRNASEQ:FASTQC",
    "tag": "s1",
    "name": "SCRNASEQ:FASTQC (s1)",
    "status": "COMPLETED",
    "exit": "0",
    "submit": "1669573015785",
    "start": "1669573023000",
    "complete": "1669573024000",
    "duration": "8215",
    "realtime": "1000",
    "%cpu": "91.7",
    "peak_rss": "3358720",
    "peak_vmem": "5640192",
    "rchar": "6129143",
    "wchar": "0",
    "read_bytes": "20480",
    "write_bytes": "0",
    "attempt": "1",
    "cpus": "2",
    "memory": "12884901888",
    "disk": "107374182400",
    "time": "14400000",
    "container": "quay.io/biocontainers/fastqc:0.12.1--hdfd78af_0",
    "workdir": "gs://b/work/ab/12cdef34",
    "error_action": "-",
}


def row(**cells: str) -> TraceRow:
    return row_of(OUR_COLUMNS | cells, UTC)


def test_all_fields_of_a_raw_row_are_parsed() -> None:
    assert row() == TraceRow(
        name="SCRNASEQ:FASTQC (s1)",
        process="SCRNASEQ:FASTQC",
        tag="s1",
        task_id=7,
        hash="ab/12cdef",
        native_id="nf-ab12cdef-1/0/uid-1",
        status="COMPLETED",
        exit_code=0,
        submit=datetime(2022, 11, 27, 18, 16, 55, 785_000, tzinfo=UTC),
        start=datetime(2022, 11, 27, 18, 17, 3, tzinfo=UTC),
        complete=datetime(2022, 11, 27, 18, 17, 4, tzinfo=UTC),
        duration_ms=8_215,
        realtime_ms=1_000,
        cpu_percent=91.7,
        memory_percent=None,
        rss=None,
        vmem=None,
        peak_rss=3_358_720,
        peak_vmem=5_640_192,
        rchar=6_129_143,
        wchar=0,
        read_bytes=20_480,
        write_bytes=0,
        attempt=1,
        cpus=2,
        memory=12_884_901_888,
        disk=100 << 30,
        time_ms=4 * 3_600_000,
        work_dir="gs://b/work/ab/12cdef34",
        container="quay.io/biocontainers/fastqc:0.12.1--hdfd78af_0",
        error_action=None,
        unread=(),
    )


def test_a_readable_row_has_the_same_values() -> None:
    human = row_of(
        {
            "hash": "ab/12cdef",
            "name": "P",
            "submit": "2023-05-04 15:46:02.335",
            "duration": "1h 2m",
            "realtime": "0ms",
            "%cpu": "151,6%",
            "%mem": "0.1%",
            "rss": "0",
            "wchar": "894 B",
        },
        timezone(timedelta(hours=2)),
    )

    assert human.submit == datetime(2023, 5, 4, 13, 46, 2, 335_000, tzinfo=UTC)
    assert (human.duration_ms, human.realtime_ms) == (3_720_000, 0)
    assert (human.cpu_percent, human.memory_percent, human.rss, human.wchar) == (151.6, 0.1, 0, 894)


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED", "CACHED", "ABORTED", "SUBMITTED", "RUNNING", "NEW"])
def test_every_status_of_nextflow_is_known(status: str) -> None:
    assert row(status=status).status == status


def test_an_ignored_failure_keeps_its_error_action() -> None:
    assert row(status="FAILED", exit="255", error_action="IGNORE").error_action == "IGNORE"


def test_a_task_that_failed_before_submission_has_dashes_everywhere() -> None:
    dashes = dict.fromkeys(OUR_COLUMNS.keys() - {"task_id", "hash", "name", "status", "process", "tag"}, "-")

    found = row(**{**dashes, "status": "FAILED"})

    assert (found.hash, found.status, found.tag) == ("ab/12cdef", "FAILED", "s1")
    assert (found.native_id, found.exit_code, found.submit, found.duration_ms, found.work_dir) == (None,) * 5
    assert found.unread == ()


def test_a_task_that_was_never_submitted_or_never_ran_has_no_time() -> None:
    never = row(status="FAILED", exit="-", native_id="-", submit="0", start="0", complete="-", duration="-")

    assert (never.submit, never.start, never.unread) == (None, None, ())


def test_a_cached_row_keeps_the_attempt_of_the_run_that_did_the_work() -> None:
    assert row(status="CACHED", attempt="2").attempt == 2


def test_the_hash_comes_from_the_work_directory_without_its_column() -> None:
    found = row_of({"name": "P (x)", "status": "COMPLETED", "workdir": "/w/1b/ca3418d2"}, UTC)

    assert (found.hash, found.task_id) == ("1b/ca3418", None)


def test_unknown_columns_are_ignored() -> None:
    assert row(hostname="node10", queue="long").unread == ()


def test_a_missing_column_is_none() -> None:
    found = row_of({"task_id": "3", "name": "P"}, UTC)

    assert (found.status, found.exit_code, found.submit, found.cpu_percent) == (None,) * 4


def test_process_and_tag_come_from_the_name_without_their_columns() -> None:
    found = row_of({"hash": "ab/12cdef", "name": "A:B (T: x; y)"}, UTC)

    assert (found.process, found.tag) == ("A:B", "T: x; y")


def test_the_running_number_of_a_task_is_not_a_tag() -> None:
    found = row(tag="-", name="SCRNASEQ:FASTQC (85)")

    assert (found.process, found.tag) == ("SCRNASEQ:FASTQC", None)


@pytest.mark.parametrize("native_id", ["8065", "9b068fe2-4c17-4e20-93f6-503663405719", "nf-e9093cff02661af5dbce68"])
def test_a_native_id_may_have_any_format(native_id: str) -> None:
    assert row(native_id=native_id).native_id == native_id


def test_an_unreadable_value_is_listed_and_the_rest_is_kept() -> None:
    found = row(duration="a while", rchar="lots")

    assert (found.duration_ms, found.rchar, found.status) == (None, None, "COMPLETED")
    assert found.unread == ("duration", "rchar")


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"status": "DONE"}, "unknown status: 'DONE'"),
        ({"hash": "12cdef"}, "not a task's hash: '12cdef'"),
        ({"task_id": "seven"}, "task_id is not a number: 'seven'"),
        (
            {"task_id": "-", "hash": "-", "name": "-", "process": "-", "workdir": "-"},
            "no task_id, no hash and no name",
        ),
    ],
)
def test_a_row_that_identifies_no_task_is_refused(cells: dict[str, str], reason: str) -> None:
    with pytest.raises(UnreadableRow, match=reason):
        row(**cells)


@given(st.dictionaries(st.sampled_from(sorted(OUR_COLUMNS)), st.text()))
def test_any_cells_are_read_or_refused(cells: dict[str, str]) -> None:
    try:
        found = row(**cells)
    except UnreadableRow:
        return
    assert set(found.unread) <= cells.keys()
