"""Live events of a run, read with a public SSE library across a reconnect."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice

import httpx
import pytest
from httpx_sse import ServerSentEvent, connect_sse
from sqlalchemy import create_engine, text

from common.domain.runs.log_key import run_number_of
from localdev.stack.environment import url
from localdev.stack.stack import Stack
from tests.support.run_requests import run_of_one_sample

OWNER = {"X-Dev-User": "live@lab.example"}
CUT_AFTER = 3  # events


@dataclass(frozen=True, slots=True)
class Received:
    """An event and its monotonic time of arrival."""

    event: ServerSentEvent
    at: float


def _follow(client: httpx.Client, path: str) -> list[Received]:
    """All events up to `done`, with a reconnect after some events, using the last id."""
    first = list(islice(_receive(client, path), CUT_AFTER))
    return first + list(_receive(client, path, first[-1].event.id))


def _receive(client: httpx.Client, path: str, last_id: str = "") -> Iterator[Received]:
    headers = {"Last-Event-ID": last_id} if last_id else {}
    with connect_sse(client, "GET", path, headers=headers) as source:
        for event in source.iter_sse():
            yield Received(event, time.monotonic())
            if event.event == "done":
                return


@pytest.fixture(scope="module")
def client(stack: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url(stack.ports.gateway), headers=OWNER, timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture
def run_id(client: httpx.Client) -> str:
    """The id of a newly submitted run."""
    return str(client.post("/api/runs", json=run_of_one_sample()).raise_for_status().json()["run_id"])


def test_events_and_log_of_a_run_arrive_complete_and_live(stack: Stack, client: httpx.Client, run_id: str) -> None:
    with ThreadPoolExecutor() as readers:
        events, entries = readers.map(
            partial(_follow, client), (f"/api/runs/{run_id}/events?last_event_id=0", f"/api/runs/{run_id}/logs/stream")
        )

    assert [received.event.id for received in events] == [str(number) for number in range(1, len(events) + 1)]
    statuses = [received for received in events if received.event.event == "status"]
    assert [received.event.json()["status"] for received in statuses] == [
        "pending",
        "submitted",
        "running",
        "completed",
    ]
    assert events[-1].event.json()["status"] == "completed"
    assert statuses[-1].at - statuses[0].at > 1  # what is not live comes in one piece

    page = client.get(f"/api/runs/{run_id}/logs", params={"limit": 5000}).json()
    assert page["complete"]
    shown = [received.event.json() for received in entries[:-1]]
    assert [entry for entry in shown if not entry["open"]] == page["entries"]
    assert any(entry["open"] for entry in shown)
    assert entries[-1].event.json() == {"run_id": run_id, "status": "completed"}
    assert entries[-1].at - entries[0].at > 1

    _drop_entries(stack, run_id)
    *restored, end = _receive(client, f"/api/runs/{run_id}/logs/stream")
    assert [received.event.json() for received in restored if received.event.id] == page["entries"]
    assert end.event.event == "done"


def _drop_entries(stack: Stack, run_id: str) -> None:
    """As when the month of the run is dropped."""
    engine = create_engine(stack.database_url())
    with engine.begin() as connection:
        of_run = text("DELETE FROM entries WHERE run_number = :number")
        connection.execute(of_run, {"number": run_number_of(run_id)})
    engine.dispose()


def test_the_output_of_a_task_is_streamed_to_its_end(client: httpx.Client, run_id: str) -> None:
    while not (tasks := client.get(f"/api/runs/{run_id}/tasks").json()["tasks"]):
        time.sleep(0.2)
    address = f"/api/runs/{run_id}/tasks/{tasks[0]['task_id']}/logs"

    received = list(_receive(client, f"{address}/stream"))

    texts = [one.event.json()["text"] for one in received if one.event.event == "stdout"]
    assert received[-1].event.json()["status"] in {"COMPLETED", "CACHED"}
    assert "".join(texts) == client.get(address).json()["stdout"] != ""
