"""The Cloud Tasks stand-in, Google's client, and a receiver of tasks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import tasks_v2
from google.protobuf.duration_pb2 import Duration

from localdev.stand_ins.tasks.service import TasksStandIn
from tests.unit.localdev.receiver import Receiver

LOCATION = "projects/p/locations/l"
QUEUE = f"{LOCATION}/queues/q1"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One key for all tests, because creating it is slow."""
    return tmp_path_factory.mktemp("keys")


@pytest.fixture
def service(tmp_path: Path, keys: Path) -> Iterator[TasksStandIn]:
    service = TasksStandIn(0, tmp_path, keys)
    service.start()
    yield service
    service.stop()


def client_of(port: int) -> tasks_v2.CloudTasksClient:
    """Google's client, given only the address."""
    return tasks_v2.CloudTasksClient(
        transport="rest",
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": f"http://127.0.0.1:{port}"},
    )


@pytest.fixture
def client(service: TasksStandIn) -> Iterator[tasks_v2.CloudTasksClient]:
    with client_of(service.port) as client:
        yield client


@pytest.fixture
def queue(client: tasks_v2.CloudTasksClient) -> str:
    """A queue that tries four times, after 0.1, 0.2 and 0.4 s."""
    retry = tasks_v2.RetryConfig(max_attempts=4, min_backoff=Duration(nanos=100_000_000), max_doublings=2)
    client.create_queue(parent=LOCATION, queue=tasks_v2.Queue(name=QUEUE, retry_config=retry))
    return QUEUE
