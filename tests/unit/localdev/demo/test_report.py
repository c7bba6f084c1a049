"""The lines and tables that the demo prints."""

from typing import Any

from localdev.demo.report import diagnosis_table, event_line, log_table, plan_table, run_table, table, task_table
from sluice.sse import StreamEvent

Json = dict[str, Any]


def test_columns_are_aligned_without_trailing_spaces() -> None:
    lines = table(("name", "n"), [("a", "1"), ("longer", "22")]).splitlines()
    assert lines == ["  name    n", "  a       1", "  longer  22"]


def test_brackets_are_printed_unchanged() -> None:
    assert table(("name",), [("[red] :smile:",)]).splitlines()[-1] == "  [red] :smile:"


def test_a_table_is_cut_at_a_hundred_columns_in_its_widest_column() -> None:
    cell = "".join(map(str, range(60)))
    last = table(("name", "text", "n"), [("a", cell, "1"), ("b", "short", "2")]).splitlines()
    assert [len(line) for line in last[:2]] == [100, 100]
    assert last[1].startswith("  a     0123456789")
    assert last[1].endswith("…  1")


def test_an_event_is_cut_to_fit_beside_its_time() -> None:
    data = {"status": "running", "failing": True, "error_message": "x" * 300}
    assert len(event_line(StreamEvent("status", data, "7"))) == 91


def test_a_task_is_shown_by_its_process_and_tag() -> None:
    task: Json = dict.fromkeys(("exit_code", "duration", "cpu_percent", "memory_peak"))
    shown = task_table([task | {"task_id": "a", "name": "NFCORE:SC:STAR (chr1:100 b)", "status": "FAILED"}])
    assert "  a     STAR (chr1:100 b)  FAILED" in shown


def test_progress_is_printed_in_numbers() -> None:
    data = {"tasks": {"COMPLETED": 5, "SUBMITTED": 1}, "finished": 5, "total": 6}
    assert event_line(StreamEvent("progress", data, "7")) == "  progress  5/6 tasks ended: 5 completed, 1 submitted"


def test_an_unknown_value_is_a_dash() -> None:
    task: Json = dict.fromkeys(("exit_code", "duration", "cpu_percent", "memory_peak"))
    shown = task_table([task | {"task_id": "ab-123456", "name": "STAR (a)", "status": "SUBMITTED"}])
    assert shown.splitlines()[-1].split()[-4:] == ["-", "-", "-", "-"]


def test_a_run_is_shown_with_the_time_of_its_own_end_only() -> None:
    fields = (
        "run_id", "pipeline", "pipeline_version", "status", "user_email", "sample_count", "created_at", "submitted_at",
        "started_at", "completed_at", "cancelled_at", "batch_job_name", "gcs_path", "exit_code",
    )  # fmt: skip
    shown = run_table({**dict.fromkeys(fields), "failed_at": "2026-11-23T08:15:02Z", "metrics": None})
    assert "failed_at" in shown
    assert "completed_at" not in shown
    assert "cancelled_at" not in shown


def test_times_and_sizes_have_units() -> None:
    task = {"task_id": "ab-123456", "name": "STAR", "status": "COMPLETED", "exit_code": 0, "cpu_percent": 99.5}
    shown = task_table([task | {"duration": 61_500, "memory_peak": 3 << 29}])
    assert shown.splitlines()[-1].endswith("  61.5 s   99.5       1.5 GB")


def test_the_log_table_shows_the_first_lines_of_the_last_entries() -> None:
    entries = [
        {"number": number, "timestamp": "2026-11-23T10:00:00.5Z", "level": "INFO", "message": "one\ntwo"}
        for number in range(40)
    ]
    shown = log_table(entries)
    assert "     39  10:00:00.500  INFO   one" in shown
    assert "  27  " not in shown
    assert "two" not in shown


def test_a_cancel_request_is_printed() -> None:
    event = StreamEvent("status", {"status": "running", "cancel_requested_at": "2026-11-23T10:00:00Z"}, "4")
    assert event_line(event) == "  status    running, cancel requested"


def test_a_failure_of_a_live_run_is_printed() -> None:
    event = StreamEvent("status", {"status": "running", "failing": True, "error_message": "exit status (137)"}, "4")
    assert event_line(event) == "  status    running, will fail: exit status (137)"


def test_an_action_is_printed_with_its_evidence() -> None:
    data = {"action": "jobs_stopped", "why": "the run is cancelled", "evidence": {"found": 3, "stopped": 2}}
    assert event_line(StreamEvent("action", data, "5")) == "  action    the run is cancelled (found 3, stopped 2)"


def test_a_diagnosis_shows_the_first_line_of_the_error_message() -> None:
    evidence = [{"source": "nextflow.log", "line": "exit status (137)"}]
    run: Json = {
        "diagnosis": {"cause": "out_of_memory", "evidence": evidence},
        "error_task": "STAR (a)",
        "exit_code": 137,
        "error_message": "Process `STAR (a)` ended\nCommand executed:",
    }
    shown = diagnosis_table(run)
    assert "  evidence in nextflow.log  exit status (137)" in shown
    assert "Command executed" not in shown


def test_a_plan_names_the_tasks_that_run_again() -> None:
    tasks = [{"name": "A:B:STAR (a)", "reused": False}, {"name": "A:B:FASTQC (a)", "reused": True}]
    shown = plan_table(
        {
            "reused_count": 1,
            "run_again_count": 1,
            "tasks": tasks,
            "reused_work_dir": "gs://work/run",
            "work_dir_expires_at": "2026-12-23T10:00:00Z",
        }
    )
    assert "STAR (a)" in shown
    assert "FASTQC" not in shown
