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

LONG = b"x" * (9 << 20)  # more than is sent at once


def write(sources: LogSources, content: bytes = b"zip", *, fingerprint: str = "now") -> None:
    folder = sources.archives.look(RUN)
    with sources.archives.writing(RUN, fingerprint=fingerprint, replacing=folder.archive) as upload:
        upload.write(content)


def write_and(
    archives: ArchiveStore,
    then: Callable[[ObjectUpload], object],
    *,
    replacing: StoredArchive | None = None,
    start: bytes = LONG,
) -> None:
    """Write an archive, and do something else while its upload is under way."""
    with archives.writing(RUN, fingerprint="slow", replacing=replacing) as upload:
        upload.write(start)
        then(upload)


def die(_upload: ObjectUpload) -> None:
    raise CrashError


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> ArchiveStore:
    """A store to which nothing answers, and which has little patience."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", PROJECT)
    return ArchiveStore(BUCKETS, StorageClient(patience_s=0.1), UrlSigner())


def test_a_folder_is_empty_at_first(sources: LogSources) -> None:
    assert sources.archives.look(RUN) == LogFolder(files={}, archive=None)


def test_a_folder_has_the_files_of_its_run_and_the_archive_apart(sources: LogSources) -> None:
    sources.put_log("nextflow.log", b"12345")
    sources.put(LOGS_BUCKET, "runs/run-00000002/logs/trace.txt", b"another's")
    write(sources)
    folder = sources.archives.look(RUN)
    assert {name: state.size for name, state in folder.files.items()} == {"nextflow.log": 5}
    assert folder.archive
    assert (folder.archive.fingerprint, folder.archive.state.size) == ("now", 3)


def test_a_zip_that_somebody_else_put_there_has_no_fingerprint(sources: LogSources) -> None:
    sources.put(LOGS_BUCKET, archive_key(RUN), b"theirs")
    archive = sources.archives.look(RUN).archive
    assert archive
    assert archive.fingerprint == ""


def test_a_new_archive_takes_the_place_of_the_old_one(sources: LogSources) -> None:
    write(sources, b"old", fingerprint="old")
    write(sources, b"new", fingerprint="new")
    archive = sources.archives.look(RUN).archive
    assert archive
    assert archive.fingerprint == "new"
    assert sources.client.blob(LOGS_BUCKET, archive_key(RUN)).download_as_bytes() == b"new"


@pytest.mark.parametrize("before", [b"", b"old"])
def test_an_archive_that_is_given_up_leaves_what_was_there(sources: LogSources, before: bytes) -> None:
    if before:
        write(sources, before)
    generation = sources.generation()
    with pytest.raises(CrashError):
        write_and(sources.archives, die, replacing=sources.archives.look(RUN).archive)
    assert sources.generation() == generation


def test_nothing_is_there_before_everything_is(sources: LogSources) -> None:
    with sources.archives.writing(RUN, fingerprint="x", replacing=None) as upload:
        upload.write(b"x" * (20 << 20))
        assert sources.generation() is None
    assert sources.generation()


def test_a_slow_builder_does_not_undo_what_a_faster_one_wrote(sources: LogSources) -> None:
    with pytest.raises(ConflictError):
        write_and(sources.archives, lambda _upload: write(sources, fingerprint="fast"))
    archive = sources.archives.look(RUN).archive
    assert archive
    assert archive.fingerprint == "fast"


def test_while_storage_is_away_the_answer_is_to_try_again(away: ArchiveStore) -> None:
    with pytest.raises(UnavailableError):
        away.look(RUN)
    with pytest.raises(UnavailableError):
        write_and(away, lambda _upload: None)


def test_an_upload_that_failed_takes_no_more_and_says_so_once(away: ArchiveStore) -> None:
    errors: list[UnavailableError] = []

    def write_on(upload: ObjectUpload) -> None:
        try:
            upload.write(LONG)
        except UnavailableError as first:
            errors.append(first)
            upload.write(LONG)
            raise

    with pytest.raises(UnavailableError) as last:
        write_and(away, write_on, start=b"")
    assert errors == [last.value]


def test_the_link_leads_to_the_archive_and_names_it(sources: LogSources) -> None:
    write(sources, b"content")
    answer = requests.get(sources.archives.link(RUN), timeout=10)
    assert (answer.status_code, answer.content) == (200, b"content")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == f'attachment; filename="{RUN}.zip"'
