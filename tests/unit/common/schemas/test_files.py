from datetime import UTC, datetime

from common.domain.runs.files import FileGroup
from common.schemas.files import FileGroups, FileInfo


def test_a_file_is_told_with_its_size_and_without_a_link_that_nobody_asked_for() -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    told = FileInfo(name="trace.txt", size=9, updated_at=noon, gcs_uri="gs://b/trace.txt").model_dump(mode="json")
    assert told == {
        "name": "trace.txt",
        "size": 9,
        "updated_at": "2026-11-23T12:00:00Z",
        "gcs_uri": "gs://b/trace.txt",
        "download_url": None,
    }


def test_an_answer_has_a_list_for_every_group() -> None:
    assert set(FileGroups.model_fields) == set(FileGroup)
