"""A run followed live through the public address by a public client library, whose connection is cut on the way."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice

import httpx
import pytest
from httpx_sse import ServerSentEvent, connect_sse

from localdev.stack.environment import ROOT, url
from localdev.stack.stack import Stack
from localdev.stack.welcome import EXAMPLE

OWNER = {"X-Dev-User": "live@lab.example"}
CUT_AFTER = 3  # events


@dataclass(frozen=True, slots=True)
class Heard:
    """An event, and when it was heard."""

    event: ServerSentEvent
    at: float


def _follow(client: httpx.Client, path: str) -> list[Heard]:
    """Everything up to `done`; the connection is left after some events, and taken up with the last id."""
    first = list(islice(_heard(client, path), CUT_AFTER))
    return first + list(_heard(client, path, first[-1].event.id))


def _heard(client: httpx.Client, path: str, last_id: str = "") -> Iterator[Heard]:
    headers = {"Last-Event-ID": last_id} if last_id else {}
    with connect_sse(client, "GET", path, headers=headers) as source:
        for event in source.iter_sse():
            yield Heard(event, time.monotonic())
            if event.event == "done":
                return


@pytest.fixture(scope="module")
def client(stack: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url(stack.ports.gateway), headers=OWNER, timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture
def run_id(client: httpx.Client) -> str:
    """A run that has just been asked for."""
    return str(client.post("/api/runs", content=(ROOT / EXAMPLE).read_bytes()).raise_for_status().json()["run_id"])


def test_a_run_and_its_log_are_heard_whole_and_as_they_happen(client: httpx.Client, run_id: str) -> None:
    with ThreadPoolExecutor() as readers:
        events, entries = readers.map(
            partial(_follow, client), (f"/api/runs/{run_id}/events", f"/api/runs/{run_id}/logs/stream")
        )

    assert [heard.event.id for heard in events] == [str(number) for number in range(1, len(events) + 1)]
    statuses = [heard for heard in events if heard.event.event == "status"]
    assert [heard.event.json()["status"] for heard in statuses] == ["pending", "submitted", "running", "completed"]
    assert events[-1].event.json()["status"] == "completed"
    assert statuses[0].at < statuses[2].at - 0.5 < statuses[3].at - 1.5

    page = client.get(f"/api/runs/{run_id}/logs", params={"limit": 5000}).json()
    assert page["complete"]
    assert [heard.event.json() for heard in entries[:-1]] == page["entries"]
    assert entries[-1].event.json() == {"run_id": run_id, "status": "completed"}
    assert entries[-1].at - entries[0].at > 1


def test_what_a_task_prints_is_heard_to_its_end(client: httpx.Client, run_id: str) -> None:
    while not (tasks := client.get(f"/api/runs/{run_id}/tasks").json()["tasks"]):
        time.sleep(0.2)
    address = f"/api/runs/{run_id}/tasks/{tasks[0]['task_id']}/logs"

    heard = list(_heard(client, f"{address}/stream"))

    texts = [one.event.json()["text"] for one in heard if one.event.event == "stdout"]
    assert heard[-1].event.json()["status"] in {"COMPLETED", "CACHED"}
    assert "".join(texts) == client.get(address).json()["stdout"] != ""
