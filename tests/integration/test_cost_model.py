"""The cost model against a run on the local stack: every request that it leads to is counted on its way."""

import random
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from chaos.fault_proxy import NONE, FaultProxy
from localdev.demo_client import Api
from localdev.environment import ROOT, url
from localdev.free_ports import free_ports
from localdev.layout import Ports
from localdev.stack import Stack
from localdev.welcome import EXAMPLE
from tools.cost_model.usage import Counts, Workload, counts_of_run

FACTOR = 2  # a busy machine delays copies and syncs, and a run of seconds has few of them
COUNTED = ("storage", "tasks", "queue_worker", "bucket_watcher")
# what the local stack tells its functions
SYNC_INTERVAL_S, COPY_INTERVAL_S = 1, 2


@dataclass(frozen=True)
class CountedPorts(Ports):
    """Ports of a stack where those of proxies stand for what is counted."""

    proxied: Mapping[str, int]

    @property
    def storage(self) -> int:
        return self.proxied["storage"]

    @property
    def tasks(self) -> int:
        return self.proxied["tasks"]

    def function(self, name: str) -> int:
        return self.proxied.get(name) or super().function(name)


@dataclass(frozen=True)
class Ended:
    """A run that is over, and how many requests came to each that was counted."""

    run: dict[str, Any]
    requests: Mapping[str, int]

    def model(self) -> Counts:
        took = datetime.fromisoformat(self.run["completed_at"]) - datetime.fromisoformat(self.run["started_at"])
        return counts_of_run(
            Workload(
                hours_per_run=took.total_seconds() / 3600,
                tasks_per_run=self.run["metrics"]["total"],
                sync_interval_s=SYNC_INTERVAL_S,
                copy_interval_s=COPY_INTERVAL_S,
            )
        )


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    ports = free_ports()
    proxies = {name: FaultProxy(ports.all()[name], NONE, random.Random(0)) for name in COUNTED}
    with ExitStack() as started:
        for proxy in proxies.values():
            proxy.start()
            started.callback(proxy.stop)
        told = CountedPorts(ports.gateway, {name: proxy.port for name, proxy in proxies.items()})
        started.enter_context(Stack(ports, tmp_path_factory.mktemp("counted"), told=told))
        before = {name: proxy.passed for name, proxy in proxies.items()}
        run = run_to_its_end(started.enter_context(closing(Api(url(ports.gateway)))))
        return Ended(run, {name: proxy.passed - before[name] for name, proxy in proxies.items()})


def run_to_its_end(api: Api) -> dict[str, Any]:
    """A run that somebody looked at until it was over."""
    run_id = api.submit((ROOT / EXAMPLE).read_bytes())["run_id"]
    assert [*api.follow(run_id, patience_s=90)][-1].kind == "done"
    return api.run(run_id)


def is_near(counted: float, modelled: float) -> bool:
    return counted / FACTOR <= modelled <= counted * FACTOR


def test_the_model_knows_how_often_functions_are_called(ended: Ended) -> None:
    model = ended.model()
    assert is_near(ended.requests["queue_worker"], model.work_items)
    assert is_near(ended.requests["bucket_watcher"], model.notices)


def test_the_model_knows_how_much_the_queue_does(ended: Ended) -> None:
    operations = ended.requests["tasks"] + ended.requests["queue_worker"]  # each delivery is an operation, too
    assert is_near(operations, ended.model().queue_operations)


def test_the_model_knows_how_often_functions_ask_the_storage(ended: Ended) -> None:
    model = ended.model()
    asked = model.storage_reads + model.storage_writes - model.notices  # which the head job writes, past the functions
    assert is_near(ended.requests["storage"], asked)
