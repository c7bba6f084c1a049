"""Whether an archive is up to date, and its manifest."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.archive.manifest import (
    UNFINISHED,
    Included,
    Manifest,
    Missing,
    fingerprint,
    included_in,
    is_fresh,
)
from common.domain.runs.run import Run
from common.domain.runs.status import FINAL_STATUSES, LIVE_STATUSES, RunStatus
from common.domain.tasks.task import Task, TaskStatus
from tests.support.runs import NOON, make_run, make_task

FILES = {"nextflow.log": 7, "trace.txt": 8}
FAILED = make_task(status=TaskStatus.FAILED, exit_code=1)
RUNNING, OVER = make_run(status=RunStatus.RUNNING), make_run(status=RunStatus.FAILED)


def fresh(run: Run, archived: str, *, seconds: float) -> bool:
    """Whether an archive with this fingerprint is fresh for the fingerprint "now", `seconds` after it was made."""
    return is_fresh(run, archived=archived, made_at=NOON, current="now", at=NOON + timedelta(seconds=seconds))


@given(st.permutations([*FILES.items()]), st.permutations([FAILED, make_task(hash="cd/000000")]))
def test_the_fingerprint_does_not_depend_on_order(files: list[tuple[str, int]], tasks: list[Task]) -> None:
    expected = fingerprint(FILES, [FAILED, make_task(hash="cd/000000")])
    assert fingerprint(dict(files), tasks) == expected


def test_the_fingerprint_changes_with_every_file_and_task() -> None:
    made = {
        fingerprint(FILES, []),
        fingerprint(FILES | {"trace.txt": 9}, []),
        fingerprint(FILES | {"exit_code": 9}, []),
        fingerprint({}, []),
        fingerprint(FILES, [FAILED]),
        fingerprint(FILES, [FAILED, make_task(hash="cd/000000", status=TaskStatus.FAILED)]),
    }
    assert len(made) == 6


@pytest.mark.parametrize("run", [RUNNING, OVER])
def test_an_archive_of_the_current_contents_is_fresh(run: Run) -> None:
    assert fresh(run, "now", seconds=1e6)


@pytest.mark.parametrize("status", sorted(LIVE_STATUSES))
def test_an_outdated_archive_of_a_live_run_is_fresh_for_a_minute(status: RunStatus) -> None:
    assert fresh(make_run(status=status), "before", seconds=59)
    assert not fresh(make_run(status=status), "before", seconds=60)


@pytest.mark.parametrize("status", sorted(FINAL_STATUSES))
def test_an_outdated_archive_of_a_run_that_is_over_is_not_fresh(status: RunStatus) -> None:
    assert not fresh(make_run(status=status), "before", seconds=0)


def test_an_unfinished_archive_is_fresh_for_a_minute() -> None:
    assert fresh(OVER, UNFINISHED, seconds=59)
    assert not fresh(OVER, UNFINISHED, seconds=60)


def test_a_manifest_lists_included_and_missing_files() -> None:
    manifest = Manifest(run=OVER, made_at=NOON)
    manifest.included.append(Included(name="trace.txt", bytes=3))
    manifest.missing.append(Missing(name="report.html", why="the run did not write it"))
    assert json.loads(manifest.as_json()) == {
        "run_id": OVER.run_id,
        "status": "failed",
        "made_at": "2026-11-23T12:00:00+00:00",
        "files": [{"name": "trace.txt", "bytes": 3, "note": None}],
        "missing": [{"name": "report.html", "why": "the run did not write it"}],
    }


def test_the_files_of_a_manifest_can_be_read_back() -> None:
    files = [Included(name="trace.txt", bytes=3), Included(name="tasks/ab-cdef01/stdout.txt", bytes=4, note="µ")]
    manifest = Manifest(run=OVER, made_at=NOON, included=files)
    assert included_in(manifest.as_json().encode()) == {file.name: file for file in files}


def included(size: int, note: str | None = None) -> Included:
    return Included(name="stdout.txt", bytes=size, note=note)


@pytest.mark.parametrize(
    ("old", "new", "is_kept"),
    [
        (included(2), included(1), True),
        (included(1), included(1), False),
        (included(1), included(2), False),
        (included(2), included(1, "only its end"), True),
        (included(2, "only its end"), included(1), True),
        (included(2, "only its end; odd"), included(1, "only its end"), False),
    ],
)
def test_the_longer_file_is_kept_unless_both_are_cut(old: Included, new: Included, is_kept: bool) -> None:
    assert old.has_more_than(new) == is_kept


def test_a_copied_file_is_noted_as_copied_once() -> None:
    assert included(1).copied_note() == "copied from an earlier archive"
    assert included(1, "odd").copied_note() == "odd; copied from an earlier archive"
    assert included(1, included(1, "odd").copied_note()).copied_note() == "odd; copied from an earlier archive"
