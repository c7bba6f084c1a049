"""Every identity at every address of the code, with its level of access; a new address is in the table at once."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest
import requests

from localdev.stack.environment import url
from localdev.stack.gateway.iap import IapSigner
from localdev.stack.gateway.routing import function_for
from localdev.stack.layout import HOST
from localdev.stack.stack import Stack
from tests.support.identities import OWNER, READER, Level, headers_of, pretended
from tests.support.run_requests import run_of_one_sample
from tools.openapi.addresses import public_addresses

MISSING = "run-00000000"
PAGES = ("/", "/runs/run-00000000", "/assets/index-1a2b3c4d.js")  # addresses of the console, for every member
_PARTS = {"owner": "nf-core", "name": "scrnaseq", "ngs_run": "NB0231", "asset": "start.js", "task_id": "00-000000"}


class Row(NamedTuple):
    """One request and the statuses that are right for it."""

    who: str
    method: str
    path: str
    headers: Mapping[str, str]
    right: frozenset[int]


OPEN = frozenset({200, 201, 202, 302, 304, 404, 409, 422, 429, 503})


def right_for(level: Level, path: str, method: str = "GET") -> frozenset[int]:
    """The statuses that a level may get at an address that needs an identity; a PATCH here changes nothing."""
    match level:
        case Level.NOBODY:
            return frozenset({401})
        case Level.FOREIGN:
            return frozenset({403})
        case Level.OTHER if "{run_id}" in path:
            return frozenset({403})
        case Level.READER if "{run_id}" in path and method in {"POST", "DELETE"}:
            return frozenset({403})
    return OPEN


@pytest.fixture(scope="module")
def run_id(stack: Stack) -> str:
    """A run of the owner, who shares it with the reader."""
    runs, headers = f"{url(stack.ports.gateway)}/api/runs", {"X-Dev-User": OWNER}
    run_id = str(requests.post(runs, json=run_of_one_sample(), headers=headers, timeout=30).json()["run_id"])
    shared = requests.patch(f"{runs}/{run_id}", json={"shared_with": [READER]}, headers=headers, timeout=30)
    assert shared.status_code == 200, shared.text
    return run_id


def rows_for(stack: Stack, run_id: str) -> Iterator[Row]:
    signer, forged = IapSigner(stack.folders.keys), list(pretended(stack.folders.keys))
    for path in PAGES:
        yield from (Row(name, "GET", path, headers, right_for(Level.NOBODY, path)) for name, headers in forged)
        yield from (Row(level, "GET", path, headers_of(level, signer), right_for(level, path)) for level in Level)
    for each in public_addresses():
        method, path = each.method.upper(), each.path
        if each.operation.public:
            continue
        for run in (run_id, MISSING) if "{run_id}" in path else (run_id,):
            sent = path.format(run_id=run, with_run_id=run, **_PARTS)
            for name, headers in forged:
                yield Row(name, method, sent, headers, right_for(Level.NOBODY, path))
        for level in Level:
            sent = path.format(run_id=run_id, with_run_id=run_id, **_PARTS)
            yield Row(level, method, sent, headers_of(level, signer), right_for(level, path, method))


def status_of(stack: Stack, row: Row) -> int:
    """The status of one request to the function itself, past gateway and IAP; the body of a stream is not read."""
    function = function_for(row.path)
    assert function, f"no function answers {row.path}"
    address = f"http://{HOST}:{stack.ports.function(function)}{row.path}"
    body: dict[str, str] | None = {} if row.method in {"POST", "PATCH", "PUT"} else None
    with requests.request(
        row.method, address, json=body, headers=dict(row.headers), stream=True, allow_redirects=False, timeout=60
    ) as answer:
        return answer.status_code


def test_every_identity_gets_what_its_level_may(stack: Stack, run_id: str) -> None:
    rows = list(rows_for(stack, run_id))
    assert len(rows) >= 1_000
    with ThreadPoolExecutor(4) as threads:
        statuses = list(threads.map(lambda row: status_of(stack, row), rows))
    wrong = [
        f"{row.who}: {row.method} {row.path} is {status}, not one of {sorted(row.right)}"
        for row, status in zip(rows, statuses, strict=True)
        if status not in row.right
    ]
    assert not wrong, "\n".join([f"{len(wrong)} of {len(rows):,} rows are wrong", *wrong[:50]])
