"""The addresses that the parts of a stack are told, with a fault proxy in front of some."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

from chaos.fault_proxy import FaultProxy, NetworkFault, Odds
from localdev.stack.ports import Ports

# A delivery that hangs is a delivery whose answer is lost: only Batch hangs.
_DELIVERY = Odds(
    {NetworkFault.REFUSED: 0.05, NetworkFault.ANSWER_LOST: 0.08, NetworkFault.LATE: 0.15, NetworkFault.TWICE: 0.15}
)
_BATCH = Odds(
    {NetworkFault.REFUSED: 0.08, NetworkFault.HUNG: 0.03, NetworkFault.ANSWER_LOST: 0.08, NetworkFault.LATE: 0.05}
)
_TASKS = Odds({NetworkFault.REFUSED: 0.03, NetworkFault.ANSWER_LOST: 0.05, NetworkFault.LATE: 0.05})
ODDS: Mapping[str, Odds] = MappingProxyType(
    {"batch": _BATCH, "tasks": _TASKS, "queue_worker": _DELIVERY, "bucket_watcher": _DELIVERY}
)


@dataclass(frozen=True)
class DetouredPorts(Ports):
    """Ports of a stack, some of them those of proxies, by the name of what listens behind."""

    proxied: Mapping[str, int]

    @property
    def batch(self) -> int:
        return self.proxied["batch"]

    @property
    def tasks(self) -> int:
        return self.proxied["tasks"]

    def function(self, name: str) -> int:
        return self.proxied.get(name) or super().function(name)


class Detours:
    """Proxies in front of what ODDS names in the stack at `ports`; entering the context starts them."""

    def __init__(self, ports: Ports, chance: random.Random) -> None:
        behind = ports.all()
        self._proxies = {
            name: FaultProxy(behind[name], odds, random.Random(chance.getrandbits(64))) for name, odds in ODDS.items()
        }
        self.ports = DetouredPorts(ports.gateway, {name: proxy.port for name, proxy in self._proxies.items()})

    def __enter__(self) -> Self:
        for proxy in self._proxies.values():
            proxy.start()
        return self

    def __exit__(self, *_error: object) -> None:
        for proxy in self._proxies.values():
            proxy.stop()

    def calm(self) -> None:
        """From now on nothing befalls a request."""
        for proxy in self._proxies.values():
            proxy.calm()

    def tally(self) -> str:
        """How many requests there were and what befell them, for a reader."""
        return "; ".join(
            f"{name} {proxy.passed} requests, "
            + ", ".join(f"{count} {fault.replace('_', ' ')}" for fault, count in proxy.counts.items() if count)
            for name, proxy in self._proxies.items()
        )
