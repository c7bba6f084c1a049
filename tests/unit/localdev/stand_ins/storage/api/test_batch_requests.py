"""Batches, as `with client.batch()` sends them."""

import pytest
import requests
from google.api_core.exceptions import NotFound
from google.cloud import storage

from localdev.stand_ins.storage.service import StorageStandIn


def put_three(bucket: storage.Bucket) -> list[storage.Blob]:
    blobs = [bucket.blob(f"a/{number}") for number in range(3)]
    for blob in blobs:
        blob.upload_from_string("x")
    return blobs


def delete_together(client: storage.Client, blobs: list[storage.Blob]) -> None:
    with client.batch():
        for blob in blobs:
            blob.delete()


def test_a_batch_deletes_many_objects(client: storage.Client, bucket: storage.Bucket) -> None:
    blobs = put_three(bucket)

    delete_together(client, blobs[:2])

    assert [blob.name for blob in client.list_blobs("lab-bucket")] == ["a/2"]


def test_a_failing_part_does_not_stop_the_others(client: storage.Client, bucket: storage.Bucket) -> None:
    blobs = put_three(bucket)

    with pytest.raises(NotFound):
        delete_together(client, [blobs[0], bucket.blob("absent"), blobs[1]])

    assert [blob.name for blob in client.list_blobs("lab-bucket")] == ["a/2"]


def test_a_batch_can_change_and_read_fields(client: storage.Client, bucket: storage.Bucket) -> None:
    first, second, _ = put_three(bucket)
    with client.batch():
        first.metadata = {"name": "Zoë"}
        first.patch()
        second.reload()

    assert bucket.get_blob("a/0").metadata == {"name": "Zoë"}
    assert second.size == 1


def test_a_body_without_parts_is_refused(service: StorageStandIn) -> None:
    address = f"{service.url}/batch/storage/v1"

    for kind, status in (("text/plain", 415), ("multipart/mixed", 400), ("multipart/mixed; boundary=x", 400)):
        answer = requests.post(address, data=b"nothing", headers={"content-type": kind}, timeout=30)
        assert answer.status_code == status
