import pytest
import requests

from localdev.stand_ins.batch.objects import Objects, bucket_and_name


def test_what_was_written_is_read(objects: Objects) -> None:
    objects.write("sluice-work", "a/ä b+c.txt", b"text")

    assert objects.read("sluice-work", "a/ä b+c.txt") == b"text"


def test_names_below_a_prefix_are_listed(objects: Objects) -> None:
    for name in ("a/1", "a/2", "b/1"):
        objects.write("sluice-work", name, b"")

    assert list(objects.names("sluice-work", "a/")) == ["a/1", "a/2"]


def test_an_absent_object_is_an_error(objects: Objects) -> None:
    with pytest.raises(requests.HTTPError):
        objects.read("sluice-work", "nope")


def test_an_address_has_a_bucket_and_a_name() -> None:
    assert bucket_and_name("gs://bucket/a/b") == ("bucket", "a/b")
    assert bucket_and_name("bucket") == ("bucket", "")
