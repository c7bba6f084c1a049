"""Archives built from and into buckets of the Storage stand-in."""

import random
import tracemalloc
from collections.abc import Callable, Sequence
from itertools import count

import pytest

from common.domain.archive.manifest import MAX_TASKS, UNFINISHED
from common.domain.runs.files import archive_key, log_key
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus
from common.domain.tasks.output import OutputSource, TaskOutput
from common.domain.tasks.task import Task, TaskStatus
from common.errors import ConflictError, RoleMissingError, SluiceError, TooManyRequestsError, UnavailableError
from common.services.archive.planner import Contents
from common.services.task_output.outputs import FetchedOutput
from localdev.stack.layout import LOGS_BUCKET
from tests.support.actions.fakes import CrashError
from tests.support.logs.sources import RUN, WORK_DIR, LogSources
from tests.support.runs import NOON, make_run, make_task

ALL_LOGS = {"nextflow.log": b"log\n", "trace.txt": b"trace\n", "timeline.html": b"<t>", "report.html": b"<r>"} | {
    "exit_code": b"1\n"
}
OVER, LIVE = make_run(status=RunStatus.FAILED), make_run(status=RunStatus.RUNNING)
FAILED = make_task(status=TaskStatus.FAILED, work_dir=WORK_DIR)
CUT_OUTPUT = TaskOutput(stdout="the end", truncated=("stdout",), source=OutputSource.CLOUD_LOGGING)
ELSEWHERE = [make_task(hash=f"cd/00000{number}", status=TaskStatus.FAILED) for number in (1, 2)]
REFUSED = RoleMissingError("Cloud Logging")
NOTHING = FetchedOutput(output=TaskOutput(), as_of=NOON, is_final=True)


def heartbeat() -> None:
    """Does nothing."""


def logged(output: TaskOutput, *, is_final: bool = True) -> Callable[[Task], FetchedOutput]:
    return lambda _task: FetchedOutput(output=output, as_of=NOON, is_final=is_final)


def build(
    sources: LogSources,
    failed: Sequence[Task] = (),
    *,
    run: Run = OVER,
    output_of: Callable[[Task], FetchedOutput] = lambda _task: NOTHING,
    heartbeat: Callable[[], None] = heartbeat,
) -> bool:
    contents = Contents(folder=sources.archives.read_folder(RUN), failed=failed, output_of=output_of)
    return sources.archiver.take_step(contents, run, at=sources.clock.now, heartbeat=heartbeat).is_final


def members(sources: LogSources) -> dict[str, bytes]:
    """The archived files of FAILED, by their names within its folder."""
    archive, folder = sources.archive(), "tasks/ab-cdef01/"
    return {name.removeprefix(folder): archive.read(name) for name in archive.namelist() if name.startswith(folder)}


def notes(sources: LogSources) -> dict[str, str | None]:
    return {file["name"].rpartition("/")[2]: file["note"] for file in sources.manifest()["files"]}


def missing(sources: LogSources) -> dict[str, str]:
    return {file["name"]: file["why"] for file in sources.manifest()["missing"]}


def when_writing(step: Callable[[], object]) -> Callable[[], None]:
    """A heartbeat that calls `step` once: after one task was checked and the log written, before the task's files."""
    calls = count(1)

    def heartbeat() -> None:
        if next(calls) == 3:
            step()

    return heartbeat


def fingerprint(sources: LogSources) -> str:
    archive = sources.archives.read_folder(RUN).archive
    return archive.fingerprint if archive else ""


def test_every_log_is_archived_unchanged(sources: LogSources) -> None:
    for name, content in ALL_LOGS.items():
        sources.put_log(name, content)
    build(sources)
    archive = sources.archive()
    assert archive.testzip() is None
    assert {name: archive.read(name) for name in ALL_LOGS} == ALL_LOGS
    assert {file["name"]: file["bytes"] for file in sources.manifest()["files"]} == {
        name: len(content) for name, content in ALL_LOGS.items()
    }
    assert sources.manifest()["missing"] == []


@pytest.mark.parametrize(("run", "why"), [(OVER, "the run did not write it"), (LIVE, "not written yet")])
def test_missing_logs_are_listed_with_the_reason(sources: LogSources, run: Run, why: str) -> None:
    sources.put_log("trace.txt", b"trace")
    build(sources, run=run)
    assert sources.archive().namelist() == ["trace.txt", "manifest.json"]
    missing = {file["name"]: file["why"] for file in sources.manifest()["missing"]}
    assert missing == dict.fromkeys(ALL_LOGS.keys() - {"trace.txt"}, why)


def test_an_empty_log_is_not_missing(sources: LogSources) -> None:
    sources.put_log("exit_code", b"")
    build(sources)
    assert sources.archive().read("exit_code") == b""


def test_other_files_and_the_old_archive_are_not_archived(sources: LogSources) -> None:
    sources.put_log("nextflow.log", b"log")
    sources.put_log("core.1", b"no log")
    build(sources)
    build(sources)
    assert sources.archive().namelist() == ["nextflow.log", "manifest.json"]


def test_the_work_files_of_failed_tasks_are_archived(sources: LogSources) -> None:
    sources.put_work({".command.out": b"out", ".command.err": b"err", ".command.log": b"log", ".command.sh": b"sh"})
    build(sources, [FAILED])
    archive = sources.archive()
    found = {name: archive.read(name) for name in archive.namelist() if name.startswith("tasks/")}
    folder = "tasks/ab-cdef01"
    assert found == {f"{folder}/stdout.txt": b"out", f"{folder}/stderr.txt": b"err", f"{folder}/log.txt": b"log"}


def test_output_without_work_files_is_read_from_cloud_logging(sources: LogSources) -> None:
    output = TaskOutput(stdout="µ", truncated=("stdout",), source=OutputSource.CLOUD_LOGGING, merged=True)
    build(sources, [FAILED], output_of=logged(output))
    assert sources.archive().read("tasks/ab-cdef01/stdout.txt").decode() == "µ"
    entry = next(file for file in sources.manifest()["files"] if file["name"].startswith("tasks/"))
    assert entry["note"] == "only its end; contains stderr too: google-batch does not separate them"


def test_a_task_without_output_is_listed_as_missing(sources: LogSources) -> None:
    build(sources, [FAILED])
    missing = {file["name"]: file["why"] for file in sources.manifest()["missing"]}
    assert missing["tasks/ab-cdef01"] == "neither its work directory nor Cloud Logging has any output"


def test_the_number_of_archived_tasks_is_limited(sources: LogSources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.services.archive.planner.MAX_TASKS", 2)
    output = TaskOutput(stdout="x", source=OutputSource.CLOUD_LOGGING)
    tasks = [make_task(hash=f"ab/00000{number}", status=TaskStatus.FAILED) for number in range(3)]
    build(sources, tasks, output_of=logged(output))
    assert len([name for name in sources.archive().namelist() if name.startswith("tasks/")]) == 2
    assert [file["why"] for file in sources.manifest()["missing"] if file["name"] == "tasks"] == [
        "more tasks failed; these are the first 2"
    ]
    assert MAX_TASKS > 2


def test_a_final_archive_has_the_fingerprint_of_its_contents(sources: LogSources) -> None:
    sources.put_log("nextflow.log", b"log")
    build(sources)
    contents = Contents(folder=sources.archives.read_folder(RUN), failed=[], output_of=lambda _task: NOTHING)
    assert fingerprint(sources) == contents.fingerprint


def test_an_archive_with_growing_output_is_unfinished(sources: LogSources) -> None:
    assert not build(sources, [FAILED], output_of=logged(TaskOutput(), is_final=False))
    assert fingerprint(sources) == UNFINISHED


def test_nothing_is_written_when_output_has_to_wait(sources: LogSources) -> None:
    def refuse(_task: Task) -> FetchedOutput:
        raise TooManyRequestsError("reads are used up", retry_after_s=2)

    with pytest.raises(TooManyRequestsError):
        build(sources, [FAILED], output_of=refuse)
    assert sources.generation() is None


def test_a_crash_leaves_no_archive_and_a_retry_builds_it(sources: LogSources) -> None:
    def die() -> None:
        raise CrashError

    sources.put_log("nextflow.log", b"log")
    with pytest.raises(CrashError):
        build(sources, heartbeat=die)
    assert sources.generation() is None
    build(sources)
    assert sources.archive().read("nextflow.log") == b"log"


def replacing_log(sources: LogSources) -> Callable[[], None]:
    """A heartbeat that replaces the log once, as soon as its first block is written."""
    blocks = count(1)

    def heartbeat() -> None:
        if next(blocks) == 2:
            sources.put_log("nextflow.log", b"y")

    return heartbeat


def test_the_beginning_of_a_log_replaced_while_reading_is_archived(sources: LogSources) -> None:
    sources.put_log("nextflow.log", b"x" * (20 << 20))
    build(sources, run=OVER, heartbeat=replacing_log(sources))
    content = sources.archive().read("nextflow.log")
    assert 0 < len(content) < 20 << 20
    assert set(content) == {ord("x")}
    assert sources.manifest()["files"][0] == {
        "name": "nextflow.log",
        "bytes": len(content),
        "note": "replaced while it was read; only its beginning",
    }


def test_a_live_log_replaced_while_reading_is_archived_completely(sources: LogSources) -> None:
    sources.put_log("nextflow.log", b"x" * (20 << 20))
    build(sources, run=LIVE, heartbeat=replacing_log(sources))
    assert sources.archive().read("nextflow.log") == b"x" * (20 << 20)
    assert notes(sources) == {"nextflow.log": None}
    assert sources.parts() == []


def test_neither_a_log_nor_the_archive_is_held_in_memory(sources: LogSources) -> None:
    sources.put_log("nextflow.log", bytes(64 << 20))
    tracemalloc.start()
    build(sources)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sources.archive().getinfo("nextflow.log").file_size == 64 << 20
    assert peak < 48 << 20  # including the stand-in, which runs in this process


def test_the_archive_can_be_downloaded(sources: LogSources) -> None:
    sources.put_log("trace.txt", b"trace")
    build(sources)
    blob = sources.client.blob(LOGS_BUCKET, archive_key(RUN))
    blob.reload()
    assert (blob.content_type, blob.content_encoding) == ("application/zip", None)


def test_expired_files_are_copied_from_the_earlier_archive(sources: LogSources) -> None:
    sources.put_work({".command.out": b"A" * (5 << 20), ".command.err": b"why"})
    build(sources, [FAILED])
    sources.empty_work()
    build(sources, [FAILED])
    assert members(sources) == {"stdout.txt": b"A" * (5 << 20), "stderr.txt": b"why"}
    assert notes(sources) == dict.fromkeys(["stdout.txt", "stderr.txt"], "copied from an earlier archive")
    assert "tasks/ab-cdef01" not in missing(sources)


def test_copied_files_keep_their_time_and_note(sources: LogSources) -> None:
    build(sources, [FAILED], output_of=logged(CUT_OUTPUT))
    first = sources.archive().getinfo("tasks/ab-cdef01/stdout.txt").date_time
    for _ in range(3):
        sources.clock.advance(days=1)
        build(sources, [FAILED])
    assert members(sources) == {"stdout.txt": b"the end"}
    assert notes(sources) == {"stdout.txt": "only its end; copied from an earlier archive"}
    assert sources.archive().getinfo("tasks/ab-cdef01/stdout.txt").date_time == first


def test_a_task_with_some_expired_files_has_copied_and_new_files(sources: LogSources) -> None:
    sources.put_work({".command.out": b"out", ".command.err": b"err"})
    build(sources, [FAILED])
    sources.empty_work()
    sources.put_work({".command.err": b"err, and more"})
    build(sources, [FAILED])
    assert members(sources) == {"stdout.txt": b"out", "stderr.txt": b"err, and more"}


def test_a_deleted_log_is_copied_and_not_missing(sources: LogSources) -> None:
    sources.put_log("trace.txt", b"trace")
    build(sources)
    sources.client.blob(LOGS_BUCKET, log_key(RUN, "trace.txt")).delete()
    build(sources, [FAILED])
    assert sources.archive().read("trace.txt") == b"trace"
    assert "trace.txt" not in missing(sources)


def test_a_complete_text_is_not_replaced_by_its_end(sources: LogSources) -> None:
    sources.put_work({".command.out": b"all of it, the end"})
    build(sources, [FAILED])
    sources.empty_work()
    build(sources, [FAILED], output_of=logged(CUT_OUTPUT))
    assert members(sources) == {"stdout.txt": b"all of it, the end"}


def test_late_output_replaces_earlier_output(sources: LogSources) -> None:
    for text in ("one\n", "one\ntwo\n"):
        build(sources, [FAILED], output_of=logged(TaskOutput(stdout=text, source=OutputSource.CLOUD_LOGGING)))
    assert members(sources) == {"stdout.txt": b"one\ntwo\n"}
    assert notes(sources) == {"stdout.txt": None}


def test_a_foreign_zip_is_replaced(sources: LogSources) -> None:
    sources.put(LOGS_BUCKET, archive_key(RUN), b"no zip")
    sources.put_log("trace.txt", b"trace")
    build(sources)
    assert sources.archive().namelist() == ["trace.txt", "manifest.json"]


def test_a_file_deleted_while_reading_does_not_replace_its_archived_copy(sources: LogSources) -> None:
    sources.put_log("nextflow.log", b"log")
    sources.put_work({".command.out": b"x" * (20 << 20)})
    build(sources, [FAILED])
    with pytest.raises(UnavailableError, match="was deleted or replaced"):
        build(sources, [FAILED], heartbeat=when_writing(sources.empty_work))
    build(sources, [FAILED])
    assert members(sources) == {"stdout.txt": b"x" * (20 << 20)}


def test_an_archive_replaced_while_reading_is_not_overwritten(sources: LogSources) -> None:
    sources.put_log("nextflow.log", b"log")
    sources.put_work({".command.out": random.Random(1).randbytes(20 << 20)})
    build(sources, [FAILED])
    sources.empty_work()
    with pytest.raises(ConflictError):
        build(sources, [FAILED], heartbeat=when_writing(lambda: sources.put(LOGS_BUCKET, archive_key(RUN), b"another")))


def test_copied_files_are_not_held_in_memory(sources: LogSources) -> None:
    sources.put_work({".command.out": bytes(64 << 20)})
    build(sources, [FAILED])
    sources.empty_work()
    tracemalloc.start()
    build(sources, [FAILED])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sources.archive().getinfo("tasks/ab-cdef01/stdout.txt").file_size == 64 << 20
    assert peak < 48 << 20  # including the stand-in


def refusing(error: SluiceError, *others: SluiceError) -> Callable[[Task], FetchedOutput]:
    """Raises each error once, and the last one from then on."""
    errors = iter([error, *others])
    raised = [error]

    def refuse(_task: Task) -> FetchedOutput:
        raised.append(next(errors, raised[-1]))
        raise raised[-1]

    return refuse


def test_unreadable_output_is_listed_with_the_reason_and_the_rest_archived(sources: LogSources) -> None:
    sources.put_log("nextflow.log", b"log")
    sources.put_work({".command.out": b"out"})
    tasks = [FAILED, *ELSEWHERE]
    assert not build(sources, tasks, output_of=refusing(REFUSED))
    assert fingerprint(sources) == UNFINISHED
    assert sources.archive().read("nextflow.log") == b"log"
    assert members(sources) == {"stdout.txt": b"out"}
    why = f"could not be read: {REFUSED.message}"
    assert {name: why for name, why in missing(sources).items() if name.startswith("tasks/")} == {
        "tasks/cd-000001": why,
        "tasks/cd-000002": why,
    }


def test_after_a_refusal_no_temporary_error_is_raised(sources: LogSources) -> None:
    used_up = TooManyRequestsError("reads are used up", retry_after_s=2)
    build(sources, ELSEWHERE, output_of=refusing(REFUSED, used_up))
    assert missing(sources)["tasks/cd-000002"] == "could not be read: reads are used up"


def test_output_that_may_not_be_read_any_more_is_copied(sources: LogSources) -> None:
    build(sources, [FAILED], output_of=logged(CUT_OUTPUT, is_final=False))
    build(sources, [FAILED], output_of=refusing(REFUSED))
    assert members(sources) == {"stdout.txt": b"the end"}
    assert "tasks/ab-cdef01" not in missing(sources)


@pytest.mark.parametrize(("days", "expected"), [(29, False), (30, True)])
def test_an_archive_with_a_refusal_is_final_when_all_output_has_expired(
    sources: LogSources, days: int, expected: bool
) -> None:
    task = FAILED._replace(end_time=sources.clock.now)
    sources.clock.advance(days=days)
    assert build(sources, [task], output_of=refusing(REFUSED)) == expected
