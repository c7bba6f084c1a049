"""Whether an unfinished archive is continued, and what its manifest says."""

import dataclasses
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.archive.build import ArchiveBuild, Member, Origin, Part
from common.domain.archive.manifest import Included, Missing
from common.domain.archive.zip_stream import ZipEntry, ZipState
from common.domain.runs.status import LIVE_STATUSES, RunStatus
from tests.support.runs import NOON, make_run

BUILD = ArchiveBuild(
    build_id="b1",
    run_status=RunStatus.RUNNING,
    started_at=NOON,
    contents="now",
    fingerprint="now",
    is_final=True,
    replacing=7,
    members=(Member(name="nextflow.log", origin=Origin.LOGS_BUCKET, written_at=NOON),),
    missing=(Missing(name="report.html", why="not written yet"),),
)


def continues(
    *, status: RunStatus, begun_as: RunStatus, contents: str = "now", archive: int = 7, after: timedelta = timedelta(0)
) -> bool:
    build = dataclasses.replace(BUILD, run_status=begun_as)
    return build.can_continue(make_run(status=status), contents=contents, archive=archive, at=NOON + after)


@pytest.mark.parametrize("status", sorted(LIVE_STATUSES))
def test_the_archive_of_a_live_run_is_continued_though_its_log_grows(status: RunStatus) -> None:
    assert continues(status=status, begun_as=RunStatus.RUNNING, contents="grown")


@pytest.mark.parametrize(
    ("begun_as", "contents", "expected"),
    [(RunStatus.FAILED, "now", True), (RunStatus.FAILED, "grown", False), (RunStatus.RUNNING, "now", False)],
)
def test_the_archive_of_a_finished_run_shows_its_end(begun_as: RunStatus, contents: str, *, expected: bool) -> None:
    assert continues(status=RunStatus.FAILED, begun_as=begun_as, contents=contents) == expected


@pytest.mark.parametrize("status", [RunStatus.RUNNING, RunStatus.FAILED])
def test_a_build_is_not_continued_after_a_day_or_beside_a_newer_archive(status: RunStatus) -> None:
    assert continues(status=status, begun_as=status, after=timedelta(hours=23))
    assert not continues(status=status, begun_as=status, after=timedelta(hours=24))
    assert not continues(status=status, begun_as=status, archive=8)


def test_each_step_has_its_own_name() -> None:
    later = dataclasses.replace(BUILD, parts=[Part(key="k", generation=1)])
    other = dataclasses.replace(BUILD, build_id="b2")
    assert len({build.step for build in (BUILD, later, other)}) == 3


def test_the_manifest_shows_the_run_as_it_was_when_the_build_began() -> None:
    build = dataclasses.replace(
        BUILD,
        zip=ZipState(entries=[ZipEntry(name="nextflow.log", written_at=NOON, offset=0, size=3)]),
        notes={"nextflow.log": "cut"},
    )
    manifest = build.manifest(make_run(status=RunStatus.FAILED))
    assert (manifest.run.status, manifest.made_at) == (RunStatus.RUNNING, NOON)
    assert manifest.included == [Included(name="nextflow.log", bytes=3, note="cut")]
    assert manifest.missing == [Missing(name="report.html", why="not written yet")]


@given(
    st.builds(
        ZipEntry,
        name=st.text(max_size=5),
        written_at=st.just(NOON),
        offset=st.integers(0, 1 << 40),
        crc=st.integers(0, (1 << 32) - 1),
        size=st.integers(0, 1 << 40),
        compressed_size=st.integers(0, 1 << 40),
    ),
    st.booleans(),
)
def test_a_build_survives_json(entry: ZipEntry, is_open: bool) -> None:
    build = dataclasses.replace(BUILD, zip=ZipState(size=entry.offset, entries=[entry], is_open=is_open))
    assert ArchiveBuild.from_json(json.loads(json.dumps(build.as_json()))) == build
