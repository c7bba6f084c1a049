"""Make what the failed tasks of a run printed searchable, while their work directories still exist."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from common.domain.runs.run import Run
from common.domain.tasks.output import LOG_FILE, STDERR_FILE, STDOUT_FILE
from common.domain.tasks.task import Task
from common.services.insight.search.output_lines import OutputLines
from common.services.task_output.work_files import WorkFiles

_LONGEST_TAIL: Final = 64 << 10  # bytes of a file, in which the last 200 lines are looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexOutput:
    """Stores the last lines of each failed task; repeating it stores them again.

    Cloud Logging is not asked: it allows too few reads. Raises UnavailableError.
    """

    lines: OutputLines
    work_files: WorkFiles
    clock: Callable[[], datetime]

    def run(self, run: Run) -> None:
        for task in self.lines.failed_tasks(run.run_id):
            streams = [self._tail(run, task, name) for name in (STDOUT_FILE, STDERR_FILE)]
            output = "\n".join(filter(None, streams)) or self._tail(run, task, LOG_FILE)
            if output:
                self.lines.keep(run, task, output, at=self.clock())

    def _tail(self, run: Run, task: Task, name: str) -> str:
        tail = self.work_files.tail(run, task, name, at_most=_LONGEST_TAIL)
        return tail.text if tail else ""
