from localdev.nextflow_simulator.inputs import Sample
from localdev.nextflow_simulator.output.statistics import WorkflowStats
from localdev.nextflow_simulator.pipeline.plan import plan_of
from localdev.nextflow_simulator.task import TaskAttempt

PLAN = plan_of([Sample("S1", (("r1", "r2"),))], {})


def ended(number: int, status: str, *, action: str = "-") -> TaskAttempt:
    return TaskAttempt(
        number=number, planned=PLAN[0], hash=f"{number:032x}", work_root="gs://b/w", memory=12 << 30, submit=0,
        start=0, complete=60_000, exit_code=0, status=status, error_action=action,
    )  # fmt: skip


def test_tasks_are_counted_by_how_they_ended() -> None:
    stats = WorkflowStats()
    tasks = [ended(1, "COMPLETED"), ended(2, "FAILED", action="RETRY"), ended(3, "FAILED"), ended(4, "ABORTED")]

    for task in tasks:
        stats.submitted()
        stats.started(task)
    for task in tasks:
        stats.ended(task)
    stats.reused(1000, 2)

    text = str(stats)
    assert text.startswith("WorkflowStats[succeededCount=1; failedCount=2; ignoredCount=0; cachedCount=1; ")
    assert "retriesCount=1; abortedCount=1; " in text
    assert "cachedDuration=2s;loadCpus=0; loadMemory=0; peakRunning=4; peakCpus=8; peakMemory=48 GB; ]" in text


def test_a_task_that_was_never_seen_running_is_one_too_few() -> None:
    stats = WorkflowStats()

    stats.ended(ended(1, "FAILED"))

    assert "submittedCount=0; runningCount=-1; " in str(stats)


def test_an_ignored_failure_is_also_a_failure() -> None:
    stats = WorkflowStats()

    stats.ended(ended(1, "FAILED", action="IGNORE"))

    assert "failedCount=1; ignoredCount=1; " in str(stats)
