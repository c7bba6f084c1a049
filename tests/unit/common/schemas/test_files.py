from datetime import UTC, datetime

from common.domain.runs.files import FileGroup
from common.schemas.files import FileGroups, FileInfo


def test_a_file_has_its_size_and_no_link_unless_one_is_given() -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    fields = FileInfo(name="trace.txt", size=9, updated_at=noon, gcs_uri="gs://b/trace.txt").model_dump(mode="json")
    assert fields == {
        "name": "trace.txt",
        "size": 9,
        "updated_at": "2026-11-23T12:00:00Z",
        "gcs_uri": "gs://b/trace.txt",
        "download_url": None,
        "preview_url": None,
    }


def test_an_answer_has_a_list_for_every_group() -> None:
    assert set(FileGroups.model_fields) == set(FileGroup)
