import pytest

from localdev.nextflow_simulator.inputs import Sample
from localdev.nextflow_simulator.pipeline.failures import KINDS, NONE, Failure, failure_of
from localdev.nextflow_simulator.pipeline.plan import TaskPlan, plan_of


def counting(sample: str) -> TaskPlan:
    plan = plan_of("nf-core/scrnaseq", [Sample(sample, (("r1", "r2"),))], {})
    return next(task for task in plan if task.process.short_name == "SIMPLEAF_QUANT")


def befalls(sample: str, *, attempt: int = 1, chosen: str = "", gib: int = 72) -> Failure:
    return failure_of(counting(sample), attempt, chosen, memory=gib << 30)


@pytest.mark.parametrize("kind", KINDS)
def test_a_samples_name_chooses_how_it_fails(kind: str) -> None:
    assert befalls(f"fail_{kind}_1") is KINDS[kind]


def test_other_samples_succeed() -> None:
    assert befalls("failing") is NONE


def test_a_failure_may_be_cured_by_the_next_attempt() -> None:
    assert befalls("fail_oom_once", attempt=2) is NONE
    assert befalls("fail_oom", attempt=2, gib=144) is KINDS["oom"]


def test_a_task_without_memory_is_cured_by_more_than_a_retry_gives() -> None:
    assert befalls("fail_oom", gib=240) is NONE
    assert befalls("fail_exit", gib=240) is KINDS["exit"]


def test_a_process_can_be_chosen() -> None:
    assert befalls("S1", chosen="SIMPLEAF_QUANT:exit") is KINDS["exit"]
    assert befalls("S1", chosen="MULTIQC:exit") is NONE
