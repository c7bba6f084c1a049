"""Parts of archives, written and joined on the Storage stand-in."""

import dataclasses
from collections.abc import Callable, Sequence

import pytest
import requests

from common.domain.archive.build import ArchiveBuild, Part
from common.domain.runs.files import archive_key, archive_part_key, log_key
from common.domain.runs.status import RunStatus
from common.errors import ConflictError, UnavailableError
from common.services.archive.known import KnownArchiveStore
from common.services.archive.parts import MAX_COMPONENTS, ArchiveParts, BuildLostError, ObjectUpload, new_part_key
from common.services.storage.client import StorageClient
from localdev.stack.layout import LOGS_BUCKET, PROJECT
from localdev.stack.ports import free_port
from tests.support.actions.fakes import CrashError
from tests.support.logs.sources import BUCKETS, RUN, LogSources
from tests.support.runs import NOON

LONG = b"x" * (9 << 20)  # more than one chunk
KEY = archive_part_key(RUN, "b1", "0001")


def new_build(*, replacing: int = 0, build_id: str = "b1") -> ArchiveBuild:
    return ArchiveBuild(
        build_id=build_id,
        run_status=RunStatus.FAILED,
        started_at=NOON,
        contents="c",
        fingerprint="now",
        is_final=True,
        replacing=replacing,
        members=(),
        missing=(),
    )


@pytest.fixture
def parts(sources: LogSources) -> ArchiveParts:
    return sources.archiver.parts


def write(parts: ArchiveParts, content: bytes, key: str = KEY) -> Part:
    with parts.writing(key) as upload:
        upload.write(content)
    return parts.written(key, size=len(content))


def build_of(parts: ArchiveParts, contents: Sequence[bytes], *, replacing: int = 0) -> ArchiveBuild:
    build = new_build(replacing=replacing)
    for content in contents:
        build.parts.append(write(parts, content, new_part_key(RUN, build)))
    return build


def archived(sources: LogSources) -> bytes:
    content: bytes = sources.client.blob(LOGS_BUCKET, archive_key(RUN)).download_as_bytes()
    return content


@pytest.mark.parametrize("count", [1, 2, MAX_COMPONENTS, MAX_COMPONENTS + 1, 2 * MAX_COMPONENTS + 5])
def test_parts_are_joined_in_order(sources: LogSources, parts: ArchiveParts, count: int) -> None:
    contents = [f"{number};".encode() for number in range(count)]
    build = build_of(parts, contents)
    parts.publish(RUN, build)
    assert archived(sources) == b"".join(contents)
    parts.delete_parts((*build.parts, *build.copies))
    assert sources.parts() == []


def test_the_archive_has_its_type_and_fingerprint(sources: LogSources, parts: ArchiveParts) -> None:
    generation = parts.publish(RUN, build_of(parts, [b"zip"]))
    KnownArchiveStore(sources.engine).save(RUN, generation, at=sources.clock())
    archive = sources.archives.read_folder(RUN).archive
    assert archive
    assert archive.fingerprint == "now"
    answer = requests.get(sources.archives.link(RUN), timeout=10)
    assert answer.headers["content-type"] == "application/zip"


def test_a_new_archive_replaces_the_old_one(sources: LogSources, parts: ArchiveParts) -> None:
    parts.publish(RUN, build_of(parts, [b"old"]))
    parts.publish(RUN, build_of(parts, [b"new"], replacing=sources.generation() or 0))
    assert archived(sources) == b"new"


def test_an_archive_that_was_replaced_meanwhile_is_kept(sources: LogSources, parts: ArchiveParts) -> None:
    build = build_of(parts, [b"slow"])
    sources.put(LOGS_BUCKET, archive_key(RUN), b"fast")
    with pytest.raises(ConflictError):
        parts.publish(RUN, build)
    assert archived(sources) == b"fast"


def test_publishing_again_after_a_lost_answer_succeeds(sources: LogSources, parts: ArchiveParts) -> None:
    build = build_of(parts, [b"zip"])
    parts.publish(RUN, build)
    generation = sources.generation()
    parts.publish(RUN, build)
    assert sources.generation() == generation


@pytest.mark.parametrize("count", [2, MAX_COMPONENTS + 1])
def test_without_one_of_its_parts_no_archive_appears(sources: LogSources, parts: ArchiveParts, count: int) -> None:
    build = build_of(parts, [b"zip"] * count)
    parts.delete_parts(build.parts[:1])
    with pytest.raises(BuildLostError):
        parts.publish(RUN, build)
    assert sources.generation() is None


def test_a_part_that_another_process_replaced_is_not_used(sources: LogSources, parts: ArchiveParts) -> None:
    build = build_of(parts, [b"zip"])
    sources.put(LOGS_BUCKET, build.parts[0].key, b"zap")
    with pytest.raises(BuildLostError):
        parts.publish(RUN, build)
    assert sources.generation() is None


def test_a_part_of_another_size_is_refused(sources: LogSources, parts: ArchiveParts) -> None:
    write(parts, b"four")
    with pytest.raises(UnavailableError):
        parts.written(KEY, size=3)
    with pytest.raises(UnavailableError):
        parts.written("absent", size=3)


def test_two_workers_never_write_the_same_part() -> None:
    assert new_part_key(RUN, new_build()) != new_part_key(RUN, new_build())


def test_parts_are_not_listed_with_the_logs(sources: LogSources, parts: ArchiveParts) -> None:
    write(parts, b"zip")
    assert sources.archives.read_folder(RUN).files == {}


def test_a_log_is_copied_in_the_state_it_had(sources: LogSources, parts: ArchiveParts) -> None:
    sources.put_log("nextflow.log", b"log")
    state = sources.archives.read_folder(RUN).files["nextflow.log"]
    copy = parts.copy_log(log_key(RUN, "nextflow.log"), state, to=KEY)
    sources.put_log("nextflow.log", b"log, and more")
    assert copy
    assert sources.client.blob(LOGS_BUCKET, copy.key, generation=copy.generation).download_as_bytes() == b"log"
    assert parts.copy_log(log_key(RUN, "nextflow.log"), state, to=f"{KEY}2") is None
    assert parts.copy_log(log_key(RUN, "absent"), state, to=f"{KEY}2") is None


def test_deleting_twice_does_nothing(sources: LogSources, parts: ArchiveParts) -> None:
    part = write(parts, b"zip")
    parts.delete_parts([part])
    parts.delete_parts([part])
    assert sources.parts() == []


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> ArchiveParts:
    """Parts in a storage that gives up soon, on a closed port."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", PROJECT)
    return ArchiveParts(BUCKETS, StorageClient(patience_s=0.1))


def test_an_outage_of_storage_raises_unavailable(unreachable: ArchiveParts) -> None:
    build = dataclasses.replace(new_build(), parts=[Part(key=KEY, generation=1)])
    calls: list[Callable[[], object]] = [
        lambda: write(unreachable, LONG),
        lambda: unreachable.written(KEY, size=1),
        lambda: unreachable.publish(RUN, build),
    ]
    for call in calls:
        with pytest.raises(UnavailableError):
            call()
    unreachable.delete_parts(build.parts)  # the bucket's rule deletes them


def write_and(parts: ArchiveParts, then: Callable[[ObjectUpload], object], *, start: bytes = LONG) -> None:
    """Write a part, and call `then` during the upload."""
    with parts.writing(KEY) as upload:
        upload.write(start)
        then(upload)


def test_an_abandoned_part_does_not_appear(sources: LogSources, parts: ArchiveParts) -> None:
    def die(_upload: ObjectUpload) -> None:
        raise CrashError

    with pytest.raises(CrashError):
        write_and(parts, die)
    assert sources.parts() == []


def test_a_part_is_not_visible_before_it_is_complete(sources: LogSources, parts: ArchiveParts) -> None:
    seen: list[list[str]] = []
    write_and(parts, lambda _upload: seen.append(sources.parts()), start=b"x" * (20 << 20))
    assert seen == [[]]
    assert sources.parts() == [KEY]


def test_a_failed_upload_ignores_writes_and_raises_its_first_error(unreachable: ArchiveParts) -> None:
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
