"""The bill of a month, one line per billed item."""

from dataclasses import dataclass, replace
from typing import Final

from common.domain.batch.launch_config import DEFAULT_DISK_GB
from common.domain.batch.launch_plan import HEAD_DISK_MIB
from tools.cost_model import prices
from tools.cost_model.prices import Price
from tools.cost_model.usage import DAYS, Counts, Workload, busy_seconds, counts_of_month, gib_seconds, telemetry_gib
from tools.text_table import text_table

_HOURS = 24 * DAYS
_SQL_CPUS, _SQL_GIB = 1, 3.75  # the smallest dedicated machine
_SYSTEM_DISK_GIB: Final = 30  # the size of Batch's own image, to which Batch adds what a job asks for
_IMAGES_GIB: Final = 3  # five images of head jobs of about 0.4 GiB, not measured, and those of the functions
_SECRETS: Final = 2  # the address of the warehouse, the token for GitHub


@dataclass(frozen=True, slots=True)
class BillLine:
    """A monthly amount of one billed item, with its price."""

    item: str
    amount: float
    price: Price

    @property
    def dollars(self) -> float:
        return self.price.of(self.amount)


def bill_of(work: Workload) -> list[BillLine]:
    """The costs of Sluice itself and of the disks of tasks, whose size it sets, without the machines of tasks."""
    counts, runs = counts_of_month(work), work.runs_per_day * DAYS
    head_hours, task_hours = runs * work.hours_per_run, runs * work.tasks_per_run * work.minutes_per_task / 60
    kept = _gib_of_logs(work) + work.results_gib_per_run
    return [
        BillLine("Cloud SQL, vCPU hours", _SQL_CPUS * _HOURS, prices.SQL_CPU_HOUR),
        BillLine("Cloud SQL, GiB hours", _SQL_GIB * _HOURS, prices.SQL_GIB_HOUR),
        BillLine("load balancer, hours", _HOURS, prices.BALANCER_HOUR),
        *_use_of(work, counts),
        BillLine("Cloud Storage, GiB added and kept", runs * kept, prices.GIB_MONTH),
        BillLine("Artifact Registry, GiB", _IMAGES_GIB, prices.IMAGE_GIB),
        BillLine("Secret Manager, versions", _SECRETS, prices.SECRET_VERSION),
        BillLine("head jobs, hours", head_hours, prices.HEAD_JOB_HOUR),
        BillLine("head jobs, GiB hours of disk", head_hours * _disk_gib(HEAD_DISK_MIB / 1024), prices.DISK_GIB_HOUR),
        BillLine("tasks, GiB hours of disk", task_hours * _disk_gib(DEFAULT_DISK_GB), prices.DISK_GIB_HOUR),
    ]


def dollars_of_run(work: Workload, counts: Counts) -> float:
    """What one run adds at list prices, nothing being free: `counts` and its logs, kept for a month.

    Without viewers, head job, tasks and results.
    """
    lines = _use_of(replace(work, viewers=0), counts)
    lines.append(BillLine("Cloud Storage, GiB of logs", _gib_of_logs(work), prices.GIB_MONTH))
    return sum(line.amount * line.price.dollars for line in lines)


def _use_of(work: Workload, counts: Counts) -> list[BillLine]:
    return [
        BillLine("functions, invocations", counts.invocations, prices.INVOCATION),
        BillLine("functions, vCPU seconds", busy_seconds(work, counts), prices.CPU_SECOND),
        BillLine("functions, GiB seconds", gib_seconds(work, counts), prices.GIB_SECOND),
        BillLine("API Gateway, calls", counts.api_calls, prices.GATEWAY_CALL),
        BillLine("Cloud Tasks, operations", counts.queue_operations, prices.QUEUE_OPERATION),
        BillLine("Cloud Storage, writes and listings", counts.storage_writes, prices.STORAGE_WRITE),
        BillLine("Cloud Storage, reads", counts.storage_reads, prices.STORAGE_READ),
        BillLine("Cloud Logging, GiB", telemetry_gib(counts), prices.TELEMETRY_GIB),
    ]


def table_of(lines: list[BillLine]) -> str:
    """The bill as a Markdown table that is readable in a terminal too."""
    rows = [[line.item, f"{line.amount:,.0f}", f"{line.dollars:,.2f}", line.price.source] for line in lines]
    total = ["**total**", "", f"**{sum(line.dollars for line in lines):,.2f}**", ""]
    headers = ["a month", "amount", "dollars", "price from"]
    return text_table(headers, [*rows, total], right=["amount", "dollars"], markdown=True) + "\n"


def _disk_gib(asked_for: float) -> float:
    return _SYSTEM_DISK_GIB + asked_for


def _gib_of_logs(work: Workload) -> float:
    return work.log_mib_per_run / 1024 * 1.2  # the archive has a fifth of the log's size
