from dataclasses import dataclass
from datetime import UTC, datetime

from common.domain.tasks import summary as task_summary
from common.domain.tasks.task import Task, TaskStatus
from common.schemas.logs import LogEntry, LogPage, TaskListResponse, TaskLogs, TaskSummary
from tests.support.tasks import task_info

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass
class Row:
    """A row of log_entries as an object with attributes."""

    number: int = 7
    timestamp: datetime | None = NOON
    level: str | None = "WARN"
    thread: str | None = "main"
    logger: str | None = "nextflow.Session"
    message: str = "disk is nearly full"
    byte_start: int = 0


def test_a_log_entry_is_made_from_a_row() -> None:
    fields = LogEntry.model_validate(Row(), from_attributes=True).model_dump(mode="json")
    assert (fields["number"], fields["timestamp"], fields["level"]) == (7, "2026-11-23T12:00:00Z", "WARN")
    assert (fields["source"], fields["task_name"], fields["stream"]) == ("nextflow", None, None)
    assert "byte_start" not in fields


def test_a_page_of_entries_says_whether_the_log_is_complete() -> None:
    page = LogPage(entries=[], total=0, page_size=200, complete=False)
    assert page.model_dump(mode="json") == {
        "entries": [],
        "total": 0,
        "total_capped": False,
        "page": None,
        "page_size": 200,
        "next_cursor": None,
        "offset": 0,
        "complete": False,
        "restoring": False,
    }


def test_a_task_id_is_the_hash_with_a_dash() -> None:
    task = Task(hash="4f/0c7c55", name="ALIGN (a)", process="ALIGN", status=TaskStatus.COMPLETED, duration_ms=1500)
    info = task_info(task)
    assert (info.task_id, info.status, info.duration, info.has_logs) == ("4f-0c7c55", "COMPLETED", 1500, False)


def test_a_task_has_logs_once_its_work_directory_is_known() -> None:
    task = Task(hash="4f/0c7c55", name="x", process="x", status=TaskStatus.SUBMITTED, work_dir="gs://w/4f/0c")
    assert task_info(task).has_logs


def test_a_page_of_tasks_has_a_summary_by_status_and_process() -> None:
    known = task_summary.AttemptStats(
        count=2, running=1, finished=1, failed=1, p50_duration=10, p95_duration=20, peak_memory=1 << 30
    )
    summary = task_summary.RunTaskSummary(by_status={"COMPLETED": known}, by_process={"ALIGN": known})
    page = TaskListResponse(tasks=[], summary=TaskSummary.model_validate(summary), total=2, page_size=100)
    fields = {
        "count": 2,
        "running": 1,
        "finished": 1,
        "failed": 1,
        "p50_duration": 10,
        "p95_duration": 20,
        "peak_memory": 1 << 30,
    }
    assert page.model_dump()["summary"] == {"by_status": {"COMPLETED": fields}, "by_process": {"ALIGN": fields}}


def test_output_that_was_not_found_has_no_source() -> None:
    logs = TaskLogs(task_id="4f-0c7c55", stdout="", stderr="", as_of=NOON)
    assert (logs.source, logs.merged, logs.truncated, logs.stale, logs.complete) == (None, False, [], False, False)
