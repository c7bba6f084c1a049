"""Return a link to the archive of a run's logs, or queue the work that creates it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from common.domain.runs.run import Run
from common.domain.runs.work_items import WorkKind
from common.services.logs.service import LogService
from common.services.queue.work_queue import WorkQueue

_POLL_INTERVAL: Final = timedelta(seconds=0.5)
_QUEUE_AGAIN_AFTER: Final = timedelta(minutes=10)  # a work item runs no longer


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestArchive:
    """Queues an archive once for all who ask at the same time, and again every ten minutes until it exists."""

    logs: LogService
    queue: WorkQueue
    clock: Callable[[], datetime]
    sleep: Callable[[float], None] = time.sleep

    def run(self, run: Run, *, wait: timedelta) -> str | None:
        """A link to the zip; None when it was not finished after `wait`.

        Raises NotFoundError when the run has no logs, and UnavailableError.
        """
        asked_at = self.clock()
        archive = self.logs.find_log_archive(run, at=asked_at)
        if archive.link is None:
            period = int(asked_at.timestamp() / _QUEUE_AGAIN_AFTER.total_seconds())
            key = f"{run.run_id}-{archive.fingerprint[:16]}-{period}"
            self.queue.add(WorkKind.ARCHIVE, {"run_id": run.run_id}, key=key)
        while archive.link is None and self.clock() + _POLL_INTERVAL <= asked_at + wait:
            self.sleep(_POLL_INTERVAL.total_seconds())
            archive = self.logs.find_log_archive(run, at=self.clock())
        return archive.link
