"""Public addresses come from the route tables; an incomplete description is refused."""

from typing import Any

import pytest
from flask import Request, Response

from common.web.answers import answer_json
from common.web.describing import Operation
from common.web.routing import Routes
from localdev.stack.layout import FUNCTIONS
from tools.openapi.addresses import PUBLIC, NotDescribedError, addresses_of, public_addresses

PRIVATE = {"queue_worker", "bucket_watcher"}
PAGE = {"console"}  # its addresses are for people, not part of the API


class Endpoints:
    def __init__(self, things: dict[str, str], *, table: dict[str, Any]) -> None:
        self._things = things
        self.routes = Routes({("GET", pattern): getattr(self, name) for pattern, name in TABLES[type(self)].items()})

    @Operation("get_thing", {200: dict})
    def get(self, _request: Request, thing_id: str) -> Response:
        """One thing."""
        return answer_json({"thing": self._things[thing_id]})

    def undescribed(self, _request: Request) -> Response:
        """One thing."""
        return answer_json({})


class WithoutOperation(Endpoints):
    """Has an address without an Operation."""


class WithSlashes(Endpoints):
    """Has an address with a part that may contain slashes."""


TABLES: dict[type[Endpoints], dict[str, str]] = {
    Endpoints: {"/api/things/<thing_id>": "get"},
    WithoutOperation: {"/api/things": "undescribed"},
    WithSlashes: {"/api/things/<path:thing_id>": "get"},
}


def test_every_function_is_public_or_private() -> None:
    assert set(PUBLIC) | PRIVATE | PAGE == set(FUNCTIONS)


def test_no_address_is_answered_by_two_functions() -> None:
    found = [(address.method, address.path) for address in public_addresses()]
    assert len(found) == len(set(found))


def test_an_address_lists_its_parts_and_probes_are_omitted() -> None:
    (address,) = addresses_of("things", Endpoints)
    assert (address.method, address.path, address.parts) == ("GET", "/api/things/{thing_id}", ("thing_id",))
    assert address.operation.name == "get_thing"


@pytest.mark.parametrize("endpoints", [WithoutOperation, WithSlashes])
def test_an_address_that_cannot_be_described_is_named(endpoints: type[Endpoints]) -> None:
    with pytest.raises(NotDescribedError, match="/api/things"):
        list(addresses_of("things", endpoints))
