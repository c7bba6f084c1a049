"""The logs of a live run are fixed at one moment before they are read."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from common.domain.archive.build import ArchiveBuild, Part
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus
from common.domain.tasks.task import Task
from common.errors import UnavailableError
from common.services.archive.earlier import EarlierArchive
from common.services.archive.parts import ArchiveParts
from common.services.archive.planner import ArchivePlanner, Contents
from common.services.storage.client import ObjectState
from common.services.task_output.outputs import FetchedOutput
from tests.support.logs.sources import BUCKETS, RUN, LogSources
from tests.support.runs import make_run

LARGE, LARGER = b"x" * (9 << 20), b"x" * (10 << 20)
LIVE, OVER = make_run(status=RunStatus.RUNNING), make_run(status=RunStatus.FAILED)


class GrowingLogs(ArchiveParts):
    """Calls `grow` before the first `times` copies."""

    def __init__(self, sources: LogSources, grow: Callable[[], object], *, times: int) -> None:
        super().__init__(BUCKETS, sources.client)
        self._grow, self._times = grow, times

    def copy_log(self, key: str, state: ObjectState, *, to: str) -> Part | None:
        self._times -= 1
        if self._times >= 0:
            self._grow()
        return super().copy_log(key, state, to=to)


def no_output(_task: Task) -> FetchedOutput:
    raise AssertionError


def plan(sources: LogSources, planner: ArchivePlanner, run: Run) -> ArchiveBuild:
    contents = Contents(folder=sources.archives.read_folder(RUN), failed=[], output_of=no_output)
    return planner.plan(contents, run, EarlierArchive(None), at=sources.clock.now, heartbeat=lambda: None)


def growing(sources: LogSources, *, times: int) -> ArchivePlanner:
    def grow() -> None:
        sources.put_log("trace.txt", b"longer trace")
        sources.put_log("nextflow.log", LARGER)

    return replace(sources.archiver.planner, parts=GrowingLogs(sources, grow, times=times))


@pytest.mark.parametrize(("run", "copies"), [(LIVE, 1), (OVER, 0)])
def test_only_large_logs_of_live_runs_are_copied(sources: LogSources, run: Run, copies: int) -> None:
    sources.put_log("nextflow.log", LARGE)
    sources.put_log("trace.txt", b"small")
    assert len(plan(sources, sources.archiver.planner, run).copies) == len(sources.parts()) == copies


def test_all_logs_are_of_one_moment(sources: LogSources) -> None:
    """A log that has grown is listed again with all others, so that no file is older than another shows."""
    sources.put_log("nextflow.log", LARGE)
    sources.put_log("trace.txt", b"trace")
    build = plan(sources, growing(sources, times=1), LIVE)
    assert {member.name: member.size for member in build.members} == {"nextflow.log": 10 << 20, "trace.txt": 12}
    assert len(sources.parts()) == 1


def test_logs_that_change_without_end_are_tried_again_later(sources: LogSources) -> None:
    sources.put_log("nextflow.log", LARGE)
    with pytest.raises(UnavailableError, match="change faster than they can be copied"):
        plan(sources, growing(sources, times=99), LIVE)
    assert sources.parts() == []
