"""Examples of the answers that look at several runs."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from pydantic import BaseModel

from common.domain.diagnosis.causes import CauseClass
from common.domain.insight.comparison.processes import ProcessDifference, SlownessCause
from common.domain.insight.failures import FailureGroup
from common.domain.insight.sizing.advice import Verdict
from common.schemas.insight.comparison import (
    CellDifference,
    ChangedText,
    ComparedProcess,
    ComparedTask,
    LineDifference,
    ParamDifference,
    ProcessSide,
    RowDifference,
    RunComparison,
    SheetDifferences,
    TaskPair,
)
from common.schemas.insight.failures import (
    FailedRun,
    FailureInfo,
    FailureList,
    HelpfulChange,
    Overcome,
    SimilarFailures,
)
from common.schemas.insight.search import SearchHit, SearchPage
from common.schemas.insight.sizing import (
    AskedFor,
    BoughtMachine,
    EfficiencyResponse,
    MemoryBin,
    PipelineAdviceResponse,
    ProcessAdviceInfo,
    ProcessUse,
    UsedShare,
)

_RUN, _EARLIER, _RECOVERY = "run-1a2b3c4d", "run-0f0e0d0c", "run-5e6f7a8b"
_FIRST, _LAST = datetime(2026, 11, 20, 9, 30, tzinfo=UTC), datetime(2026, 11, 23, 8, 15, tzinfo=UTC)
_GIB: Final = 1 << 30
_STAR: Final = "NFCORE_SCRNASEQ:SCRNASEQ:STAR_ALIGN"
_GROUP: Final = FailureGroup(CauseClass.OUT_OF_MEMORY, "STAR_ALIGN", "")


def insight_answers() -> Sequence[BaseModel]:
    """One example of each model."""
    return [*_failures(), *_search(), *_comparison(), *_sizing()]


def _sizing() -> Sequence[BaseModel]:
    share = UsedShare(low=0.35, middle=0.42, high=0.61)
    use = ProcessUse(process=_STAR, tasks=12, cpus=8, memory=36 * _GIB, cpu=share, memory_used=share)
    asked, advised = AskedFor(cpus=8, memory=36 * _GIB), AskedFor(cpus=4, memory=16 * _GIB)
    now = BoughtMachine(machine_type="e2-highmem-8", hourly=397_600_000)
    then = BoughtMachine(machine_type="e2-standard-4", hourly=147_400_000)
    memory_bin = MemoryBin(read_bytes=20 * _GIB, memory=12 * _GIB)
    advice = ProcessAdviceInfo(
        process=_STAR,
        verdict=Verdict.ASK_LESS,
        samples=48,
        runs=12,
        kills=0,
        asked=asked,
        advised=advised,
        expected_failures=0.02,
        is_guess=False,
        by_input=[memory_bin, MemoryBin(read_bytes=None, memory=16 * _GIB)],
        machine_now=now,
        machine_then=then,
        saved_monthly=12_010_000_000,
    )
    config = "process {\n    withName: 'STAR_ALIGN' {\n        memory = { 16.GB * task.attempt }\n    }\n}\n"
    return [
        *(share, use, asked, now, memory_bin, advice),
        EfficiencyResponse(run_id=_RUN, processes=[use]),
        PipelineAdviceResponse(
            pipeline="nf-core/scrnaseq",
            family="2.7",
            runs=12,
            processes=[advice],
            config=config,
            saved_monthly=12_010_000_000,
            unknown=[],
        ),
    ]


def _failures() -> Sequence[BaseModel]:
    failure = FailureInfo(
        fingerprint=_GROUP.fingerprint,
        cause=_GROUP.cause,
        process=_GROUP.process,
        line=_GROUP.line,
        times=3,
        first_at=_FIRST,
        last_at=_LAST,
        run_ids=[_RUN, _EARLIER],
    )
    run = FailedRun(run_id=_RUN, name="Donor 7", user_email="ana@lab.example", at=_LAST)
    change = HelpfulChange(kind="request", name="memory", before=36 * _GIB, after=72 * _GIB)
    overcome = Overcome(run_id=_RECOVERY, parent_run_id=_EARLIER, changes=[change])
    facts = failure.model_dump(exclude={"run_ids"})
    return [
        failure,
        FailureList(failures=[failure], total=1, page=1, page_size=25),
        run,
        change,
        overcome,
        SimilarFailures(**facts, runs=[run], overcome=overcome),
    ]


def _search() -> Sequence[BaseModel]:
    hit = SearchHit(
        run_id=_RUN,
        name="Donor 7",
        pipeline="nf-core/scrnaseq",
        status="failed",
        cause="out_of_memory",
        source="log",
        entry=1_204,
        task_id=None,
        at=_LAST,
        level="ERROR",
        snippet="Process `STAR_ALIGN (donor_7)` terminated with an error exit status (137)",
    )
    return [hit, SearchPage(words=["star_align"], hits=[hit], page_size=25, next_cursor=None)]


def _comparison() -> Sequence[BaseModel]:
    param = ParamDifference(name="aligner", before="alevin", after="star", default_changed=False)
    line = LineDifference(number=3, text="    memory = 72.GB", is_added=True)
    cell = CellDifference(column="expected_cells", before="5000", after="10000")
    row = RowDifference(sample="donor_7", before=2, after=2, cells=[cell])
    sheet = SheetDifferences(added=0, removed=0, changed=1, rows=[row])
    before, after = (_side(minutes) for minutes in (20, 50))
    process = ComparedProcess(
        process=_STAR,
        differences=[ProcessDifference.SLOWER],
        before=before,
        after=after,
        usual_ms=1_260_000.0,
        causes=[SlownessCause.QUEUE],
    )
    first, second = (_task(state) for state in ("COMPLETED", "FAILED"))
    pair = TaskPair(
        process=process.process, tag="donor_7", ordinal=1, fields=["state", "exit_code"], before=first, after=second
    )
    version = ChangedText(before="2.7.0", after="2.7.1")
    return [
        *(param, line, cell, row, sheet, before, process, first, pair, version),
        RunComparison(
            run_id=_RUN,
            with_run_id=_EARLIER,
            pipeline=None,
            pipeline_version=version,
            params=[param],
            config=[line],
            sheet=sheet,
            nano_dollars=2_310_000_000,
            with_nano_dollars=1_120_000_000,
            processes=[process],
            slower_together=False,
            different_tasks=1,
            tasks=[pair],
            unknown=[],
        ),
    ]


def _side(minutes: int) -> ProcessSide:
    return ProcessSide(
        tasks=4,
        failed=0,
        cached=0,
        retried=0,
        duration_ms=minutes * 60_000.0,
        queue_ms=(minutes - 18) * 60_000.0,
        realtime_ms=18 * 60_000.0,
        memory=36 * _GIB,
        memory_peak=31.5 * _GIB,
        cpus=8,
        read_bytes=12.0 * _GIB,
        containers=["quay.io/biocontainers/star:2.7.11b"],
        nano_dollars=minutes * 6_627_000,
    )


def _task(state: str) -> ComparedTask:
    return ComparedTask(
        task_id="ab-cdef01",
        name=f"{_STAR} (donor_7)",
        state=state,
        exit_code=0 if state == "COMPLETED" else 137,
        attempts=1,
        cpus=8,
        memory=36 * _GIB,
        disk=100 * _GIB,
        time_ms=14_400_000,
        container="quay.io/biocontainers/star:2.7.11b",
        queue_ms=120_000,
        realtime_ms=1_080_000,
        machine_type="e2-highmem-8",
    )
