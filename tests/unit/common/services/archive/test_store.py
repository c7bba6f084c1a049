"""Archives in the logs bucket, on the Storage stand-in."""

import pytest
import requests
from sqlalchemy import Engine

from common.domain.archive.build import Member, Origin
from common.domain.runs.files import archive_key
from common.errors import UnavailableError
from common.services.archive.known import KnownArchiveStore
from common.services.archive.store import ArchiveStore, LogFolder
from common.services.storage.client import StorageClient
from common.services.storage.url_signer import UrlSigner
from localdev.stack.layout import LOGS_BUCKET, PROJECT
from localdev.stack.ports import free_port
from tests.support.logs.sources import BUCKETS, RUN, WORK_DIR, LogSources
from tests.support.runs import make_task


def write(sources: LogSources, content: bytes = b"zip", *, fingerprint: str = "now") -> None:
    sources.put(LOGS_BUCKET, archive_key(RUN), content, fingerprint=fingerprint)
    KnownArchiveStore(sources.engine).save(RUN, sources.generation() or 0, at=sources.clock())


@pytest.fixture
def unreachable(emptied_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> ArchiveStore:
    """A store that gives up soon, on a closed port."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", PROJECT)
    return ArchiveStore(BUCKETS, StorageClient(patience_s=0.1), UrlSigner(), KnownArchiveStore(emptied_engine))


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


def test_a_member_is_read_in_blocks_from_its_bucket(sources: LogSources) -> None:
    content = bytes(range(256)) * 40_000
    sources.put_log("nextflow.log", b"of the logs bucket")
    sources.put_work({".command.log": content})
    task = make_task(work_dir=WORK_DIR)
    key, state = (
        sources.work_files.key(sources.run, task, ".command.log"),
        sources.work_files.state(sources.run, task, ".command.log"),
    )
    assert key
    assert state
    member = Member(
        name="log.txt",
        origin=Origin.WORK_BUCKET,
        key=key,
        generation=state.generation,
        size=state.size,
        written_at=state.updated,
    )
    pieces = list(sources.archives.pieces(member))
    assert len(pieces) == 2
    assert b"".join(piece or b"" for piece in pieces) == content
    assert list(sources.archives.pieces(member, from_byte=len(content))) == []


def test_an_outage_of_storage_raises_unavailable(unreachable: ArchiveStore) -> None:
    with pytest.raises(UnavailableError):
        unreachable.read_folder(RUN)


def test_the_link_downloads_the_archive_under_its_name(sources: LogSources) -> None:
    write(sources, b"content")
    answer = requests.get(sources.archives.link(RUN), timeout=10)
    assert (answer.status_code, answer.content) == (200, b"content")
    assert answer.headers["content-disposition"] == f'attachment; filename="{RUN}.zip"'


def test_a_forged_archive_is_not_believed(sources: LogSources) -> None:
    write(sources)
    sources.put(LOGS_BUCKET, archive_key(RUN), b"another zip", fingerprint="now")
    folder = sources.archives.read_folder(RUN)
    assert folder.archive
    assert folder.archive.fingerprint == ""
    assert not sources.archives.earlier(RUN, folder.archive).members
