"""cost.worst_count: the operations of a run in the cost model, compared with a real run on the local stack.

Proxies count all requests. The figure is the largest deviation of any count, over or under; a busy machine delays
copies and syncs, of which a run of seconds has few.

cost.per_run: what the run of docs/cost.md adds at list prices, without viewers, head job, tasks and results. Its counts
are the model's, each made larger by as much as the real run had more than predicted.
"""

import json
import random
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.harness.figures import Figure, worst
from bench.harness.proxied_ports import ProxiedPorts
from chaos.fault_proxy import NO_FAULTS, FaultProxy
from localdev.demo.client import connected, submitted
from localdev.stack.environment import ROOT, SYNC_INTERVAL_S, url
from localdev.stack.ports import free_ports
from localdev.stack.stack import Stack
from localdev.stack.welcome import EXAMPLE
from sluice.client import Sluice
from tools.cost_model.bill import dollars_of_run
from tools.cost_model.usage import Counts, Workload, counts_of_run

COUNT_GOAL, DOLLARS_GOAL = 2.0, 0.015
COUNTED = ("storage", "tasks", "queue_worker", "bucket_watcher")


@dataclass(frozen=True)
class CountedRun:
    """A finished run and the number of requests to each counted service."""

    run: Mapping[str, Any]
    requests: Mapping[str, int]

    def model(self) -> Counts:
        """The counts that the cost model predicts for this run."""
        took = datetime.fromisoformat(self.run["completed_at"]) - datetime.fromisoformat(self.run["started_at"])
        return counts_of_run(
            Workload(
                hours_per_run=took.total_seconds() / 3600,
                tasks_per_run=self.run["metrics"]["total"],
                sync_interval_s=SYNC_INTERVAL_S,
                troubles_per_run=0,
            )
        )


def measure() -> list[Figure]:
    """The worst ratio of a counted and a predicted number, and the cost of the usual run with such counts."""
    ratios = _ratios_of(_counted_run())
    deviations = {name: max(ratio, 1 / ratio) for name, ratio in ratios.items()}
    return [
        worst("cost.worst_count", deviations, goal=COUNT_GOAL, against="the model's counts of one run"),
        _cost_per_run(ratios),
    ]


def _ratios_of(ended: CountedRun) -> dict[str, float]:
    """Counted ÷ predicted, for each kind of operation."""
    model, requests = ended.model(), ended.requests
    return {
        "work items": requests["queue_worker"] / model.work_items,
        "notices": requests["bucket_watcher"] / model.notices,
        # each delivery is an operation too
        "queue operations": (requests["tasks"] + requests["queue_worker"]) / model.queue_operations,
        # without the head job's writes, which the proxies do not see
        "storage requests": requests["storage"] / (model.storage_reads + model.storage_writes - model.notices),
    }


def _cost_per_run(ratios: Mapping[str, float]) -> Figure:
    usual = Workload()
    model, more = counts_of_run(usual), {name: max(1.0, ratio) for name, ratio in ratios.items()}
    counts = replace(
        model,
        work_items=model.work_items * more["work items"],
        notices=model.notices * more["notices"],
        queue_operations=model.queue_operations * more["queue operations"],
        storage_reads=model.storage_reads * more["storage requests"],
        storage_writes=model.storage_writes * more["notices"],  # nearly all are copies
    )
    against = (
        f"{usual.tasks_per_run} tasks, {usual.hours_per_run:g} h, {counts.notices:,.0f} notices, "
        f"{counts.work_items:,.0f} work items; {dollars_of_run(usual, model):.4f} $ by the model alone"
    )
    return Figure(
        name="cost.per_run", value=dollars_of_run(usual, counts), goal=DOLLARS_GOAL, unit="$", against=against
    )


def _counted_run() -> CountedRun:
    ports = free_ports()
    proxies = {name: FaultProxy(ports.all()[name], NO_FAULTS, random.Random(0)) for name in COUNTED}  # noqa: S311 no secret
    with ExitStack() as started:
        folder = Path(started.enter_context(tempfile.TemporaryDirectory(prefix="sluice-bench-")))
        for proxy in proxies.values():
            proxy.start()
            started.callback(proxy.stop)
        advertised = ProxiedPorts(ports.gateway, {name: proxy.port for name, proxy in proxies.items()})
        started.enter_context(Stack(ports, folder, advertised=advertised))
        before = {name: proxy.request_count for name, proxy in proxies.items()}
        run = _run_to_its_end(started.enter_context(connected(url(ports.gateway), folder / "client")))
        return CountedRun(run, {name: proxy.request_count - before[name] for name, proxy in proxies.items()})


def _run_to_its_end(sluice: Sluice) -> Mapping[str, Any]:
    """Submit a run, wait until it has completed and return it. Raises TimedOut, and RunFailed."""
    return submitted(sluice, json.loads((ROOT / EXAMPLE).read_bytes())).wait(timeout=90).raw
