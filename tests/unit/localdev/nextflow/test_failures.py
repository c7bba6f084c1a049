import pytest

from localdev.nextflow.failures import KINDS, NONE, failure_of
from localdev.nextflow.inputs import Sample
from localdev.nextflow.pipeline import PlannedTask, plan_of


def counting(sample: str) -> PlannedTask:
    plan = plan_of("nf-core/scrnaseq", [Sample(sample, (("r1", "r2"),))], {})
    return next(task for task in plan if task.process.short_name == "SIMPLEAF_QUANT")


@pytest.mark.parametrize("kind", KINDS)
def test_a_samples_name_chooses_how_it_fails(kind: str) -> None:
    assert failure_of(counting(f"fail_{kind}_1"), 1, "") is KINDS[kind]


def test_other_samples_succeed() -> None:
    assert failure_of(counting("failing"), 1, "") is NONE


def test_a_failure_may_be_cured_by_the_next_attempt() -> None:
    assert failure_of(counting("fail_oom_once"), 2, "") is NONE
    assert failure_of(counting("fail_oom"), 2, "") is KINDS["oom"]


def test_a_process_can_be_chosen() -> None:
    assert failure_of(counting("S1"), 1, "SIMPLEAF_QUANT:exit") is KINDS["exit"]
    assert failure_of(counting("S1"), 1, "MULTIQC:exit") is NONE
