from dataclasses import asdict

from common.domain.tasks.summary import AttemptStats, RunTaskSummary


def test_a_summary_survives_a_json_round_trip() -> None:
    some = AttemptStats(count=3, running=1, finished=2, failed=1, p50_duration=10, p95_duration=20, peak_memory=30)
    summary = RunTaskSummary(by_status={"FAILED": AttemptStats(count=1)}, by_process={"ALIGN": some, "QC": some})
    assert RunTaskSummary.from_json(summary.as_json()) == summary


def test_all_tasks_in_a_summary_of_an_earlier_release_have_ended() -> None:
    stored = {"count": 3, "failed": 1, "p50_duration": None, "p95_duration": None, "peak_memory": None}
    summary = RunTaskSummary.from_json({"by_status": {}, "by_process": {"ALIGN": stored}})
    assert summary.by_process["ALIGN"] == AttemptStats(count=3, finished=3, failed=1)


def test_what_a_later_release_added_to_a_summary_is_left_out() -> None:
    stored = {"by_process": {"ALIGN": asdict(AttemptStats(count=3)) | {"p99_duration": 9}}, "by_machine": {}}
    assert RunTaskSummary.from_json(stored) == RunTaskSummary(by_process={"ALIGN": AttemptStats(count=3)})


def test_processes_are_in_the_order_of_their_first_tasks() -> None:
    at = {"MULTIQC": 30.0, "ALIGN": 20.5, "FASTQC": 20.0, "INDEX": None}
    stored = {name: asdict(AttemptStats(count=1, first_submitted=first)) for name, first in at.items()}
    summary = RunTaskSummary.from_json({"by_status": {}, "by_process": stored})
    assert list(summary.by_process) == ["INDEX", "FASTQC", "ALIGN", "MULTIQC"]
