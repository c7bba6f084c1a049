"""Executes the plan of a run: submits ready tasks, watches their jobs, handles ends, failures and signals."""

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass

from localdev.nextflow_simulator.buckets import CloudCache, Results, WorkDirs
from localdev.nextflow_simulator.child_jobs import COMPLETED_STATES, ChildJob, ChildJobs
from localdev.nextflow_simulator.inputs import Config
from localdev.nextflow_simulator.interrupt import Interrupt
from localdev.nextflow_simulator.output import records
from localdev.nextflow_simulator.output.files import NextflowLog, TraceFile
from localdev.nextflow_simulator.output.statistics import WorkflowStats
from localdev.nextflow_simulator.output.task_texts import cause_of_failure, command_of, output_of, script_of
from localdev.nextflow_simulator.pipeline.failures import failure_of
from localdev.nextflow_simulator.pipeline.plan import TaskPlan
from localdev.nextflow_simulator.task import TaskAttempt, TraceRow, task_hash

_POLL_S, _POLL_AT_LEAST_S, _DUMP_EVERY_S = 0.25, 0.05, 3.0
_RETRIED_EXIT_CODES = {104, *range(130, 146)}  # nf-core's base.config
_PROCESSOR, _MONITOR = "nextflow.processor.TaskProcessor", "n.processor.TaskPollingMonitor"
_HANDLER = "n.c.g.batch.GoogleBatchTaskHandler"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionContext:
    """What an execution needs: session, files, services and settings."""

    session: str
    resumed: bool
    work_dir: str
    config: Config
    log: NextflowLog
    trace: TraceFile | None
    jobs: ChildJobs
    work_dirs: WorkDirs
    cache: CloudCache
    results: Results
    interrupt: Interrupt
    speed: float
    chosen_failure: str  # the value of SIM_FAIL


class Execution:
    """One execution of a plan. After `run`, `cause` is the reason of a failure, or None."""

    def __init__(self, plan: Sequence[TaskPlan], context: ExecutionContext) -> None:
        self._context, self._log = context, context.log
        self._waiting = {planned.key: planned for planned in plan}
        self._hashes: dict[str, str] = {}  # of succeeded tasks, by key
        self._active: dict[str, TaskAttempt] = {}  # by job id
        self._numbers = itertools.count(1)
        self._finalizers = itertools.cycle(range(1, 11))
        self._dumped = time.monotonic()
        self._finishing = False
        self.tasks: list[TaskAttempt] = []
        self.stats = WorkflowStats()
        self.cause: str | None = None

    def run(self) -> None:
        """Run until all tasks have ended, a task has failed for good, or a signal arrives."""
        interrupt = self._context.interrupt
        while not interrupt.name:
            if not self._finishing:
                self._submit_ready()
            if not self._active:
                break
            interrupt.wait(max(_POLL_AT_LEAST_S, _POLL_S / max(1, self._context.speed)))
            self._collect()
            if self.cause and not self._finishing:
                break
        if interrupt.name and not self.cause:
            self._abort(f"{interrupt.name} handler", interrupt.name)
        self._log.add("[main] DEBUG nextflow.Session", "Session await > all processes finished")
        barrier = "<<< barrier arrives (monitor: google-batch) - terminating tasks monitor poll loop"
        self._log.add(f"[Task monitor] DEBUG {_MONITOR}", barrier)
        self._log.add("[main] DEBUG nextflow.Session", "Session await > all barriers passed")
        self._kill_running(f"{interrupt.name} handler" if interrupt.name else "main")

    @property
    def hashes(self) -> list[str]:
        """The hashes of all succeeded tasks."""
        return list(self._hashes.values())

    def _submit_ready(self) -> None:
        progress = True
        while progress and not self._context.interrupt.name:  # a reused task can make others ready immediately
            ready = [task for task in self._waiting.values() if self._hashes.keys() >= set(task.after)]
            for planned in ready:
                del self._waiting[planned.key]
                self._start(planned)
            progress = any(planned.key in self._hashes for planned in ready)

    def _start(self, planned: TaskPlan) -> None:
        context, upstream = self._context, [self._hashes[key] for key in planned.after]
        for tries in itertools.count(1):
            hash_ = task_hash(context.session, planned, upstream, tries)
            if context.resumed and context.work_dirs.has_ended(hash_):
                row = context.cache.row_of(hash_)
                if row and row["status"] in {"COMPLETED", "CACHED"}:
                    self._reuse(planned, hash_, row)
                    return
            if not context.work_dirs.exists(hash_):
                self._submit(planned, hash_, attempt=1)
                return

    def _reuse(self, planned: TaskPlan, hash_: str, row: TraceRow) -> None:
        """Add the task with the trace row of its earlier run."""
        self._hashes[planned.key] = hash_
        number = next(self._numbers)
        self.stats.reused(int(row.get("realtime", 0)), planned.process.cpus)
        message = f"[{hash_[:2]}/{hash_[2:8]}] Cached process > {planned.name}"
        self._log.add(f"[Actor Thread {number % 30 + 1}] INFO  {_PROCESSOR}", message)
        self._add_row(row | {"task_id": str(number), "status": "CACHED"})

    def _submit(self, planned: TaskPlan, hash_: str, *, attempt: int) -> None:
        context, now = self._context, time.time_ns() // 1_000_000
        memory = context.config.resources.memory_of(planned.process, attempt)
        disk = context.config.resources.disk_of(planned.process, attempt)
        task = TaskAttempt(
            number=next(self._numbers),
            planned=planned,
            hash=hash_,
            work_root=context.work_dir,
            memory=memory,
            disk=disk,
            attempt=attempt,
            failure=failure_of(planned, attempt, context.chosen_failure, memory=memory, disk=disk),
            job_id=f"nf-{hash_[:8]}-{now}",
            submit=now,
        )
        context.work_dirs.begin(task, f"#!/bin/bash -euo pipefail\n{command_of(task)}\n")
        uid = context.jobs.submit(task, script_of(task, context.speed))
        if uid is None:
            return
        task.job_uid = uid
        self.tasks.append(task)
        self._active[task.job_id] = task
        self.stats.submitted(task)
        message = f"Process `{task.name}` submitted > job={task.job_id}; uid={task.job_uid}; work-dir={task.work_dir}"
        self._log.add(f"[Task submitter] DEBUG {_HANDLER}", f"[GOOGLE BATCH] {message}")
        word = "Submitted" if attempt == 1 else "Re-submitted"
        self._log.add("[Task submitter] INFO  nextflow.Session", f"[{task.short_hash}] {word} process > {task.name}")

    def _collect(self) -> None:
        jobs = self._context.jobs.all()
        for job_id, task in list(self._active.items()):
            job = jobs.get(job_id) or self._context.jobs.find(job_id)
            task.running = bool(job and job.started)
            if job is None or job.state in COMPLETED_STATES:
                self._end(task, job)
        if time.monotonic() - self._dumped > _DUMP_EVERY_S and self._active:
            self._dumped = time.monotonic()
            records.write_running(self._log, list(self._active.values()))

    def _end(self, task: TaskAttempt, job: ChildJob | None) -> None:
        del self._active[task.job_id]
        task.complete = max(job.changed if job else time.time_ns() // 1_000_000, task.submit or 0)
        task.start = max(job.started or task.complete, task.submit or 0) if job else task.complete
        succeeded = job is not None and job.state == "SUCCEEDED"
        task.exit_code = 0 if succeeded else self._context.jobs.exit_code(task.job_id)
        state = job.state if job else "FAILED"
        ended = f"[GOOGLE BATCH] Process `{task.name}` - terminated job={task.job_id}; task=0; state={state}"
        self._log.add(f"[Task monitor] DEBUG {_HANDLER}", ended)
        self._log.add(f"[Task monitor] DEBUG {_MONITOR}", f"Task completed > {task.handler()}")
        self._context.work_dirs.end(task, output_of(task))
        if cause := cause_of_failure(task):
            self._fail(task, *cause)
        else:
            task.status = "COMPLETED"
            self._hashes[task.planned.key] = task.hash
            self._context.results.publish(task.planned.process.output.format(tag=task.planned.tag), output_of(task))
        self._finish(task)

    def _finish(self, task: TaskAttempt) -> None:
        self.stats.ended(task)
        self._add_row(task.trace_row())
        self._context.cache.store(task.hash, task.trace_row())
        if task.error_action == "RETRY":
            self._retry(task)

    def _fail(self, task: TaskAttempt, exception: str, cause: str) -> None:
        task.status = "FAILED"
        thread, strategy = f"TaskFinalizer-{next(self._finalizers)}", self._context.config.error_strategy
        where = f"task: name={task.name}; work-dir={task.work_dir}"
        unexpected = f"Handling unexpected condition for\n  {where}\n  error [nextflow.exception.{exception}]: {cause}"
        self._log.add(f"[{thread}] DEBUG {_PROCESSOR}", unexpected)
        may_retry = strategy == "retry" or task.exit_code in _RETRIED_EXIT_CODES
        if may_retry and task.attempt <= self._context.config.max_retries and not self.cause:
            task.error_action = "RETRY"
            note = f"[{task.short_hash}] NOTE: {cause} -- Execution is retried ({task.attempt})"
            self._log.add(f"[{thread}] INFO  {_PROCESSOR}", note)
            return
        task.error_action = "FINISH" if strategy == "finish" else "TERMINATE"
        if self.cause:
            return  # Nextflow reports only the first failure
        self.cause = cause
        records.write_failure(self._log, thread, task, cause)
        if strategy == "finish":
            self._finishing = True
            self._log.add(
                f"[{thread}] INFO  nextflow.Session", "Execution cancelled -- Finishing pending tasks before exit"
            )
        else:
            self._abort(thread, cause)

    def _retry(self, task: TaskAttempt) -> None:
        upstream = [self._hashes[key] for key in task.planned.after]
        hashes = (task_hash(self._context.session, task.planned, upstream, tries) for tries in itertools.count(1))
        unused = next(one for one in hashes if not self._context.work_dirs.exists(one))
        self._submit(task.planned, unused, attempt=task.attempt + 1)

    def _abort(self, thread: str, cause: str) -> None:
        self.cause = cause
        self._log.add(f"[{thread}] DEBUG nextflow.Session", f"Session aborted -- Cause: {cause}")
        unfinished = [*self._waiting.values(), *(task.planned for task in self._active.values())]
        processes = list(dict.fromkeys(planned.process.name for planned in unfinished))
        records.write_active_nodes(self._log, thread, processes)

    def _kill_running(self, thread: str) -> None:
        if not self._active:
            return
        self._log.add(f"[{thread}] WARN  {_MONITOR}", f"Killing running tasks ({len(self._active)})")
        for task in self._active.values():
            self._context.jobs.delete(task.job_id)
            task.status = "ABORTED"
            self.stats.ended(task)
            self._add_row(task.trace_row())
        self._active.clear()

    def _add_row(self, row: TraceRow) -> None:
        if self._context.trace:
            self._context.trace.add(row)
