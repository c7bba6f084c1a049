"""A file of a run has landed: read what is new in it, and act on what it says about the run."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from common.actions.steps.read_file import ReadFile
from common.domain.ingest.reading import summary_so_far
from common.domain.runs import files as run_files
from common.domain.runs.status import RunStatus, status_path
from common.domain.runs.work_items import ChainStep
from common.services.ingest.store import IngestStore
from common.services.queue.work_queue import WorkQueue
from common.services.runs.store import RunStoreService

# The head job ends moments after its last file has landed.
_UNTIL_THE_HEAD_ENDS = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestFile:
    """Called with a run id, the name of a file and the generation that landed.

    Raises NotFoundError for a run that does not exist, UnavailableError when coming back can help.
    """

    runs: RunStoreService
    ingest: IngestStore
    read_file: ReadFile
    queue: WorkQueue
    clock: Callable[[], datetime]

    def run(self, run_id: str, file: str, generation: int) -> None:
        if file in run_files.INGESTED_FILES and not self.read_file.run(run_id, file):
            rest = {"run_id": run_id, "file": file, "generation": generation}
            offset = self.ingest.cursor(run_id, file).byte_offset
            self.queue.add("ingest", rest, key=f"{run_id}-{file}-{generation}-{offset}")
            return
        ended = file == run_files.EXIT_CODE
        if file == run_files.NEXTFLOW_LOG:
            ended = self._act_on_log(run_id)
        if ended:
            step = ChainStep(run_id=run_id, chain=f"{file}-{generation}")
            self.queue.add("sync", step.as_json(), key=step.key, delay=_UNTIL_THE_HEAD_ENDS)

    def _act_on_log(self, run_id: str) -> bool:
        """Let the run be running once Nextflow is; whether the log says goodbye."""
        run = self.runs.get_run(run_id)
        summary = summary_so_far(self.ingest.cursor(run_id, run_files.NEXTFLOW_LOG), near=run.created_at)
        if summary.started_at and not run.is_over:
            for status in status_path(run.status, RunStatus.RUNNING, has_started=True):
                at = summary.started_at if status == RunStatus.RUNNING else self.clock()
                self.runs.update_run_status(run_id, status, at=at, facts={"status_detail": None})
        return summary.goodbye and not run.is_over
