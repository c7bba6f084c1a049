"""Read the new bytes of an uploaded file, then set the run to running or queue a sync, as its log requires."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from common.actions.steps.note_failure import note_failure
from common.actions.steps.read_file import ReadFile
from common.domain.ingest.cursor import FileCursor
from common.domain.ingest.reading import summary_so_far
from common.domain.runs import files as run_files
from common.domain.runs.run import Run
from common.domain.runs.status import RunStatus, status_path
from common.domain.runs.work_items import ChainStep, WorkKind
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService
from common.services.storage.client import ObjectVersion

# The head job ends moments after its last upload.
_UNTIL_THE_HEAD_ENDS = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestFile:
    """Reads one file of a run after an upload. Raises NotFoundError for an unknown run, and UnavailableError."""

    runs: RunStoreService
    read_file: ReadFile
    queue: WorkQueue
    clock: Callable[[], datetime]

    def run(self, run_id: str, file: str, generation: int, size: int | None = None) -> None:
        """Read the file after an upload with this generation and size; without a size, Storage is asked for both."""
        has_ended = file == run_files.EXIT_CODE
        if file in run_files.INGESTED_FILES:
            run, (cursor,) = self.read_file.store.run_and_cursors(run_id, [file])
            uploaded = None if size is None else ObjectVersion(generation, size)
            progress = self.read_file.run(run, file, cursor=cursor, newest=uploaded)
            if not progress.is_complete:
                rest = {"run_id": run_id, "file": file, "generation": generation}
                self.queue.add(WorkKind.INGEST, rest, key=f"{run_id}-{file}-{generation}-{progress.cursor.byte_offset}")
                return
            has_ended = file == run_files.NEXTFLOW_LOG and self._act_on_log(run, progress.cursor)
        if has_ended:
            step = ChainStep(run_id=run_id, chain=f"{file}-{generation}")
            self.queue.add(WorkKind.SYNC, step.as_json(), key=step.key, delay=_UNTIL_THE_HEAD_ENDS)

    def _act_on_log(self, run: Run, cursor: FileCursor) -> bool:
        """Set the run to running once Nextflow has started, and note a failure that Nextflow goes on after.

        Returns whether Nextflow has ended and the run has not.
        """
        if run.is_over:
            return False
        summary = summary_so_far(cursor, near=run.created_at)
        if summary.started_at:
            for status in status_path(run.status, RunStatus.RUNNING, has_started=True):
                at = summary.started_at if status == RunStatus.RUNNING else self.clock()
                run = self.runs.update_run_status(run.run_id, status, at=at, facts={"status_detail": None})
        run = note_failure(self.runs, run, summary, at=self.clock())
        return summary.goodbye and not run.is_over
