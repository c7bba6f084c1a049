"""Ports of a stack with proxies in front of some parts."""

from collections.abc import Mapping
from dataclasses import dataclass

from localdev.stack.ports import Ports


@dataclass(frozen=True)
class ProxiedPorts(Ports):
    """The ports at which the parts of a stack reach each other: those of the proxies, by the name of the part."""

    proxied: Mapping[str, int]

    @property
    def storage(self) -> int:
        return self.proxied.get("storage") or super().storage

    @property
    def tasks(self) -> int:
        return self.proxied.get("tasks") or super().tasks

    def function(self, name: str) -> int:
        return self.proxied.get(name) or super().function(name)
