"""The small client of the Storage stand-in, against the stand-in."""

from collections.abc import Iterator

import pytest
import requests

from localdev.stand_ins.storage.client import ObjectClient, bucket_and_name
from localdev.stand_ins.storage.service import StorageStandIn


@pytest.fixture
def objects(service: StorageStandIn) -> Iterator[ObjectClient]:
    requests.post(f"{service.url}/storage/v1/b", json={"name": "sluice-work"}, timeout=30).raise_for_status()
    objects = ObjectClient(service.url)
    yield objects
    objects.close()


def test_a_written_object_can_be_read(objects: ObjectClient) -> None:
    objects.write("sluice-work", "a/ä b+c.txt", b"text")

    assert objects.read("sluice-work", "a/ä b+c.txt") == b"text"


def test_the_names_below_a_prefix_are_listed(objects: ObjectClient) -> None:
    for name in ("a/1", "a/2", "b/1"):
        objects.write("sluice-work", name, b"")

    assert list(objects.names("sluice-work", "a/")) == ["a/1", "a/2"]


def test_reading_an_absent_object_raises(objects: ObjectClient) -> None:
    with pytest.raises(requests.HTTPError):
        objects.read("sluice-work", "nope")


def test_a_uri_is_split_into_bucket_and_name() -> None:
    assert bucket_and_name("gs://bucket/a/b") == ("bucket", "a/b")
    assert bucket_and_name("bucket") == ("bucket", "")
