"""Nextflow's WorkflowStats, and the summary in the execution report."""

import json
from collections.abc import Sequence
from statistics import mean, quantiles

from localdev.nextflow_simulator.output import units
from localdev.nextflow_simulator.task import TaskAttempt


class WorkflowStats:
    """Counts tasks by how they ended, with durations and peaks; str() gives Nextflow's log text."""

    def __init__(self) -> None:
        self.succeeded = self.failed = self.cached = self.retries = self.aborted = 0
        self._times = {"succeeded": 0, "failed": 0, "cached": 0}
        self._load: dict[int, TaskAttempt] = {}
        self._peak_running = self._peak_cpus = self._peak_memory = 0

    def submitted(self, task: TaskAttempt) -> None:
        self._load[task.number] = task
        self._peak_running = max(self._peak_running, len(self._load))
        self._peak_cpus = max(self._peak_cpus, sum(task.planned.process.cpus for task in self._load.values()))
        self._peak_memory = max(self._peak_memory, sum(task.memory for task in self._load.values()))

    def reused(self, milliseconds: int, cpus: int) -> None:
        self.cached += 1
        self._times["cached"] += milliseconds * cpus

    def ended(self, task: TaskAttempt) -> None:
        """Count an ended task by its status: COMPLETED, FAILED or ABORTED."""
        self._load.pop(task.number, None)
        if task.status == "ABORTED":
            self.aborted += 1
        elif task.status == "COMPLETED":
            self.succeeded += 1
            self._times["succeeded"] += task.realtime * task.planned.process.cpus
        else:
            self.failed += 1  # a retried failure counts in both
            self.retries += task.error_action == "RETRY"
            self._times["failed"] += task.realtime * task.planned.process.cpus

    def __str__(self) -> str:
        cpus = sum(task.planned.process.cpus for task in self._load.values())
        load = units.memory(sum(task.memory for task in self._load.values()))
        return (
            f"WorkflowStats[succeededCount={self.succeeded}; failedCount={self.failed}; ignoredCount=0; "
            f"cachedCount={self.cached}; pendingCount=0; submittedCount=0; runningCount={len(self._load)}; "
            f"retriesCount={self.retries}; abortedCount={self.aborted}; "
            f"succeedDuration={units.duration(self._times['succeeded'])}; "
            f"failedDuration={units.duration(self._times['failed'])}; "
            f"cachedDuration={units.duration(self._times['cached'])};loadCpus={cpus}; loadMemory={load}; "
            f"peakRunning={self._peak_running}; peakCpus={self._peak_cpus}; "
            f"peakMemory={units.memory(self._peak_memory)}; ]"
        )


def report_summary(tasks: Sequence[TaskAttempt]) -> str:
    """The JSON that the report observer logs: quartiles per process."""
    processes: dict[str, list[TaskAttempt]] = {}
    for task in tasks:
        if task.status == "COMPLETED":
            processes.setdefault(task.planned.process.short_name, []).append(task)
    return json.dumps([_summary(name, group) for name, group in processes.items()], separators=(",", ":"))


def _summary(process: str, tasks: Sequence[TaskAttempt]) -> dict[str, object]:
    rows = {task.name: task.trace_row() for task in tasks}

    def series(field: str) -> dict[str, object] | None:
        values = {name: float(row[field]) for name, row in rows.items() if field in row}
        return _quartiles(values) if values else None

    return {
        "cpuUsage": series("%cpu"), "process": process, "mem": series("peak_rss"), "memUsage": series("%mem"),
        "timeUsage": None, "vmem": series("peak_vmem"), "reads": series("rchar"), "cpu": series("%cpu"),
        "time": series("realtime"), "writes": series("wchar"),
    }  # fmt: skip


def _quartiles(values: dict[str, float]) -> dict[str, object]:
    ordered = sorted(values, key=values.__getitem__)
    first, second, third = quantiles(values.values(), n=4) if len(values) > 1 else [values[ordered[0]]] * 3
    figures = {"mean": mean(values.values()), "min": values[ordered[0]], "q1": first, "q2": second, "q3": third}
    figures["max"] = values[ordered[-1]]
    summary: dict[str, object] = {name: round(value, 2) for name, value in figures.items()}
    return summary | {f"{name}Label": ordered[round(share * (len(ordered) - 1))] for name, share in _SHARES.items()}


_SHARES = {"min": 0.0, "max": 1.0, "q1": 0.25, "q2": 0.5, "q3": 0.75}
