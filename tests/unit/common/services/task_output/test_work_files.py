"""Files in work directories, from the Storage stand-in."""

import tracemalloc

import pytest

from common.domain.tasks.output import Tail
from common.domain.tasks.task import Task
from common.errors import UnavailableError
from common.services.storage.client import StorageClient
from common.services.task_output.work_files import WorkFiles
from localdev.stack.layout import WORK_BUCKET
from localdev.stack.ports import free_port
from tests.support.logs.sources import BUCKETS, RUN, WORK_DIR, LogSources
from tests.support.runs import make_run, make_task

LOG = ".command.log"
TASK = make_task(work_dir=WORK_DIR)


def tail(sources: LogSources, task: Task = TASK, *, at_most: int = 100) -> Tail | None:
    return sources.work_files.tail(sources.run, task, LOG, at_most=at_most)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", Tail("", is_cut=False)),
        (b"all\n", Tail("all\n", is_cut=False)),
        (b"x" * 100, Tail("x" * 100, is_cut=False)),
        (b"a" + b"x" * 100, Tail("x" * 100, is_cut=True)),
        (b"\xff\0", Tail("\N{REPLACEMENT CHARACTER}" * 2, is_cut=False)),
        ("µ".encode() * 51, Tail("µ" * 50, is_cut=True)),
    ],
)
def test_tail_returns_the_end_of_a_file_as_text(sources: LogSources, content: bytes, expected: Tail) -> None:
    sources.put_work({LOG: content})
    assert tail(sources) == expected


def test_a_missing_file_is_none(sources: LogSources) -> None:
    assert tail(sources) is None
    assert sources.work_files.state(sources.run, TASK, LOG) is None


def test_the_end_of_a_huge_file_takes_little_memory(sources: LogSources) -> None:
    sources.put_work({LOG: b"x" * (64 << 20)})
    tracemalloc.start()
    found = tail(sources, at_most=1 << 20)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == Tail("x" * (1 << 20), is_cut=True)
    assert peak < 16 << 20  # the stand-in, which serves from a thread of this process, included


def test_a_recovery_run_reads_the_work_files_of_the_original_run(sources: LogSources) -> None:
    sources.put_work({LOG: b"first"})
    recovered = make_run(run_id="run-00000002", reused_work_dir=f"gs://{WORK_BUCKET}/runs/{RUN}/work")
    assert sources.work_files.tail(recovered, TASK, LOG, at_most=9) == Tail("first", is_cut=False)


@pytest.mark.parametrize(
    "work_dir",
    [
        None,
        "",
        "/tmp/work/ab/cdef01",  # noqa: S108 a name only
        f"gs://{WORK_BUCKET}/runs/run-00000002/work/ab/cdef01",
        f"gs://{WORK_BUCKET}/runs/{RUN}/cache/ab",
        f"gs://{WORK_BUCKET}/runs/{RUN}/workshop/ab",
        f"gs://{BUCKETS.runs}/runs/{RUN}/work/ab/cdef01",
        f"gs://elsewhere/runs/{RUN}/work/ab/cdef01",
    ],
)
def test_a_directory_outside_the_work_folder_of_the_run_is_not_read(sources: LogSources, work_dir: str | None) -> None:
    for named in (
        (work_dir or "").removeprefix("gs://").partition("/")[::2],
        (WORK_BUCKET, "runs/run-00000002/work/x"),
    ):
        if named[0] in {WORK_BUCKET, BUCKETS.runs}:
            sources.put(named[0], f"{named[1]}/{LOG}", b"secret")
    task = make_task(work_dir=work_dir)
    assert tail(sources, task) is None
    assert sources.work_files.state(sources.run, task, LOG) is None


def test_an_outage_of_storage_raises_unavailable(sources: LogSources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{free_port()}")
    files = WorkFiles(BUCKETS, StorageClient(patience_s=0.1))
    with pytest.raises(UnavailableError):
        files.tail(sources.run, TASK, LOG, at_most=9)
