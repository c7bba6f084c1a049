"""Puts fault proxies in front of some parts of a stack."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

from chaos.fault_proxy import FaultProbabilities, FaultProxy, NetworkFault
from localdev.stack.ports import Ports

# Only Batch requests hang: for a delivery, hanging is the same as a lost answer.
_DELIVERY = FaultProbabilities(
    {NetworkFault.REFUSED: 0.05, NetworkFault.ANSWER_LOST: 0.08, NetworkFault.LATE: 0.15, NetworkFault.TWICE: 0.15}
)
_BATCH = FaultProbabilities(
    {NetworkFault.REFUSED: 0.08, NetworkFault.HUNG: 0.03, NetworkFault.ANSWER_LOST: 0.08, NetworkFault.LATE: 0.05}
)
_TASKS = FaultProbabilities({NetworkFault.REFUSED: 0.03, NetworkFault.ANSWER_LOST: 0.05, NetworkFault.LATE: 0.05})
PROBABILITIES: Mapping[str, FaultProbabilities] = MappingProxyType(
    {"batch": _BATCH, "tasks": _TASKS, "queue_worker": _DELIVERY, "bucket_watcher": _DELIVERY}
)


@dataclass(frozen=True)
class ProxiedPorts(Ports):
    """The ports of a stack; for the parts in `proxied`, the port of the proxy in front of the part."""

    proxied: Mapping[str, int]

    @property
    def batch(self) -> int:
        return self.proxied["batch"]

    @property
    def tasks(self) -> int:
        return self.proxied["tasks"]

    def function(self, name: str) -> int:
        return self.proxied.get(name) or super().function(name)


class StackProxies:
    """Fault proxies for the parts in PROBABILITIES; entering the context starts them.

    `ports` of the object are the ports at which the parts of the stack should reach each other.
    """

    def __init__(self, ports: Ports, rng: random.Random) -> None:
        targets = ports.all()
        self._proxies = {
            name: FaultProxy(targets[name], probabilities, random.Random(rng.getrandbits(64)))
            for name, probabilities in PROBABILITIES.items()
        }
        self.ports = ProxiedPorts(ports.gateway, {name: proxy.port for name, proxy in self._proxies.items()})

    def __enter__(self) -> Self:
        for proxy in self._proxies.values():
            proxy.start()
        return self

    def __exit__(self, *_error: object) -> None:
        for proxy in self._proxies.values():
            proxy.stop()

    def stop_faults(self) -> None:
        """Forward all further requests without faults."""
        for proxy in self._proxies.values():
            proxy.stop_faults()

    def go_away(self, name: str) -> None:
        """Refuse all requests to a part, as if it were away."""
        self._proxies[name].go_away()

    def come_back(self, name: str) -> None:
        self._proxies[name].come_back()

    @property
    def refused_work_items(self) -> int:
        """Work items that could not be queued because the queue was away; what they were for had been stored."""
        return self._proxies["tasks"].refused_writes

    @property
    def lost_answers(self) -> int:
        return sum(proxy.counts[NetworkFault.ANSWER_LOST] for proxy in self._proxies.values())

    def tally(self) -> str:
        """A sentence with the number of requests and of each fault, per part."""
        return "; ".join(
            f"{name} {proxy.request_count} requests, "
            + ", ".join(f"{count} {fault.replace('_', ' ')}" for fault, count in proxy.counts.items() if count)
            for name, proxy in self._proxies.items()
        )
