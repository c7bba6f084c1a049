"""Archives that are built in several steps are the same as those built in one."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from common.domain.archive.build import Built
from common.domain.runs.files import archive_key, log_key
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus
from common.domain.tasks.output import OutputSource, TaskOutput
from common.domain.tasks.task import Task, TaskStatus
from common.errors import ConflictError, UnavailableError
from common.services.archive import earlier, parts, planner, store
from common.services.archive.archiver import LogArchiver, StepLimits
from common.services.archive.planner import Contents
from common.services.task_output.outputs import FetchedOutput
from localdev.stack.layout import LOGS_BUCKET
from tests.support.actions.fakes import CrashError
from tests.support.logs.sources import RUN, WORK_DIR, LogSources
from tests.support.runs import NOON, make_run, make_task

OVER, LIVE = make_run(status=RunStatus.FAILED), make_run(status=RunStatus.RUNNING)
BLOCK = 256 << 10  # of the files here, instead of 8 MiB: Cloud Storage takes a large object in multiples of it
LOG = random.Random(1).randbytes(5 * BLOCK // 2)
OUTPUT = LOG[: BLOCK + BLOCK // 8]
TASKS = [
    make_task(status=TaskStatus.FAILED, work_dir=WORK_DIR),
    make_task(hash="cd/000001", status=TaskStatus.FAILED),
]
ONE_BLOCK = StepLimits(size=1)


def printed(_task: Task) -> FetchedOutput:
    output = TaskOutput(stdout="printed\n", source=OutputSource.CLOUD_LOGGING, merged=True)
    return FetchedOutput(output=output, as_of=NOON, is_final=True)


class Builder:
    """Builds the archive of a run with large files and the output of two tasks, one of which has no files."""

    def __init__(self, sources: LogSources) -> None:
        self.sources, self.archiver = sources, replace(sources.archiver, limits=ONE_BLOCK)
        self.heartbeat: Callable[[], None] = lambda: None
        sources.put_log("nextflow.log", LOG)
        sources.put_log("trace.txt", b"trace")
        sources.put_work({".command.out": OUTPUT, ".command.err": b""})

    def step(self, run: Run = OVER, archiver: LogArchiver | None = None) -> Built:
        contents = Contents(folder=self.sources.archives.read_folder(RUN), failed=TASKS, output_of=printed)
        return (archiver or self.archiver).take_step(contents, run, at=self.sources.clock.now, heartbeat=self._beat)

    def _beat(self) -> None:
        self.heartbeat()

    def finish(self, run: Run = OVER) -> int:
        """Build to the end; the number of steps."""
        for steps in count(1):
            built = self.step(run)
            if built.next_step is None:
                return steps
            self.sources.clock.advance(seconds=30)
        raise AssertionError

    def uninterrupted(self) -> bytes:
        """The bytes of the archive when one step builds it; the archive is deleted."""
        assert self.step(archiver=self.sources.archiver).next_step is None
        content = self.content()
        self.sources.client.blob(LOGS_BUCKET, archive_key(RUN)).delete()
        return content

    def content(self) -> bytes:
        content: bytes = self.sources.client.blob(LOGS_BUCKET, archive_key(RUN)).download_as_bytes()
        return content


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (earlier, planner, store):
        monkeypatch.setattr(module, "BLOCK_BYTES", BLOCK)
    monkeypatch.setattr(parts, "_CHUNK_BYTES", BLOCK)


@pytest.fixture
def builder(sources: LogSources) -> Builder:
    return Builder(sources)


def test_an_archive_built_in_steps_has_the_same_bytes(builder: Builder, sources: LogSources) -> None:
    expected = builder.uninterrupted()
    assert builder.finish() > 5
    assert builder.content() == expected
    assert sources.archive().testzip() is None


def test_a_step_has_a_byte_budget(builder: Builder) -> None:
    builder.archiver = replace(builder.archiver, limits=StepLimits(size=2 * BLOCK + BLOCK // 8))
    assert builder.finish() == 2


def test_a_step_has_a_time_budget(builder: Builder) -> None:
    seconds = count()
    builder.archiver = replace(
        builder.archiver, limits=StepLimits(lasts=timedelta(seconds=3)), seconds=lambda: float(next(seconds))
    )
    assert 2 < builder.finish() < 6


def test_no_archive_is_served_before_the_last_step(builder: Builder, sources: LogSources) -> None:
    while builder.step().next_step:
        assert sources.generation() is None
    assert sources.archive().testzip() is None


def test_the_earlier_archive_is_served_until_the_last_step(builder: Builder, sources: LogSources) -> None:
    builder.step(archiver=sources.archiver)
    first = sources.generation()
    sources.put_log("trace.txt", b"longer trace")
    while builder.step().next_step:
        assert sources.generation() == first
    assert sources.archive().read("trace.txt") == b"longer trace"


def test_nothing_is_left_of_the_steps(builder: Builder, sources: LogSources) -> None:
    builder.finish()
    assert sources.parts() == []
    assert sources.rows("SELECT * FROM archive_builds") == []


@pytest.mark.parametrize("crash_at", [1, 4, 9, 14])
def test_a_step_that_dies_is_repeated(builder: Builder, crash_at: int) -> None:
    expected = builder.uninterrupted()
    beats = count(1)

    def die_once() -> None:
        if next(beats) == crash_at:
            raise CrashError

    builder.heartbeat = die_once
    try:
        builder.finish()
    except CrashError:
        builder.finish()
    assert builder.content() == expected


def test_a_worker_that_was_overtaken_changes_nothing(builder: Builder, sources: LogSources) -> None:
    """Two workers continue the same step: the second one to finish it fails, and a retry goes on."""
    expected = builder.uninterrupted()
    builder.step()
    overtaken: list[bool] = []

    def overtake() -> None:
        if not overtaken:
            overtaken.append(True)
            builder.step()

    builder.heartbeat = overtake
    with pytest.raises(UnavailableError, match="another worker"):
        builder.step()
    builder.finish()
    assert builder.content() == expected


def test_a_worker_overtaken_at_the_end_does_not_replace_the_archive(builder: Builder, sources: LogSources) -> None:
    builder.step()
    overtaken: list[int | None] = []

    def overtake() -> None:
        if not overtaken:
            overtaken.append(None)
            builder.finish()
            overtaken[0] = sources.generation()

    builder.heartbeat = overtake
    with pytest.raises((UnavailableError, ConflictError)):
        builder.step(archiver=sources.archiver)
    assert [sources.generation()] == overtaken


def test_a_live_log_that_grows_between_steps_is_archived_as_it_was(builder: Builder, sources: LogSources) -> None:
    builder.step(LIVE)
    sources.put_log("nextflow.log", LOG + b"more")
    sources.put_log("trace.txt", b"trace, and more")
    builder.finish(LIVE)
    assert sources.archive().read("nextflow.log") == LOG
    assert [file["note"] for file in sources.manifest()["files"] if file["name"] == "nextflow.log"] == [None]
    assert sources.manifest()["status"] == "running"


@pytest.mark.parametrize(
    "change",
    [
        lambda sources: sources.put_log("nextflow.log", LOG + b"the end"),
        lambda sources: sources.put_log("exit_code", b"1"),
    ],
)
def test_a_finished_run_with_new_logs_is_archived_from_the_beginning(
    builder: Builder, sources: LogSources, change: Callable[[LogSources], None]
) -> None:
    builder.step()
    change(sources)
    builder.finish()
    content = sources.client.blob(LOGS_BUCKET, log_key(RUN, "nextflow.log")).download_as_bytes()
    assert sources.archive().read("nextflow.log") == content
    assert sources.parts() == []


def test_a_run_that_ended_between_steps_is_archived_from_the_beginning(builder: Builder, sources: LogSources) -> None:
    builder.step(LIVE)
    builder.finish(OVER)
    assert sources.manifest()["status"] == "failed"
    assert sources.parts() == []


def test_an_archive_replaced_between_steps_is_kept_and_built_again(builder: Builder, sources: LogSources) -> None:
    builder.step()
    sources.put(LOGS_BUCKET, archive_key(RUN), b"another")
    builder.finish()
    assert sources.archive().read("nextflow.log") == LOG


def test_a_build_begins_again_after_a_day(builder: Builder, sources: LogSources) -> None:
    """By then the bucket's rule may have deleted its parts."""
    builder.step()
    first = sources.parts()
    sources.clock.advance(days=1)
    builder.step()
    assert first
    assert not set(first) & set(sources.parts())


def test_a_build_whose_part_is_gone_begins_again(builder: Builder, sources: LogSources) -> None:
    builder.step()
    for key in sources.parts():
        sources.client.blob(LOGS_BUCKET, key).delete()
    with pytest.raises(UnavailableError, match="was deleted"):
        builder.finish()
    builder.finish()
    assert sources.archive().testzip() is None


def test_copies_from_the_earlier_archive_are_continued_too(builder: Builder, sources: LogSources) -> None:
    builder.step(archiver=sources.archiver)
    sources.empty_work()
    builder.finish()
    assert sources.archive().read("tasks/ab-cdef01/stdout.txt") == OUTPUT


def test_a_file_lost_between_steps_does_not_replace_its_archived_copy(builder: Builder, sources: LogSources) -> None:
    builder.step(archiver=sources.archiver)
    sources.put_log("exit_code", b"1")
    builder.step()
    sources.empty_work()
    with pytest.raises(UnavailableError, match="was deleted or replaced"):
        builder.finish()
    builder.finish()
    assert sources.archive().read("tasks/ab-cdef01/stdout.txt") == OUTPUT
