import pytest

from common.domain.diagnosis.advice import advice_for
from common.domain.diagnosis.causes import CauseClass
from common.domain.diagnosis.diagnosis import diagnose
from common.domain.tasks.task import TaskStatus
from tests.support.runs import make_task
from tests.unit.common.domain.diagnosis.test_diagnosis import failed, in_log, report
from tests.unit.common.domain.nextflow.texts import summary_in

GB = 1024**3
TASK = "NFCORE_SCRNASEQ:SCRNASEQ:STAR_ALIGN (sample 1)"
OUT_OF_MEMORY = report(failed(137), exit_status=137, error="line 3: 7 Killed STAR", name=TASK)


def advice(
    cause: CauseClass, *, task: str | None = TASK, memory: int | None = None, lines: tuple[str, ...] = ()
) -> str | None:
    return advice_for(cause, task=task, memory=memory, lines=lines)


@pytest.mark.parametrize("cause", set(CauseClass) - {CauseClass.UNKNOWN})
@pytest.mark.parametrize("task", [TASK, None])
def test_there_is_advice_for_every_cause(cause: CauseClass, task: str | None) -> None:
    assert advice(cause, task=task)


def test_nothing_is_advised_for_an_unknown_cause() -> None:
    assert advice(CauseClass.UNKNOWN) is None


def test_memory_is_doubled() -> None:
    assert advice(CauseClass.OUT_OF_MEMORY, memory=36 * GB) == (
        "STAR_ALIGN had 36 GB of memory: give it 72 GB. "
        "Recover with `process { withName: STAR_ALIGN { memory = { 72.GB * task.attempt } } }` in the config."
    )


@pytest.mark.parametrize(
    ("given", "setting"), [("4h", "8.h"), ("1d 12h", "72.h"), ("20m", "40.m"), ("10s", "1.m"), ("long", "24.h")]
)
def test_the_time_in_the_evidence_is_doubled(given: str, setting: str) -> None:
    found = advice(CauseClass.TIME_LIMIT, lines=(f"Process exceeded running time limit ({given})",))
    assert found is not None
    assert f"time = {{ {setting} * task.attempt }}" in found


def test_a_full_disk_of_a_task_gets_twice_the_default() -> None:
    assert "disk = { 200.GB * task.attempt }" in (advice(CauseClass.DISK_FULL) or "")


@pytest.mark.parametrize("cause", [CauseClass.OUT_OF_MEMORY, CauseClass.DISK_FULL, CauseClass.TIME_LIMIT])
def test_only_the_operator_can_change_the_head_job(cause: CauseClass) -> None:
    assert "operator" in (advice(cause, task=None) or "")


def test_a_diagnosis_advises_by_the_request_of_the_task_that_failed() -> None:
    task = make_task(name=TASK, status=TaskStatus.FAILED, exit_code=137, memory=36 * GB)
    summary = summary_in(OUT_OF_MEMORY)
    assert "had 36 GB of memory: give it 72 GB" in (diagnose(summary, failed_task=task).advice or "")
    second = task._replace(attempt=2, memory=72 * GB)
    assert "had 72 GB of memory in attempt 2: give it 144 GB" in (diagnose(summary, failed_task=second).advice or "")
    assert "72 GB" not in (diagnose(summary, failed_task=task._replace(name="OTHER")).advice or "")
    assert diagnose(summary).as_json()["advice"] == in_log(OUT_OF_MEMORY).advice
