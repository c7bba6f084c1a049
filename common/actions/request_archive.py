"""Give out the zip of a run's logs, or have it made."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from common.domain.runs.run import Run
from common.services.logs.service import LogService
from common.services.queue.work_queue import WorkQueue

_LOOK_EVERY: Final = timedelta(seconds=0.5)
_ASK_AGAIN_AFTER: Final = timedelta(minutes=10)  # a work item lives no longer


def queue_final_archive(queue: WorkQueue, run_id: str) -> None:
    """Have the logs of a run that is over archived, once however often it is said. Raises UnavailableError.

    So the output of failed tasks outlives their work directories.
    """
    queue.add("archive", {"run_id": run_id}, key=f"{run_id}-end")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestArchive:
    """Called with a run, and for how long the caller would wait: a link to the zip, or None while it is being made.

    However many ask, it is queued once, and again when that came to nothing. Raises NotFoundError when there are no
    logs, and UnavailableError.
    """

    logs: LogService
    queue: WorkQueue
    clock: Callable[[], datetime]
    sleep: Callable[[float], None] = time.sleep

    def run(self, run: Run, *, wait: timedelta) -> str | None:
        asked_at = self.clock()
        archive = self.logs.find_log_archive(run, at=asked_at)
        if archive.link is None:
            turn = int(asked_at.timestamp() / _ASK_AGAIN_AFTER.total_seconds())
            self.queue.add("archive", {"run_id": run.run_id}, key=f"{run.run_id}-{archive.fingerprint[:16]}-{turn}")
        while archive.link is None and self.clock() + _LOOK_EVERY <= asked_at + wait:
            self.sleep(_LOOK_EVERY.total_seconds())
            archive = self.logs.find_log_archive(run, at=self.clock())
        return archive.link
