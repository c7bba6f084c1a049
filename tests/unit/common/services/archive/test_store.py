"""Archives in the logs bucket, on the Storage stand-in."""

from collections.abc import Callable

import pytest
import requests

from common.domain.runs.files import archive_key
from common.errors import ConflictError, UnavailableError
from common.services.archive.store import ArchiveStore, LogFolder, ObjectUpload, StoredArchive
from common.services.storage.client import StorageClient
from common.services.storage.url_signer import UrlSigner
from localdev.stack.layout import LOGS_BUCKET, PROJECT
from localdev.stack.ports import free_port
from tests.support.actions.fakes import CrashError
from tests.support.logs.sources import BUCKETS, RUN, LogSources

LONG = b"x" * (9 << 20)  # more than one chunk


def write(sources: LogSources, content: bytes = b"zip", *, fingerprint: str = "now") -> None:
    folder = sources.archives.read_folder(RUN)
    with sources.archives.writing(RUN, fingerprint=fingerprint, replacing=folder.archive) as upload:
        upload.write(content)


def write_and(
    archives: ArchiveStore,
    then: Callable[[ObjectUpload], object],
    *,
    replacing: StoredArchive | None = None,
    start: bytes = LONG,
) -> None:
    """Write an archive, and call `then` during the upload."""
    with archives.writing(RUN, fingerprint="slow", replacing=replacing) as upload:
        upload.write(start)
        then(upload)


def die(_upload: ObjectUpload) -> None:
    raise CrashError


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> ArchiveStore:
    """A store that gives up soon, on a closed port."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", PROJECT)
    return ArchiveStore(BUCKETS, StorageClient(patience_s=0.1), UrlSigner())


def test_a_folder_without_files_is_empty(sources: LogSources) -> None:
    assert sources.archives.read_folder(RUN) == LogFolder(files={}, archive=None)


def test_a_folder_has_the_files_of_its_run_and_its_archive(sources: LogSources) -> None:
    sources.put_log("nextflow.log", b"12345")
    sources.put(LOGS_BUCKET, "runs/run-00000002/logs/trace.txt", b"another's")
    write(sources)
    folder = sources.archives.read_folder(RUN)
    assert {name: state.size for name, state in folder.files.items()} == {"nextflow.log": 5}
    assert folder.archive
    assert (folder.archive.fingerprint, folder.archive.state.size) == ("now", 3)


def test_a_foreign_zip_has_no_fingerprint(sources: LogSources) -> None:
    sources.put(LOGS_BUCKET, archive_key(RUN), b"theirs")
    archive = sources.archives.read_folder(RUN).archive
    assert archive
    assert archive.fingerprint == ""


def test_a_new_archive_replaces_the_old_one(sources: LogSources) -> None:
    write(sources, b"old", fingerprint="old")
    write(sources, b"new", fingerprint="new")
    archive = sources.archives.read_folder(RUN).archive
    assert archive
    assert archive.fingerprint == "new"
    assert sources.client.blob(LOGS_BUCKET, archive_key(RUN)).download_as_bytes() == b"new"


@pytest.mark.parametrize("before", [b"", b"old"])
def test_an_abandoned_upload_changes_nothing(sources: LogSources, before: bytes) -> None:
    if before:
        write(sources, before)
    generation = sources.generation()
    with pytest.raises(CrashError):
        write_and(sources.archives, die, replacing=sources.archives.read_folder(RUN).archive)
    assert sources.generation() == generation


def test_an_archive_is_not_visible_before_it_is_complete(sources: LogSources) -> None:
    with sources.archives.writing(RUN, fingerprint="x", replacing=None) as upload:
        upload.write(b"x" * (20 << 20))
        assert sources.generation() is None
    assert sources.generation()


def test_a_slow_upload_does_not_replace_a_newer_archive(sources: LogSources) -> None:
    with pytest.raises(ConflictError):
        write_and(sources.archives, lambda _upload: write(sources, fingerprint="fast"))
    archive = sources.archives.read_folder(RUN).archive
    assert archive
    assert archive.fingerprint == "fast"


def test_an_outage_of_storage_raises_unavailable(unreachable: ArchiveStore) -> None:
    with pytest.raises(UnavailableError):
        unreachable.read_folder(RUN)
    with pytest.raises(UnavailableError):
        write_and(unreachable, lambda _upload: None)


def test_a_failed_upload_ignores_writes_and_raises_its_first_error(unreachable: ArchiveStore) -> None:
    errors: list[UnavailableError] = []

    def write_on(upload: ObjectUpload) -> None:
        try:
            upload.write(LONG)
        except UnavailableError as first:
            errors.append(first)
            upload.write(LONG)
            raise

    with pytest.raises(UnavailableError) as last:
        write_and(unreachable, write_on, start=b"")
    assert errors == [last.value]


def test_the_link_downloads_the_archive_under_its_name(sources: LogSources) -> None:
    write(sources, b"content")
    answer = requests.get(sources.archives.link(RUN), timeout=10)
    assert (answer.status_code, answer.content) == (200, b"content")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == f'attachment; filename="{RUN}.zip"'
