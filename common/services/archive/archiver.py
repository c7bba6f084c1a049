"""LogArchiver: zips the logs of a run straight into the logs bucket.

Only one piece is read and one is sent at a time; no file is held in memory or on disk. Work directories expire, so a
new archive copies from the earlier one the files that can no longer be read.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from common.domain.archive.manifest import (
    ARCHIVED_LOGS,
    CUT,
    MANIFEST,
    MAX_TASKS,
    UNFINISHED,
    Included,
    Manifest,
    Missing,
    fingerprint,
)
from common.domain.batch.child_jobs import EXECUTOR
from common.domain.runs.run import Run
from common.domain.tasks.output import OUTPUT_FILES, TaskOutput, has_expired, task_id_of
from common.domain.tasks.task import Task
from common.errors import RoleMissingError, SluiceError, TooManyRequestsError, UnavailableError
from common.services.archive.earlier import EarlierArchive
from common.services.archive.store import ArchiveStore, LogFolder, ObjectUpload
from common.services.storage.client import ObjectState
from common.services.task_output.outputs import FetchedOutput
from common.services.task_output.work_files import WorkFiles

OutputOf = Callable[[Task], FetchedOutput]

_REPLACED: Final = "replaced while it was read; only its beginning"
_MERGED: Final = f"contains stderr too: {EXECUTOR} does not separate them"


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
        generations = {name: state.generation for name, state in self.folder.files.items() if name in ARCHIVED_LOGS}
        return fingerprint(generations, self.failed)

    @property
    def is_empty(self) -> bool:
        return self.folder.files.keys().isdisjoint(ARCHIVED_LOGS) and not self.failed


@dataclass(frozen=True, slots=True)
class _TaskFiles:
    """The files of the failed tasks by task hash, and the reasons why output cannot be read.

    `is_final` when building the archive again cannot find more.
    """

    files: dict[str, Mapping[str, ObjectState]]
    unreadable: dict[str, str]
    is_final: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LogArchiver:
    """Builds archives."""

    archives: ArchiveStore
    work_files: WorkFiles

    def build(self, contents: Contents, manifest: Manifest, *, heartbeat: Callable[[], None]) -> bool:
        """Replace the archive; returns whether it is final, so that building it again cannot find more.

        `heartbeat` is called regularly and may raise. Raises ConflictError when the archive was replaced meanwhile,
        TooManyRequestsError and UnavailableError.
        """
        run, folder = manifest.run, contents.folder
        tasks = contents.failed[:MAX_TASKS]
        # Output that has to wait for a quota is read first: a retry then does not write gigabytes again.
        found = self._find_files(contents, tasks, manifest, heartbeat)
        fingerprint_now = contents.fingerprint if found.is_final else UNFINISHED
        earlier = self.archives.earlier(run.run_id, folder.archive)
        with (
            self.archives.writing(run.run_id, fingerprint=fingerprint_now, replacing=folder.archive) as upload,
            _Zip(upload, manifest, earlier, heartbeat) as archive,
        ):
            self._add_logs(archive, run, folder)
            for task in tasks:
                heartbeat()
                self._add_task(archive, run, task, found, contents.output_of)
            if len(contents.failed) > MAX_TASKS:
                archive.leave_out("tasks", f"more tasks failed; these are the first {MAX_TASKS}")
            archive.add_earlier_files()
        return found.is_final

    def _add_logs(self, archive: "_Zip", run: Run, folder: LogFolder) -> None:
        for name in ARCHIVED_LOGS:
            if state := folder.files.get(name):
                archive.add(name, self.archives.pieces(run.run_id, name, state), at=state.updated)
            else:
                archive.miss(name, "the run did not write it" if run.is_over else "not written yet")

    def _add_task(self, archive: "_Zip", run: Run, task: Task, found: _TaskFiles, output_of: OutputOf) -> None:
        self._add_files(archive, run, task, found.files[task.hash])
        if why := found.unreadable.get(task.hash):
            archive.miss(_folder(task), f"could not be read: {why}")
        elif not found.files[task.hash]:
            _add_output(archive, task, output_of(task).output)

    def _find_files(
        self, contents: Contents, tasks: Sequence[Task], manifest: Manifest, heartbeat: Callable[[], None]
    ) -> _TaskFiles:
        files: dict[str, Mapping[str, ObjectState]] = {}
        unreadable: dict[str, str] = {}
        is_final = True
        for task in tasks:
            heartbeat()
            files[task.hash] = self._files_of(manifest.run, task)
            if not files[task.hash]:
                output = _output_of(contents, task, unreadable)
                is_settled = output is not None and output.is_final
                is_final &= is_settled or has_expired(task, manifest.run, at=manifest.made_at)
        return _TaskFiles(files, unreadable, is_final)

    def _files_of(self, run: Run, task: Task) -> Mapping[str, ObjectState]:
        return {name: state for name in OUTPUT_FILES if (state := self.work_files.state(run, task, name))}

    def _add_files(self, archive: "_Zip", run: Run, task: Task, found: Mapping[str, ObjectState]) -> None:
        for name, state in found.items():
            pieces = self.work_files.pieces(run, task, name, state)
            archive.add(f"{_folder(task)}/{OUTPUT_FILES[name]}.txt", pieces, at=state.updated)


def _output_of(contents: Contents, task: Task, unreadable: dict[str, str]) -> FetchedOutput | None:
    """The output of a task; None when reading it is refused, with the reason in `unreadable`.

    Temporary errors are raised, but not a missing role, which may take weeks to be granted: the archive is built
    without the output. After one refusal no error is raised any more, because the refused reads use up the quota.
    """
    try:
        return contents.output_of(task)
    except SluiceError as error:
        may_pass = isinstance(error, TooManyRequestsError | UnavailableError) and not isinstance(
            error, RoleMissingError
        )
        if may_pass and not unreadable:
            raise
        unreadable[task.hash] = error.message
        return None


def _add_output(archive: "_Zip", task: Task, output: TaskOutput) -> None:
    if output.source is None:
        archive.miss(_folder(task), "neither its work directory nor Cloud Logging has any output")
    for stream, text in (("stdout", output.stdout), ("stderr", output.stderr), ("log", output.log)):
        if text:
            notes = [CUT] * (stream in output.truncated) + [_MERGED] * (output.merged and stream == "stdout")
            archive.add_text(f"{_folder(task)}/{stream}.txt", text, note="; ".join(notes) or None)


class _Zip:
    """Writes a zip in one pass: new files, copies of files in the earlier archive, and the manifest at the end."""

    def __init__(
        self, upload: ObjectUpload, manifest: Manifest, earlier: EarlierArchive, heartbeat: Callable[[], None]
    ) -> None:
        self._zip = ZipFile(upload, "w", ZIP_DEFLATED)
        self._manifest, self._earlier, self._heartbeat = manifest, earlier, heartbeat

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: object, *_more: object) -> None:
        if error is None:
            self.add(MANIFEST, [self._manifest.as_json().encode()])
        self._zip.close()

    def add(
        self, name: str, pieces: Iterable[bytes | None], *, at: datetime | None = None, note: str | None = None
    ) -> None:
        """Add a file in pieces; after a piece that is None, the rest of the file is missing."""
        made_at = at or self._manifest.made_at
        entry = ZipInfo(name, made_at.timetuple()[:6])
        entry.compress_type = ZIP_DEFLATED
        size = 0
        with self._zip.open(entry, "w", force_zip64=True) as member:
            for piece in pieces:
                if piece is None:
                    note = _REPLACED
                    break
                member.write(piece)
                size += len(piece)
                self._heartbeat()
        self._include(Included(name=name, bytes=size, note=note))

    def add_text(self, name: str, text: str, *, note: str | None) -> None:
        """Add a file with that text, unless the earlier archive has more of it."""
        data = text.encode()
        earlier = self._earlier.members.get(name)
        if earlier is None or not earlier.has_more_than(Included(name=name, bytes=len(data), note=note)):
            self.add(name, [data], note=note)

    def add_earlier_files(self) -> None:
        """Copy the files that only the earlier archive has: they can no longer be read elsewhere."""
        written = {file.name for file in self._manifest.included}
        for name, file in self._earlier.members.items():
            if name not in written:
                self.add(name, self._earlier.pieces(name), at=self._earlier.written_at(name), note=file.copied_note())

    def miss(self, name: str, why: str) -> None:
        """Note that a file or a folder is missing, unless the earlier archive has it."""
        if not any(member == name or member.startswith(f"{name}/") for member in self._earlier.members):
            self.leave_out(name, why)

    def leave_out(self, name: str, why: str) -> None:
        self._manifest.missing.append(Missing(name=name, why=why))

    def _include(self, file: Included) -> None:
        earlier = self._earlier.members.get(file.name)
        was_cut_short = file.note == _REPLACED and self._manifest.run.is_over
        if was_cut_short and earlier and earlier.has_more_than(file):
            raise UnavailableError(f"{file.name} was deleted or replaced while it was archived; try again")
        self._manifest.included.append(file)


def _folder(task: Task) -> str:
    """The folder of a task in the archive, also for a task without a hash (`#5`)."""
    return f"tasks/{task_id_of(task)}"
