import pytest

from localdev.nextflow_simulator.inputs import Sample
from localdev.nextflow_simulator.pipeline.failures import KINDS, NONE, Failure, failure_of
from localdev.nextflow_simulator.pipeline.plan import TaskPlan, plan_of


def counting(sample: str) -> TaskPlan:
    plan = plan_of([Sample(sample, (("r1", "r2"),))], {})
    return next(task for task in plan if task.process.short_name == "SIMPLEAF_QUANT")


def failure_for(sample: str, *, attempt: int = 1, chosen: str = "", gib: int = 72) -> Failure:
    return failure_of(counting(sample), attempt, chosen, memory=gib << 30)


@pytest.mark.parametrize("kind", KINDS)
def test_the_name_of_a_sample_chooses_the_failure(kind: str) -> None:
    assert failure_for(f"fail_{kind}_1") is KINDS[kind]


def test_other_samples_succeed() -> None:
    assert failure_for("failing") is NONE


def test_some_failures_do_not_happen_on_the_next_attempt() -> None:
    assert failure_for("fail_oom_once", attempt=2) is NONE
    assert failure_for("fail_oom", attempt=2, gib=144) is KINDS["oom"]


def test_a_task_out_of_memory_succeeds_with_more_than_a_retry_gives() -> None:
    assert failure_for("fail_oom", gib=240) is NONE
    assert failure_for("fail_exit", gib=240) is KINDS["exit"]


def test_sim_fail_chooses_a_process() -> None:
    assert failure_for("S1", chosen="SIMPLEAF_QUANT:exit") is KINDS["exit"]
    assert failure_for("S1", chosen="MULTIQC:exit") is NONE


def test_a_task_that_fills_its_disk_succeeds_with_more() -> None:
    full = failure_of(counting("fail_disk_full"), 1, "", memory=72 << 30, disk=100 << 30)
    assert (full.exit_code, "No space left on device" in full.stderr) == (1, True)
    assert failure_of(counting("fail_disk_full"), 1, "", memory=72 << 30, disk=200 << 30) is NONE
