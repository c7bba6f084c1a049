"""Nextflow's WorkflowStats (nextflow.trace.WorkflowStats in its source)."""

from localdev.nextflow_simulator.output import units
from localdev.nextflow_simulator.task import TaskAttempt


class WorkflowStats:
    """Counts tasks by how they ended, with durations and peaks; str() gives Nextflow's log text.

    As in Nextflow, a task is expected to be submitted, then seen running, then to end. Each step only takes one from
    the step before, so the end of a task that was never seen running makes the count of running tasks one too small,
    even negative.
    """

    def __init__(self) -> None:
        self.succeeded = self.failed = self.ignored = self.cached = self.retries = self.aborted = 0
        self.pending = self.in_batch = self.running = 0
        self._times = {"succeeded": 0, "failed": 0, "cached": 0}
        self._cpus = self._memory = self._peak_running = self._peak_cpus = self._peak_memory = 0

    def submitted(self) -> None:
        self.in_batch += 1

    def started(self, task: TaskAttempt) -> None:
        self.in_batch -= 1
        self.running += 1
        self._add_load(task, 1)
        self._peak_running = max(self._peak_running, self.running)
        self._peak_cpus = max(self._peak_cpus, self._cpus)
        self._peak_memory = max(self._peak_memory, self._memory)

    def reused(self, milliseconds: int, cpus: int) -> None:
        self.cached += 1
        self._times["cached"] += milliseconds * cpus

    def ended(self, task: TaskAttempt) -> None:
        """Count an ended task by its status: COMPLETED, FAILED or ABORTED."""
        self.running -= 1
        self._add_load(task, -1)
        spent = task.realtime * task.planned.process.cpus
        if task.status == "ABORTED":
            self.aborted += 1
        elif task.status == "COMPLETED":
            self.succeeded += 1
            self._times["succeeded"] += spent
        else:
            self.failed += 1  # a retried or ignored failure counts in both
            self.retries += task.error_action == "RETRY"
            self.ignored += task.error_action == "IGNORE"
            self._times["failed"] += spent

    def __str__(self) -> str:
        return (
            f"WorkflowStats[succeededCount={self.succeeded}; failedCount={self.failed}; ignoredCount={self.ignored}; "
            f"cachedCount={self.cached}; pendingCount={self.pending}; submittedCount={self.in_batch}; "
            f"runningCount={self.running}; retriesCount={self.retries}; abortedCount={self.aborted}; "
            f"succeedDuration={units.duration(self._times['succeeded'])}; "
            f"failedDuration={units.duration(self._times['failed'])}; "
            f"cachedDuration={units.duration(self._times['cached'])};loadCpus={self._cpus}; "
            f"loadMemory={units.memory(self._memory)}; "
            f"peakRunning={self._peak_running}; peakCpus={self._peak_cpus}; "
            f"peakMemory={units.memory(self._peak_memory)}; ]"
        )

    def _add_load(self, task: TaskAttempt, sign: int) -> None:
        self._cpus += sign * task.planned.process.cpus
        self._memory += sign * task.memory
