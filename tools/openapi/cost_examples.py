"""Examples of the answers about what runs cost."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from pydantic import BaseModel

from common.domain.insight.cost.basis import Basis
from common.domain.insight.cost.prices import ListPrice, PriceList
from common.domain.insight.cost.run_cost import cost_of_run
from common.domain.insight.cost.usage import Amount, BilledMachine, Role, Usage
from common.schemas.costs import (
    AttemptCostInfo,
    CostInfo,
    CostListResponse,
    GroupCost,
    RunCostResponse,
    TaskCostInfo,
    TaskCostList,
)

_REGION, _SINCE = "europe-west1", date(2026, 11, 1)


def cost_answers() -> Sequence[BaseModel]:
    """One example of each model."""
    group = GroupCost(
        key="2026-11",
        runs=12,
        nano_dollars=48_211_000_000,
        saved_nano_dollars=1_200_000_000,
        incomplete_runs=1,
        runs_without_cost=0,
    )
    return [_run_cost(), _task_costs(), CostListResponse(costs=[group], total=1, page=1, page_size=25)]


def _task_costs() -> TaskCostList:
    began, took = datetime(2026, 11, 23, 9, 10, tzinfo=UTC), timedelta(minutes=36)
    cost = CostInfo(
        nano_dollars=150_240_417, machines=146_393_841, gpus=0, disks=3_846_576, basis=Basis.MACHINE, complete=True,
        attempts=1, machine_seconds=took.total_seconds(), spot_losses=0,
    )  # fmt: skip
    attempt = AttemptCostInfo(
        machine_type="e2-standard-8", zone=f"{_REGION}-b", spot=False, is_guess=False, began=began,
        released=began + took, ended="done", nanos=cost.nano_dollars,
    )  # fmt: skip
    star = "NFCORE_SCRNASEQ:SCRNASEQ:STARSOLO:STAR_ALIGN"
    task = TaskCostInfo(task_id="4f-09c1a2", name=f"{star} (donor_1)", process=star, cost=cost, attempts=[attempt])
    return TaskCostList(tasks=[task], total=1, page=1, page_size=25)


def _run_cost() -> RunCostResponse:
    prices = {"core/e2": 23_993_370, "memory/e2": 3_216_090, "disk/pd-balanced": 100_000_000}
    disks = (Amount("pd-balanced", 130),)
    machine = BilledMachine(machine_type="e2-standard-8", region=_REGION, disks=disks)
    head = BilledMachine(machine_type="e2-standard-2", region=_REGION, disks=(Amount("pd-balanced", 80),))
    star = "NFCORE_SCRNASEQ:SCRNASEQ:STARSOLO:STAR_ALIGN"
    usages = [
        Usage(role=Role.HEAD, machine=head, microseconds=5_400_000_000),
        Usage(process=star, machine=machine, attempts=2, microseconds=4_320_000_000),
        Usage(role=Role.SAVED, process="NFCORE_SCRNASEQ:SCRNASEQ:FASTQC", machine=machine, microseconds=900_000_000),
    ]
    known = PriceList.of(ListPrice(sku, _REGION, False, nanos, _SINCE) for sku, nanos in prices.items())
    cost = cost_of_run(usages, known, on=date(2026, 11, 23), region=_REGION)
    at = datetime(2026, 11, 23, 9, 45, tzinfo=UTC)
    return RunCostResponse.of("run-1a2b3c4d", cost, unread_jobs=0, summed_at=at)
