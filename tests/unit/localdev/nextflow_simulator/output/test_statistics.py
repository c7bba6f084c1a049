import json

from localdev.nextflow_simulator.inputs import Sample
from localdev.nextflow_simulator.output.statistics import WorkflowStats, report_summary
from localdev.nextflow_simulator.pipeline.plan import plan_of
from localdev.nextflow_simulator.task import TaskAttempt

PLAN = plan_of("nf-core/scrnaseq", [Sample("S1", (("r1", "r2"),))], {})


def ended(number: int, status: str, *, action: str = "-") -> TaskAttempt:
    return TaskAttempt(
        number=number, planned=PLAN[0], hash=f"{number:032x}", work_root="gs://b/w", memory=12 << 30, submit=0,
        start=0, complete=60_000, exit_code=0, status=status, error_action=action,
    )  # fmt: skip


def test_tasks_are_counted_by_how_they_ended() -> None:
    stats = WorkflowStats()
    tasks = [ended(1, "COMPLETED"), ended(2, "FAILED", action="RETRY"), ended(3, "FAILED"), ended(4, "ABORTED")]

    for task in tasks:
        stats.submitted(task)
    for task in tasks:
        stats.ended(task)
    stats.reused(1000, 2)

    text = str(stats)
    assert text.startswith("WorkflowStats[succeededCount=1; failedCount=2; ignoredCount=0; cachedCount=1; ")
    assert "retriesCount=1; abortedCount=1; " in text
    assert "cachedDuration=2s;loadCpus=0; loadMemory=0; peakRunning=4; peakCpus=8; peakMemory=48 GB; ]" in text


def test_the_summary_covers_completed_tasks() -> None:
    summary = json.loads(report_summary([ended(1, "COMPLETED"), ended(2, "COMPLETED"), ended(3, "FAILED")]))

    assert [one["process"] for one in summary] == ["GTF_GENE_FILTER"]
    assert summary[0]["time"]["min"] <= summary[0]["time"]["max"]
