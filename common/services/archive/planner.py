"""ArchivePlanner: decides which files an archive gets, before any of them is read.

Work directories expire, so a new archive copies from the earlier one the files that can no longer be read.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from common.domain.archive.build import BLOCK_BYTES, ArchiveBuild, Member, Origin, Part
from common.domain.archive.manifest import (
    ARCHIVED_LOGS,
    CUT,
    MAX_TASKS,
    UNFINISHED,
    Included,
    Missing,
    fingerprint,
)
from common.domain.batch.child_jobs import EXECUTOR
from common.domain.runs import files as run_files
from common.domain.runs.run import Run
from common.domain.tasks.output import OUTPUT_FILES, TaskOutput, has_expired, task_id_of
from common.domain.tasks.task import Task
from common.errors import RoleMissingError, SluiceError, TooManyRequestsError, UnavailableError
from common.services.archive.earlier import EarlierArchive
from common.services.archive.parts import ArchiveParts
from common.services.archive.store import ArchiveStore, LogFolder
from common.services.storage.client import ObjectState
from common.services.task_output.outputs import FetchedOutput
from common.services.task_output.work_files import WorkFiles

OutputOf = Callable[[Task], FetchedOutput]

_MERGED: Final = f"contains stderr too: {EXECUTOR} does not separate them"
_TRIES: Final = 5  # of copying the logs of a live run; its head job replaces them every few seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The contents of an archive: the existing log files and the failed tasks.

    `output_of` returns the output of a task whose work directory is empty.
    """

    folder: LogFolder
    failed: Sequence[Task]
    output_of: OutputOf

    @property
    def fingerprint(self) -> str:
        return _fingerprint(self.folder.files, self.failed)

    @property
    def replacing(self) -> int:
        """The generation of the current archive; 0 when there is none."""
        return self.folder.archive.state.generation if self.folder.archive else 0

    @property
    def is_empty(self) -> bool:
        return self.folder.files.keys().isdisjoint(ARCHIVED_LOGS) and not self.failed


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivePlanner:
    """Plans archives."""

    archives: ArchiveStore
    parts: ArchiveParts
    work_files: WorkFiles

    def plan(
        self, contents: Contents, run: Run, earlier: EarlierArchive, *, at: datetime, heartbeat: Callable[[], None]
    ) -> ArchiveBuild:
        """The build of an archive of `contents`. `heartbeat` is called for each task and may raise.

        Raises TooManyRequestsError and UnavailableError.
        """
        draft = _Draft(earlier)
        # Output that has to wait for a quota is read first: a retry then does not copy logs again.
        for task in contents.failed[:MAX_TASKS]:
            heartbeat()
            self._add_task(draft, run, task, contents.output_of, at=at)
        if len(contents.failed) > MAX_TASKS:
            draft.leave_out("tasks", f"more tasks failed; these are the first {MAX_TASKS}")
        build_id = uuid.uuid4().hex[:16]
        files, keys, copies = self._fix_logs(run, build_id, contents.folder.files)
        draft.add_logs(run, files, keys)
        draft.add_earlier_files(at)
        contents_now = _fingerprint(files, contents.failed)
        return ArchiveBuild(
            build_id=build_id,
            run_status=run.status,
            started_at=at,
            contents=contents_now,
            fingerprint=contents_now if draft.is_final else UNFINISHED,
            is_final=draft.is_final,
            replacing=contents.replacing,
            members=(*draft.logs, *draft.members),
            missing=tuple(draft.missing),
            copies=tuple(copies),
        )

    def _add_task(self, draft: "_Draft", run: Run, task: Task, output_of: OutputOf, *, at: datetime) -> None:
        found = {name: state for name in OUTPUT_FILES if (state := self.work_files.state(run, task, name))}
        for name, state in found.items():
            draft.add_file(task, name, self.work_files.key(run, task, name) or "", state)
        if not found:
            is_settled = draft.add_output(task, output_of, at=at)
            draft.is_final &= is_settled or has_expired(task, run, at=at)

    def _fix_logs(
        self, run: Run, build_id: str, files: Mapping[str, ObjectState]
    ) -> tuple[Mapping[str, ObjectState], dict[str, str], Sequence[Part]]:
        """The states of the logs at one moment, their keys, and the copies that were made to keep them.

        A live run replaces its logs while they are read, and a replaced object is gone. So those that take more than
        one read are copied first, which Cloud Storage does without moving bytes. All copies are of one listing.
        """
        for _ in range(_TRIES):
            keys = {name: run_files.log_key(run.run_id, name) for name in files}
            large = [name for name in ARCHIVED_LOGS if name in files and files[name].size > BLOCK_BYTES]
            if run.is_over or not large:
                return files, keys, ()
            copies = {name: self._copy(run, build_id, name, files[name]) for name in large}
            made = {name: part for name, part in copies.items() if part}
            if len(made) == len(large):
                keys |= {name: part.key for name, part in made.items()}
                states = {
                    name: ObjectState(part.generation, part.size, files[name].updated) for name, part in made.items()
                }
                return {**files, **states}, keys, tuple(made.values())
            self.parts.delete_parts(tuple(made.values()))
            files = self.archives.read_folder(run.run_id).files
        raise UnavailableError(f"the logs of run {run.run_id} change faster than they can be copied; try again")

    def _copy(self, run: Run, build_id: str, name: str, state: ObjectState) -> Part | None:
        key = run_files.archive_part_key(run.run_id, build_id, f"{name}-{state.generation}")
        return self.parts.copy_log(run_files.log_key(run.run_id, name), state, to=key)


@dataclass(slots=True)
class _Draft:
    """Files and gaps found so far. `is_final`: building the archive again cannot find more."""

    earlier: EarlierArchive
    logs: list[Member] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    is_final: bool = True
    _was_refused: bool = False

    def add_logs(self, run: Run, files: Mapping[str, ObjectState], keys: Mapping[str, str]) -> None:
        for name in ARCHIVED_LOGS:
            if state := files.get(name):
                self.logs.append(_stored(name, Origin.LOGS_BUCKET, keys[name], state))
            else:
                self.miss(name, "the run did not write it" if run.is_over else "not written yet")

    def add_file(self, task: Task, name: str, key: str, state: ObjectState) -> None:
        archived = f"{_folder(task)}/{OUTPUT_FILES[name]}.txt"
        self.members.append(_stored(archived, Origin.WORK_BUCKET, key, state))

    def add_output(self, task: Task, output_of: OutputOf, *, at: datetime) -> bool:
        """Add the output of a task without files, if it can be read; returns whether it is final.

        Temporary errors are raised, but not a missing role, which may take weeks to be granted: the archive is built
        without the output. After one refusal no error is raised any more, because the refused reads use up the quota.
        """
        try:
            fetched = output_of(task)
        except SluiceError as error:
            may_pass = isinstance(error, TooManyRequestsError | UnavailableError) and not isinstance(
                error, RoleMissingError
            )
            if may_pass and not self._was_refused:
                raise
            self._was_refused = True
            self.miss(_folder(task), f"could not be read: {error.message}")
            return False
        self._add_texts(task, fetched.output, at)
        return fetched.is_final

    def add_earlier_files(self, at: datetime) -> None:
        """Copy the files that only the earlier archive has: they can no longer be read elsewhere."""
        planned = {member.name for member in (*self.logs, *self.members)}
        for name, file in self.earlier.members.items():
            if name not in planned:
                self.members.append(
                    Member(
                        name=name,
                        origin=Origin.EARLIER_ARCHIVE,
                        written_at=self.earlier.written_at(name) or at,
                        size=file.bytes,
                        note=file.copied_note(),
                    )
                )

    def miss(self, name: str, why: str) -> None:
        """Note that a file or a folder is missing, unless the earlier archive has it."""
        if not any(member == name or member.startswith(f"{name}/") for member in self.earlier.members):
            self.leave_out(name, why)

    def leave_out(self, name: str, why: str) -> None:
        self.missing.append(Missing(name=name, why=why))

    def _add_texts(self, task: Task, output: TaskOutput, at: datetime) -> None:
        if output.source is None:
            self.miss(_folder(task), "neither its work directory nor Cloud Logging has any output")
        for stream, text in texts_of(output).items():
            notes = [CUT] * (stream in output.truncated) + [_MERGED] * (output.merged and stream == "stdout")
            name, size, note = f"{_folder(task)}/{stream}.txt", len(text.encode()), "; ".join(notes) or None
            kept = self.earlier.members.get(name)
            if kept is None or not kept.has_more_than(Included(name=name, bytes=size, note=note)):
                self.members.append(
                    Member(name=name, origin=Origin.TASK_OUTPUT, written_at=at, key=task.hash, size=size, note=note)
                )


def texts_of(output: TaskOutput) -> dict[str, str]:
    """The texts of an output by the names of their files, without those that are empty."""
    texts = {"stdout": output.stdout, "stderr": output.stderr, "log": output.log}
    return {stream: text for stream, text in texts.items() if text}


def _stored(name: str, origin: Origin, key: str, state: ObjectState) -> Member:
    return Member(
        name=name, origin=origin, key=key, generation=state.generation, size=state.size, written_at=state.updated
    )


def _folder(task: Task) -> str:
    """The folder of a task in the archive, also for a task without a hash (`#5`)."""
    return f"tasks/{task_id_of(task)}"


def _fingerprint(files: Mapping[str, ObjectState], failed: Sequence[Task]) -> str:
    return fingerprint({name: state.generation for name, state in files.items() if name in ARCHIVED_LOGS}, failed)
