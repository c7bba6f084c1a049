"""Progress of archives in the table archive_builds."""

import dataclasses

import pytest
from sqlalchemy import text

from common.domain.archive.build import ArchiveBuild, Member, Origin, Part
from common.domain.archive.manifest import Missing
from common.domain.archive.zip_stream import ZipEntry, ZipState
from common.domain.runs.status import RunStatus
from common.errors import UnavailableError
from common.services.archive.builds import ArchiveBuildStore, StoredBuild
from tests.support.logs.sources import RUN, LogSources
from tests.support.runs import NOON

BUILD = ArchiveBuild(
    build_id="b1",
    run_status=RunStatus.FAILED,
    started_at=NOON,
    contents="c",
    fingerprint="f",
    is_final=True,
    replacing=7,
    members=(
        Member(name="nextflow.log", origin=Origin.LOGS_BUCKET, written_at=NOON, key="k", generation=3, size=5 << 30),
        Member(name="tasks/a/stdout.txt", origin=Origin.TASK_OUTPUT, written_at=NOON, key="ab/cdef01", note="µ"),
    ),
    missing=(Missing(name="report.html", why="the run did not write it"),),
    copies=(Part(key="copy", generation=4, size=5),),
    done=1,
    notes={"nextflow.log": "cut"},
    parts=[Part(key="part", generation=9, size=8)],
    zip=ZipState(size=8, entries=[ZipEntry(name="nextflow.log", written_at=NOON, offset=0, crc=1 << 31, size=6)]),
)


@pytest.fixture
def builds(sources: LogSources) -> ArchiveBuildStore:
    return ArchiveBuildStore(sources.engine)


def found(builds: ArchiveBuildStore) -> StoredBuild:
    stored = builds.find(RUN)
    assert stored
    return stored


def test_progress_is_found_as_it_was_saved(builds: ArchiveBuildStore) -> None:
    assert builds.find(RUN) is None
    builds.save(RUN, BUILD, after=None, at=NOON)
    assert found(builds).build == BUILD
    builds.delete(RUN, found(builds))
    assert builds.find(RUN) is None


def test_newer_progress_replaces_older(builds: ArchiveBuildStore) -> None:
    builds.save(RUN, BUILD, after=None, at=NOON)
    builds.save(RUN, dataclasses.replace(BUILD, done=2), after=found(builds), at=NOON)
    assert found(builds).build == dataclasses.replace(BUILD, done=2)


def test_of_two_workers_the_first_one_saves_its_progress(builds: ArchiveBuildStore) -> None:
    builds.save(RUN, BUILD, after=None, at=NOON)
    with pytest.raises(UnavailableError):
        builds.save(RUN, BUILD, after=None, at=NOON)
    before = found(builds)
    builds.save(RUN, dataclasses.replace(BUILD, done=2), after=before, at=NOON)
    with pytest.raises(UnavailableError):
        builds.save(RUN, BUILD, after=before, at=NOON)
    builds.delete(RUN, before)
    assert found(builds).build == dataclasses.replace(BUILD, done=2)


@pytest.mark.parametrize("document", ["{}", '{"members": 1}', '{"zip": {"entries": [{}]}}'])
def test_progress_in_another_form_is_not_continued(
    sources: LogSources, builds: ArchiveBuildStore, document: str
) -> None:
    builds.save(RUN, BUILD, after=None, at=NOON)
    with sources.engine.begin() as connection:
        connection.execute(text("UPDATE archive_builds SET build = CAST(:document AS jsonb)"), {"document": document})
    assert found(builds).build is None
    builds.save(RUN, BUILD, after=found(builds), at=NOON)
    assert found(builds).build == BUILD
