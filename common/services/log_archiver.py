"""LogArchiver: zips the logs of a run straight into the logs bucket.

Nothing is held whole, neither in memory nor in a file: at most one piece of what is read and one of what is sent.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from common.domain.log_archive import (
    ARCHIVED_LOGS,
    MANIFEST,
    MOST_TASKS,
    UNFINISHED,
    Included,
    Manifest,
    Missing,
    fingerprint,
)
from common.domain.run import Run
from common.domain.task import Task
from common.domain.task_output import OUTPUT_FILES, TaskOutput, task_id_of
from common.services.archive_store import ArchiveStore, LogFolder, ObjectUpload
from common.services.storage_client import ObjectState
from common.services.task_outputs import FoundOutput
from common.services.work_files import WorkFiles

OutputOf = Callable[[Task], FoundOutput]

_REPLACED: Final = "replaced while it was read; this is its beginning"
_CUT: Final = "only its end"
_MERGED: Final = "holds stderr, too: google-batch does not keep them apart"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What an archive is made of: the log files that there are, and the tasks that failed.

    `output_of` is asked for what a task printed when its work directory holds nothing.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class LogArchiver:
    """Builds archives. Raises ConflictError, TooManyRequestsError and UnavailableError."""

    archives: ArchiveStore
    work_files: WorkFiles

    def build(self, contents: Contents, manifest: Manifest, *, keep_on: Callable[[], None]) -> None:
        """Write the archive in place of the one that is there; `keep_on` is called now and then, and may raise."""
        run, folder = manifest.run, contents.folder
        tasks = contents.failed[:MOST_TASKS]
        found: dict[str, Mapping[str, ObjectState]] = {}
        for task in tasks:
            keep_on()
            found[task.hash] = self._files_of(run, task)
        # asked before anything is written: when the answer has to wait, it is not a gigabyte that is written again
        is_final = True
        for task in tasks:
            keep_on()
            is_final = is_final and bool(found[task.hash] or contents.output_of(task).is_final)
        made_of = contents.fingerprint if is_final else UNFINISHED
        with (
            self.archives.writing(run.run_id, fingerprint=made_of, replacing=folder.archive) as upload,
            _Zip(upload, manifest, keep_on) as archive,
        ):
            for name in ARCHIVED_LOGS:
                if state := folder.files.get(name):
                    archive.add(name, self.archives.pieces(run.run_id, name, state), at=state.updated)
                else:
                    archive.miss(name, "the run did not write it" if run.is_over else "not written yet")
            for task in tasks:
                keep_on()
                self._add_files(archive, run, task, found[task.hash])
                if not found[task.hash]:
                    _add_output(archive, task, contents.output_of(task).output)
            if len(contents.failed) > MOST_TASKS:
                archive.miss("tasks", f"more tasks failed; these are the first {MOST_TASKS}")

    def _files_of(self, run: Run, task: Task) -> Mapping[str, ObjectState]:
        return {name: state for name in OUTPUT_FILES if (state := self.work_files.state(run, task, name))}

    def _add_files(self, archive: "_Zip", run: Run, task: Task, found: Mapping[str, ObjectState]) -> None:
        for name, state in found.items():
            pieces = self.work_files.pieces(run, task, name, state)
            archive.add(f"{_folder(task)}/{OUTPUT_FILES[name]}.txt", pieces, at=state.updated)


def _add_output(archive: "_Zip", task: Task, output: TaskOutput) -> None:
    if output.source is None:
        archive.miss(_folder(task), "neither its work directory nor Cloud Logging holds any output")
    for stream, text in (("stdout", output.stdout), ("stderr", output.stderr), ("log", output.log)):
        if text:
            notes = [_CUT] * (stream in output.truncated) + [_MERGED] * (output.merged and stream == "stdout")
            archive.add(f"{_folder(task)}/{stream}.txt", [text.encode()], note="; ".join(notes) or None)


class _Zip:
    """A zip that is written once from front to back, and ends with its manifest."""

    def __init__(self, upload: ObjectUpload, manifest: Manifest, keep_on: Callable[[], None]) -> None:
        self._zip = ZipFile(upload, "w", ZIP_DEFLATED)
        self._manifest, self._keep_on = manifest, keep_on

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: object, *_more: object) -> None:
        if error is None:
            self.add(MANIFEST, [self._manifest.as_json().encode()])
        self._zip.close()

    def add(
        self, name: str, pieces: Iterable[bytes | None], *, at: datetime | None = None, note: str | None = None
    ) -> None:
        """A file from its pieces; None among them says that the rest cannot be had."""
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
                self._keep_on()
        self._manifest.included.append(Included(name=name, bytes=size, note=note))

    def miss(self, name: str, why: str) -> None:
        self._manifest.missing.append(Missing(name=name, why=why))


def _folder(task: Task) -> str:
    """Where the output of a task lies in the archive; a hash that is none (`#5`) makes a plain name, too."""
    return f"tasks/{task_id_of(task)}"
