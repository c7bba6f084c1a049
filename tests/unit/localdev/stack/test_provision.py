"""The stand-ins get the buckets and the queues that Terraform creates in a deployment."""

import pytest
import requests

from localdev.stack.layout import ARCHIVE_QUEUE, BUCKETS, PROJECT, QUEUE, StackError
from localdev.stack.provision import create_buckets_and_queues
from localdev.stand_ins.storage.service import StorageStandIn
from localdev.stand_ins.tasks.service import TasksStandIn


def test_creating_them_twice_is_harmless(storage_service: StorageStandIn, tasks_service: TasksStandIn) -> None:
    tasks_url = f"http://127.0.0.1:{tasks_service.port}"
    for _ in range(2):
        create_buckets_and_queues(storage_url=storage_service.url, tasks_url=tasks_url)
    buckets = requests.get(f"{storage_service.url}/storage/v1/b?project={PROJECT}", timeout=10).json()["items"]
    retries = requests.get(f"{tasks_url}/v2/{QUEUE}", timeout=10).json()["retryConfig"]
    assert {bucket["name"] for bucket in buckets} == set(BUCKETS)
    assert (retries["minBackoff"], retries["maxBackoff"]) == ("1s", "30s")
    archive = requests.get(f"{tasks_url}/v2/{ARCHIVE_QUEUE}", timeout=10).json()
    assert archive["retryConfig"]["maxAttempts"] == 20


def test_a_refusal_is_raised_with_its_status(tasks_service: TasksStandIn) -> None:
    elsewhere = f"http://127.0.0.1:{tasks_service.port}"
    with pytest.raises(StackError, match="answered 404"):
        create_buckets_and_queues(storage_url=elsewhere, tasks_url=elsewhere)
