"""What Nextflow's observers write when a run is over: statistics, report, timeline, and the end of the trace.

An aborted session calls them twice: in the thread that aborts it, and at the end in the main thread.
"""

import html
from collections.abc import Sequence
from pathlib import Path

from localdev.nextflow_simulator.command_line import RunCommand
from localdev.nextflow_simulator.output.files import NextflowLog, TraceFile
from localdev.nextflow_simulator.output.statistics import WorkflowStats
from localdev.nextflow_simulator.task import TaskAttempt, TraceRow

_REPORT_BYTES = 2_900_000  # of the libraries in Nextflow's report, without a task


class Observers:
    """The observers of one run, with the tasks that they know."""

    def __init__(self, log: NextflowLog, command: RunCommand, trace: TraceFile | None) -> None:
        self._log, self._command, self._trace = log, command, trace
        self.stats = WorkflowStats()
        self.tasks: list[TaskAttempt] = []

    def add_row(self, row: TraceRow) -> None:
        if self._trace:
            self._trace.add(row)

    def complete(self, thread: str) -> None:
        """Write everything that is due at the end."""
        self._add(thread, "WorkflowStatsObserver", f"Workflow completed > {self.stats}")
        if self._command.report:
            self._add(thread, "ReportObserver", "Workflow completed -- rendering execution report")
            libraries = f"<script>/*{'.' * _REPORT_BYTES}*/</script>\n"
            _write_page(self._command.report, "Nextflow workflow report", self.tasks, libraries)
        if self._command.timeline:
            self._add(thread, "TimelineObserver", "Workflow completed -- rendering execution timeline")
            _write_page(self._command.timeline, "Processes execution timeline", self.tasks)
        if self._trace:
            self._add(thread, "TraceFileObserver", "Workflow completed -- saving trace file")

    def _add(self, thread: str, observer: str, message: str) -> None:
        self._log.add(f"[{thread}] DEBUG nextflow.trace.{observer}", message)


def _write_page(file: Path, title: str, tasks: Sequence[TaskAttempt], libraries: str = "") -> None:
    rows = "".join(f"<li>{html.escape(task.name)}: {task.status.lower()}</li>\n" for task in tasks)
    page = f"<!doctype html>\n<title>{title}</title>\n{libraries}<h1>{title}</h1>\n<ul>\n{rows}</ul>\n"
    file.write_text(page, encoding="utf-8")
