"""Preconditions of reads and writes."""

import pytest
from werkzeug.datastructures import Headers

from localdev.stand_ins.storage.errors import StorageError
from localdev.stand_ins.storage.objects.preconditions import UNCONDITIONAL, Preconditions
from localdev.stand_ins.storage.objects.stored_object import StoredObject

STORED = StoredObject(bucket="b", name="n", generation=5, metageneration=2, size=0, fields={})


@pytest.mark.parametrize(
    ("parameter", "value", "on_stored", "on_nothing"),
    [
        ("ifGenerationMatch", "5", True, False),
        ("ifGenerationMatch", "0", False, True),
        ("ifGenerationNotMatch", "5", False, True),
        ("ifGenerationNotMatch", "0", True, False),
        ("ifMetagenerationMatch", "2", True, False),
        ("ifMetagenerationMatch", "3", False, False),
        ("ifMetagenerationNotMatch", "2", False, True),
    ],
)
def test_a_write_needs_its_precondition(parameter: str, value: str, on_stored: bool, on_nothing: bool) -> None:
    conditions = Preconditions.from_query({parameter: value})

    assert [may_write(conditions, STORED), may_write(conditions, None)] == [on_stored, on_nothing]


def may_write(conditions: Preconditions, current: StoredObject | None) -> bool:
    try:
        conditions.check_write(current)
    except StorageError as refusal:
        return refusal.code != 412
    return True


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"ifGenerationMatch": "4"}, 412),
        ({"ifMetagenerationMatch": "1"}, 412),
        ({"ifGenerationNotMatch": "5"}, 304),
        ({"ifMetagenerationNotMatch": "2"}, 304),
    ],
)
def test_a_read_gives_412_for_another_version_and_304_for_a_known_one(query: dict[str, str], status: int) -> None:
    with pytest.raises(StorageError) as refusal:
        Preconditions.from_query(query).check_read(STORED)

    assert refusal.value.code == status


def test_source_preconditions_are_separate_from_target_preconditions() -> None:
    query = {"ifSourceGenerationMatch": "7", "ifGenerationMatch": "0"}

    assert Preconditions.from_query(query, "ifSource") == Preconditions(generation_match=7)


def test_preconditions_can_be_sent_as_headers() -> None:
    headers = Headers({"X-Goog-If-Generation-Match": "0"})

    assert Preconditions.from_headers(headers) == Preconditions(generation_match=0)


def test_without_preconditions_every_request_passes() -> None:
    UNCONDITIONAL.check_write(None)
    UNCONDITIONAL.check_write(STORED)
    UNCONDITIONAL.check_read(STORED)
