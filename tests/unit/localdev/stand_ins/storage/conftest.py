"""A Storage stand-in on a free port, and the stock client talking to it as in production."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from google.cloud import storage

from localdev.stand_ins.storage.service import StorageService


@pytest.fixture
def service(tmp_path: Path) -> Iterator[StorageService]:
    service = StorageService(0, tmp_path / "storage")
    service.start()
    yield service
    service.stop()


@pytest.fixture
def client(service: StorageService, monkeypatch: pytest.MonkeyPatch) -> Iterator[storage.Client]:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", service.url)
    client = storage.Client(project="lab")
    yield client
    client.close()


@pytest.fixture
def bucket(client: storage.Client) -> storage.Bucket:
    return client.create_bucket("lab-bucket")
