"""The resource of an object, and its patches."""

from localdev.stand_ins.storage.objects.stored_object import StoredObject, patched, writable_fields


def test_a_resource_has_numbers_as_strings_and_encoded_names_in_urls() -> None:
    stored = StoredObject(bucket="b", name="x/é", generation=7, metageneration=1, size=3, fields={"crc32c": "AA=="})

    resource = stored.resource("http://host")

    assert (resource["name"], resource["generation"], resource["size"]) == ("x/é", "7", "3")
    assert resource["selfLink"] == "http://host/storage/v1/b/b/o/x%2F%C3%A9"
    assert resource["mediaLink"] == "http://host/download/storage/v1/b/b/o/x%2F%C3%A9?generation=7&alt=media"
    assert resource["crc32c"] == "AA=="


def test_the_etag_changes_with_the_metageneration() -> None:
    one, two = (
        StoredObject(bucket="b", name="n", generation=7, metageneration=number, size=0, fields={}) for number in (1, 2)
    )

    assert one.etag != two.etag


def test_a_client_cannot_set_computed_fields() -> None:
    assert writable_fields({"generation": "1", "size": "2", "contentType": "text/x"}) == {"contentType": "text/x"}
    assert patched({"crc32c": "real"}, {"crc32c": "claimed"}) == {"crc32c": "real"}


def test_a_patch_merges_metadata_and_removes_null_fields() -> None:
    before = {"metadata": {"a": "1", "b": "2"}, "contentType": "text/x", "cacheControl": "no-store"}

    after = patched(before, {"metadata": {"b": None, "c": "3"}, "cacheControl": None})

    assert after == {"metadata": {"a": "1", "c": "3"}, "contentType": "text/x"}


def test_a_patch_can_remove_all_metadata() -> None:
    assert patched({"metadata": {"a": "1"}}, {"metadata": None}) == {}
