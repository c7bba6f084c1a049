"""The JSON API as Google's client uses it: buckets, objects, preconditions, lists, copies."""

from collections.abc import Callable

import pytest
import requests
from google.api_core.exceptions import BadRequest, Conflict, NotFound, PreconditionFailed
from google.cloud import storage

from localdev.stand_ins.storage.service import StorageStandIn

WRONG_GENERATION = 123


def names(client: storage.Client, **query: object) -> list[str]:
    return [blob.name for blob in client.list_blobs("lab-bucket", **query)]


def put(bucket: storage.Bucket, name: str, content: str = "x") -> storage.Blob:
    blob = bucket.blob(name)
    blob.upload_from_string(content)
    return blob


# ── Buckets ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_created_bucket_can_be_read_and_is_listed(client: storage.Client) -> None:
    client.create_bucket("one")

    assert client.get_bucket("one").name == "one"
    assert [bucket.name for bucket in client.list_buckets()] == ["one"]


def test_creating_a_bucket_twice_is_a_conflict(client: storage.Client) -> None:
    client.create_bucket("one")

    with pytest.raises(Conflict):
        client.create_bucket("one")


def test_a_bucket_without_a_name_is_refused(service: StorageStandIn) -> None:
    assert requests.post(f"{service.url}/storage/v1/b", json={}, timeout=30).status_code == 400


def test_only_an_empty_bucket_can_be_deleted(client: storage.Client, bucket: storage.Bucket) -> None:
    blob = put(bucket, "a")
    with pytest.raises(Conflict):
        bucket.delete()

    blob.delete()
    bucket.delete()

    with pytest.raises(NotFound):
        client.get_bucket("lab-bucket")


def test_an_object_cannot_go_into_a_bucket_that_does_not_exist(client: storage.Client) -> None:
    with pytest.raises(NotFound):
        client.bucket("nowhere").blob("a").upload_from_string("x")


# ── Generations ──────────────────────────────────────────────────────────────────────────────────────────


def test_overwriting_gives_a_higher_generation(bucket: storage.Bucket) -> None:
    generations = [put(bucket, "log", str(number)).generation for number in range(20)]

    assert generations == sorted(set(generations))


def test_a_reused_name_gets_a_higher_generation(bucket: storage.Bucket) -> None:
    first = put(bucket, "log")
    first.delete()

    assert put(bucket, "log").generation > first.generation


def test_an_overwritten_generation_is_gone(bucket: storage.Bucket) -> None:
    old = put(bucket, "log", "old").generation
    put(bucket, "log", "new")

    with pytest.raises(NotFound):
        bucket.blob("log", generation=old).download_as_bytes()


# ── Preconditions ────────────────────────────────────────────────────────────────────────────────────────


def test_creating_with_generation_0_succeeds_once(bucket: storage.Bucket) -> None:
    bucket.blob("lock").upload_from_string("1", if_generation_match=0)

    with pytest.raises(PreconditionFailed):
        bucket.blob("lock").upload_from_string("2", if_generation_match=0)
    assert bucket.blob("lock").download_as_bytes() == b"1"


@pytest.mark.parametrize(
    "attempt",
    [
        lambda blob: blob.upload_from_string("new", if_generation_match=WRONG_GENERATION),
        lambda blob: blob.delete(if_generation_match=WRONG_GENERATION),
        lambda blob: blob.download_as_bytes(if_generation_match=WRONG_GENERATION),
        lambda blob: blob.reload(if_generation_match=WRONG_GENERATION),
        lambda blob: blob.patch(if_metageneration_match=7),
        lambda blob: blob.compose([blob, blob], if_generation_match=WRONG_GENERATION),
        lambda blob: blob.rewrite(blob, if_source_generation_match=WRONG_GENERATION),
        lambda blob: blob.rewrite(blob, if_generation_match=WRONG_GENERATION),
    ],
    ids=["upload", "delete", "download", "reload", "patch", "compose", "rewrite source", "rewrite"],
)
def test_a_failed_precondition_changes_nothing(
    bucket: storage.Bucket, attempt: Callable[[storage.Blob], object]
) -> None:
    stored = put(bucket, "log", "old")

    with pytest.raises(PreconditionFailed):
        attempt(bucket.blob("log"))

    now = bucket.get_blob("log")
    assert (now.generation, now.metageneration) == (stored.generation, 1)


def test_the_expected_generation_can_be_replaced(bucket: storage.Bucket) -> None:
    stored = put(bucket, "log", "old")

    bucket.blob("log").upload_from_string("new", if_generation_match=stored.generation)

    assert bucket.blob("log").download_as_bytes() == b"new"


def test_a_known_version_is_not_sent_again(service: StorageStandIn, bucket: storage.Bucket) -> None:
    stored = put(bucket, "log")

    response = requests.get(
        f"{service.url}/storage/v1/b/lab-bucket/o/log?ifGenerationNotMatch={stored.generation}", timeout=30
    )

    assert (response.status_code, response.content) == (304, b"")


def test_a_precondition_must_be_a_number(service: StorageStandIn, bucket: storage.Bucket) -> None:
    put(bucket, "log")
    response = requests.get(f"{service.url}/storage/v1/b/lab-bucket/o/log?ifGenerationMatch=x", timeout=30)

    assert response.status_code == 400


# ── Names, metadata ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["a b+c/é ü.txt", "x%2Fy", "q?=1&z#", "-lead", "folder/", "日本/😀", "compose"])
def test_any_name_can_be_stored_listed_and_read(client: storage.Client, bucket: storage.Bucket, name: str) -> None:
    put(bucket, name, name)

    assert names(client) == [name]
    assert bucket.get_blob(name).download_as_text() == name


def test_an_absent_object_is_not_found(bucket: storage.Bucket) -> None:
    assert not bucket.blob("nothing").exists()
    with pytest.raises(NotFound):
        bucket.blob("nothing").delete()


def test_metadata_can_be_changed_without_a_new_generation(bucket: storage.Bucket) -> None:
    blob = bucket.blob("m")
    blob.metadata, blob.cache_control = {"run": "1", "other": "gone"}, "no-store"
    blob.upload_from_string("{}", content_type="application/json")
    uploaded = blob.generation

    blob.metadata = {"run": "2", "other": None}
    blob.patch()

    now = bucket.get_blob("m")
    assert now.metadata == {"run": "2"}
    assert (now.content_type, now.cache_control) == ("application/json", "no-store")
    assert (now.generation, now.metageneration) == (uploaded, 2)


def test_an_object_shows_its_size_and_checksums(bucket: storage.Bucket) -> None:
    put(bucket, "a", "123456789")

    blob = bucket.get_blob("a")

    assert (blob.size, blob.crc32c, blob.md5_hash) == (9, "4waSgw==", "JfnnlDI7RTiF9RgfG2JNCw==")


def test_a_body_that_is_not_json_is_refused(service: StorageStandIn) -> None:
    headers = {"Content-Type": "application/json"}
    for body in (b"{", b"[]"):
        assert requests.post(f"{service.url}/storage/v1/b", data=body, headers=headers, timeout=30).status_code == 400


def test_an_unknown_address_is_not_found(service: StorageStandIn) -> None:
    assert requests.get(f"{service.url}/storage/v1/b/x/iam", timeout=30).status_code == 404


# ── Lists ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_delimiter_groups_deeper_names(client: storage.Client, bucket: storage.Bucket) -> None:
    for name in ("p/a", "p/b/c", "p/b/d", "p/z/q", "other"):
        put(bucket, name)

    listing = client.list_blobs("lab-bucket", prefix="p/", delimiter="/")

    assert [blob.name for blob in listing] == ["p/a"]
    assert listing.prefixes == {"p/b/", "p/z/"}


def test_a_list_has_pages(client: storage.Client, bucket: storage.Bucket) -> None:
    for number in range(7):
        put(bucket, f"n{number}")

    pages = [[blob.name for blob in page] for page in client.list_blobs("lab-bucket", page_size=3).pages]

    assert pages == [["n0", "n1", "n2"], ["n3", "n4", "n5"], ["n6"]]


def test_a_list_can_have_a_start_an_end_and_a_glob(client: storage.Client, bucket: storage.Bucket) -> None:
    for name in ("a", "b/x.txt", "b/y.log", "c"):
        put(bucket, name)

    assert names(client, start_offset="b/x.txt", end_offset="c") == ["b/x.txt", "b/y.log"]
    assert names(client, match_glob="**/*.log") == ["b/y.log"]


def test_an_invalid_page_token_is_refused(client: storage.Client, bucket: storage.Bucket) -> None:
    with pytest.raises(BadRequest):
        names(client, page_token="é")


# ── Copies ───────────────────────────────────────────────────────────────────────────────────────────────


def test_compose_joins_objects_in_order(bucket: storage.Bucket) -> None:
    parts = [put(bucket, f"part{number}", f"{number};") for number in range(3)]
    whole = bucket.blob("whole")
    whole.content_type = "text/plain"

    whole.compose(parts)

    stored = bucket.get_blob("whole")
    assert stored.download_as_bytes() == b"0;1;2;"
    assert (stored.content_type, stored.component_count, stored.md5_hash) == ("text/plain", 3, None)


def test_compose_of_an_absent_object_is_not_found(bucket: storage.Bucket) -> None:
    with pytest.raises(NotFound):
        bucket.blob("whole").compose([put(bucket, "here"), bucket.blob("absent")])


def test_compose_without_sources_is_refused(bucket: storage.Bucket) -> None:
    with pytest.raises(BadRequest):
        bucket.blob("whole").compose([])


def test_a_copy_has_the_bytes_and_fields_of_its_source(client: storage.Client, bucket: storage.Bucket) -> None:
    other = client.create_bucket("other-bucket")
    source = bucket.blob("a")
    source.upload_from_string("text", content_type="text/csv")

    bucket.copy_blob(source, other, "b/c")

    copied = other.get_blob("b/c")
    assert (copied.download_as_bytes(), copied.content_type) == (b"text", "text/csv")


def test_a_rewritten_object_survives_its_source(bucket: storage.Bucket) -> None:
    target = bucket.blob("b")
    source = put(bucket, "a", "text")

    target.rewrite(source)
    source.delete()

    assert target.download_as_bytes() == b"text"
