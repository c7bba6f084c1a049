"""Lists the public addresses from the route tables of the functions."""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from common.web.describing import Operation, operation_of
from functions.benchling.endpoints import BenchlingEndpoints
from functions.events.endpoints import EventEndpoints
from functions.insight.endpoints import InsightEndpoints
from functions.logs.endpoints import LogEndpoints
from functions.pipelines.endpoints import PipelineEndpoints
from functions.runs.endpoints import RunEndpoints
from functions.users.endpoints import UserEndpoints

# The public functions; the others answer Cloud Tasks, Scheduler and Eventarc only.
PUBLIC: Final[Mapping[str, type[Any]]] = {
    "runs": RunEndpoints,
    "logs": LogEndpoints,
    "events": EventEndpoints,
    "pipelines": PipelineEndpoints,
    "benchling": BenchlingEndpoints,
    "users": UserEndpoints,
    "insight": InsightEndpoints,
}
# Probes use each function's own address, which is not public.
_PROBES: Final = {"/health", "/ready"}
_PART: Final = re.compile(r"<(?:anything:)?([a-z_]+)>")


class _Placeholder:
    """Stands in for a service, and for every attribute of it."""

    def __getattr__(self, name: str) -> "_Placeholder":
        return self


class NotDescribedError(Exception):
    """An address cannot be published; the message names it and says why."""


@dataclass(frozen=True, slots=True)
class PublicAddress:
    """One method of one path (`/api/runs/{run_id}`) of one function; `parts` are the names in its braces."""

    function: str
    method: str
    path: str
    parts: tuple[str, ...]
    handler: Callable[..., Any]
    operation: Operation


def public_addresses() -> Iterator[PublicAddress]:
    """All public addresses by function, in the order of the route tables. Raises NotDescribedError."""
    for function, endpoints in PUBLIC.items():
        yield from addresses_of(function, endpoints)


def addresses_of(function: str, endpoints: type[Any]) -> Iterator[PublicAddress]:
    """The addresses of one function. Raises NotDescribedError."""
    for pattern, methods in _table_of(endpoints).items():
        for method, handler in methods.items():
            yield _address(function, method, pattern, handler)


def _table_of(endpoints: type[Any]) -> Mapping[str, Mapping[str, Callable[..., Any]]]:
    """The route table; building it uses none of the services that the handlers need."""
    services = dict.fromkeys(inspect.signature(endpoints).parameters, _Placeholder())
    table: Mapping[str, Mapping[str, Callable[..., Any]]] = endpoints(**services).routes.addresses
    return {pattern: methods for pattern, methods in table.items() if pattern not in _PROBES}


def _address(function: str, method: str, pattern: str, handler: Callable[..., Any]) -> PublicAddress:
    operation = operation_of(handler)
    if operation is None:
        raise NotDescribedError(f"{method} {pattern} of {function} has no Operation")
    path = _PART.sub(r"{\1}", pattern)
    if "<" in path:
        raise NotDescribedError(f"{pattern} of {function} has a part that OpenAPI cannot describe")
    return PublicAddress(function, method, path, tuple(_PART.findall(pattern)), handler, operation)
