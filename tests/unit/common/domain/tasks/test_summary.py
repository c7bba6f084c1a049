from common.domain.tasks.summary import AttemptStats, RunTaskSummary


def test_a_summary_survives_a_json_round_trip() -> None:
    some = AttemptStats(count=3, failed=1, p50_duration=10, p95_duration=20, peak_memory=30)
    summary = RunTaskSummary(by_status={"FAILED": AttemptStats(count=1)}, by_process={"ALIGN": some, "QC": some})
    assert RunTaskSummary.from_json(summary.as_json()) == summary
