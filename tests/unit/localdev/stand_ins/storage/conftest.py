"""A Storage stand-in on a free port, and Google's client connected to it as in production."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from google.cloud import storage

from localdev.stand_ins.storage.service import StorageStandIn


@pytest.fixture
def service(tmp_path: Path) -> Iterator[StorageStandIn]:
    service = StorageStandIn(0, tmp_path / "storage")
    service.start()
    yield service
    service.stop()


@pytest.fixture
def client(service: StorageStandIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[storage.Client]:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", service.url)
    client = storage.Client(project="lab")
    yield client
    client.close()


@pytest.fixture
def bucket(client: storage.Client) -> storage.Bucket:
    return client.create_bucket("lab-bucket")
