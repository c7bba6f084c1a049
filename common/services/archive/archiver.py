"""LogArchiver: zips the logs of a run in the logs bucket, in steps of limited size and time.

Only one block is read and one is sent at a time; no file is held in memory or on disk. A step writes one part; the last
one joins all parts to the archive.
"""

import time
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Final

from common.domain.archive.build import ArchiveBuild, Built, Member, Origin
from common.domain.archive.manifest import MANIFEST, Included
from common.domain.archive.zip_stream import ZipStream
from common.domain.runs.run import Run
from common.services.archive.builds import ArchiveBuildStore, StoredBuild
from common.services.archive.earlier import EarlierArchive
from common.services.archive.known import KnownArchiveStore
from common.services.archive.parts import ArchiveParts, BuildLostError, new_part_key
from common.services.archive.planner import ArchivePlanner, Contents, texts_of
from common.services.archive.store import ArchiveStore

_REPLACED: Final = "replaced while it was read; only its beginning"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLimits:
    """How much one step reads, and for how long; a worker that dies loses one step.

    Cloud Tasks waits ten minutes for an answer, and the worker compresses about 40 MB per second.
    """

    size: int = 4 << 30
    lasts: timedelta = timedelta(minutes=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogArchiver:
    """Builds archives, step by step."""

    archives: ArchiveStore
    parts: ArchiveParts
    builds: ArchiveBuildStore
    known: KnownArchiveStore
    planner: ArchivePlanner
    limits: StepLimits = StepLimits()
    seconds: Callable[[], float] = time.monotonic

    def take_step(self, contents: Contents, run: Run, *, at: datetime, heartbeat: Callable[[], None]) -> Built:
        """Begin or continue the archive of `contents`; the last step replaces the archive.

        `heartbeat` is called regularly and may raise. Raises ConflictError when the archive was replaced meanwhile,
        TooManyRequestsError and UnavailableError; then the step has to be repeated.
        """
        budget = _Budget(self.limits, self.seconds)
        earlier = self.archives.earlier(run.run_id, contents.folder.archive)
        stored = self.builds.find(run.run_id)
        build = stored.build if stored else None
        if not build or not build.can_continue(run, contents=contents.fingerprint, archive=contents.replacing, at=at):
            self.parts.delete_parts((*build.parts, *build.copies) if build else ())
            build = self.planner.plan(contents, run, earlier, at=at, heartbeat=heartbeat)
        try:
            if not self._write_part(_Step(build, run, contents, earlier, heartbeat, budget)):
                self.builds.save(run.run_id, build, after=stored, at=at)
                return Built(is_final=False, next_step=build.step)
            self.known.save(run.run_id, self.parts.publish(run.run_id, build), at=at)
        except BuildLostError:
            self._forget(run, build, stored)
            raise
        self._forget(run, build, stored)
        return Built(is_final=build.is_final)

    def _forget(self, run: Run, build: ArchiveBuild, stored: StoredBuild | None) -> None:
        if stored:
            self.builds.delete(run.run_id, stored)
        self.parts.delete_parts((*build.parts, *build.copies))

    def _write_part(self, step: "_Step") -> bool:
        """Write one more part; returns whether it is the last one."""
        build = step.build
        key, before = new_part_key(step.run.run_id, build), build.zip.size
        with self.parts.writing(key) as upload:
            stream = ZipStream(upload.write, build.zip)
            is_complete = all(self._write_member(step, stream, member) for member in build.members[build.done :])
            if is_complete:
                _write_manifest(stream, build, step.run)
        build.parts.append(self.parts.written(key, size=build.zip.size - before))
        return is_complete

    def _write_member(self, step: "_Step", stream: ZipStream, member: Member) -> bool:
        """Write the rest of a member; False when the budget is used up before the next one."""
        build = step.build
        step.heartbeat()
        if not build.zip.is_open:
            stream.begin(member.name, at=member.written_at)
        note = member.note
        with closing(self._blocks(step, member, from_byte=build.zip.entries[-1].size)) as blocks:
            for block in blocks:
                if block is None:
                    note = _REPLACED
                    _require_not_less(build.zip.entries[-1].size, member, step)
                    break
                stream.add(block)
                step.heartbeat()
                if step.budget.spend(len(block)):
                    return False
        stream.end()
        if note:
            build.notes[member.name] = note
        build.done += 1
        return not step.budget.spend(0)

    def _blocks(self, step: "_Step", member: Member, *, from_byte: int) -> Generator[bytes | None]:
        match member.origin:
            case Origin.EARLIER_ARCHIVE:
                yield from step.earlier.pieces(member.name, from_byte=from_byte)
            case Origin.TASK_OUTPUT:
                yield from _one(step.text(member)[from_byte:])
            case _:
                yield from self.archives.pieces(member, from_byte=from_byte)


class _Budget:
    """Counts what a step has read, and its time."""

    def __init__(self, limits: StepLimits, seconds: Callable[[], float]) -> None:
        self._limits, self._seconds = limits, seconds
        self._size, self._began = 0, seconds()

    def spend(self, size: int) -> bool:
        """Count bytes; returns whether the budget is used up."""
        self._size += size
        lasted = self._seconds() - self._began
        return self._size >= self._limits.size or lasted >= self._limits.lasts.total_seconds()


@dataclass(frozen=True, slots=True)
class _Step:
    """One step of a build, and all that it reads from."""

    build: ArchiveBuild
    run: Run
    contents: Contents
    earlier: EarlierArchive
    heartbeat: Callable[[], None]
    budget: _Budget

    def text(self, member: Member) -> bytes:
        """The output of a task as the archive shows it; empty when it has disappeared."""
        task = next((task for task in self.contents.failed if task.hash == member.key), None)
        texts = texts_of(self.contents.output_of(task).output) if task else {}
        return texts.get(PurePosixPath(member.name).stem, "").encode()


def _write_manifest(stream: ZipStream, build: ArchiveBuild, run: Run) -> None:
    manifest = build.manifest(run)
    stream.begin(MANIFEST, at=manifest.made_at)
    stream.add(manifest.as_json().encode())
    stream.end()
    stream.close()


def _require_not_less(size: int, member: Member, step: _Step) -> None:
    """Raise BuildLostError when the earlier archive has more of a file of a finished run."""
    kept = step.earlier.members.get(member.name)
    if step.run.is_over and kept and kept.has_more_than(Included(name=member.name, bytes=size, note=_REPLACED)):
        raise BuildLostError(f"{member.name} was deleted or replaced while it was archived; try again")


def _one(data: bytes) -> Iterable[bytes]:
    return (data,) if data else ()
