"""Executes the plan of a run: submits ready tasks, watches their jobs, handles ends, failures and signals."""

import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import requests

from localdev.nextflow_simulator.buckets import CloudCache, Results, WorkDirs
from localdev.nextflow_simulator.child_jobs import COMPLETED_STATES, ChildJob, ChildJobs
from localdev.nextflow_simulator.ending import Ending
from localdev.nextflow_simulator.inputs import Config
from localdev.nextflow_simulator.interrupt import Interrupt
from localdev.nextflow_simulator.output import records, task_texts
from localdev.nextflow_simulator.output.files import NextflowLog
from localdev.nextflow_simulator.output.observers import Observers
from localdev.nextflow_simulator.pace import Pace
from localdev.nextflow_simulator.pipeline.failures import failure_of
from localdev.nextflow_simulator.pipeline.plan import TaskPlan
from localdev.nextflow_simulator.task import TaskAttempt, TraceRow, task_hash

_RETRIED_EXIT_CODES = {104, *range(130, 146)}  # nf-core's base.config: these are retried, all others finish
_RETRY, _IGNORE, _FINISH, _TERMINATE = "RETRY", "IGNORE", "FINISH", "TERMINATE"
_GOES_ON = {_RETRY: "Execution is retried ({})", _IGNORE: "Error is ignored"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionContext:
    """What an execution needs: session, files, services and settings."""

    session: str
    resumed: bool
    work_dir: str
    sheet: Path
    config: Config
    log: NextflowLog
    jobs: ChildJobs
    work_dirs: WorkDirs
    cache: CloudCache
    results: Results
    interrupt: Interrupt
    pace: Pace
    chosen_failure: str  # the value of SIM_FAIL


class Execution:
    """One execution of a plan."""

    def __init__(self, plan: Sequence[TaskPlan], context: ExecutionContext, observers: Observers, end: Ending) -> None:
        self._context, self._log, self._observers, self._ending = context, context.log, observers, end
        self._waiting = {planned.key: planned for planned in plan}
        self._hashes: dict[str, str] = {}  # of succeeded tasks, by key
        self._active: dict[str, TaskAttempt] = {}  # by job id
        self._numbers = itertools.count(1)
        self._actors, self._finalizers, self._transfers = (itertools.cycle(range(1, 11)) for _ in range(3))
        self._dumped = time.monotonic()

    def run(self) -> None:
        """Run until all tasks have ended, a task has failed for good, or a signal arrives."""
        interrupt, pace, ending = self._context.interrupt, self._context.pace, self._ending
        while not (interrupt.name or ending.is_aborted):
            if not ending.is_cancelled:
                self._submit_ready()
            if not self._active:
                break
            interrupt.wait(pace.poll)
            if not interrupt.name:
                self._collect()
        if interrupt.name and not ending.is_aborted:
            self._abort(f"{interrupt.name} handler", interrupt.name)
        ending.finish()

    @property
    def hashes(self) -> list[str]:
        """The hashes of all succeeded tasks."""
        return list(self._hashes.values())

    def _submit_ready(self) -> None:
        progress = True
        while progress:
            ready = [task for task in self._waiting.values() if self._hashes.keys() >= set(task.after)]
            for planned in ready:
                if self._context.interrupt.name or self._ending.cause:
                    return
                del self._waiting[planned.key]
                self._start(planned)
            progress = any(planned.key in self._hashes for planned in ready)  # a reused task can make others ready

    def _start(self, planned: TaskPlan) -> None:
        context = self._context
        for hash_ in self._hashes_of(planned):
            if context.resumed and context.work_dirs.has_ended(hash_):
                row = context.cache.row_of(hash_)
                if row and row["status"] in {"COMPLETED", "CACHED"}:
                    self._reuse(planned, hash_, row)
                    return
            if not context.work_dirs.exists(hash_):
                self._submit(planned, hash_, attempt=1)
                return

    def _hashes_of(self, planned: TaskPlan) -> Iterator[str]:
        """The hashes to try, until one is free or can be reused."""
        upstream = [self._hashes[key] for key in planned.after]
        return (task_hash(self._context.session, planned, upstream, tries) for tries in itertools.count(1))

    def _reuse(self, planned: TaskPlan, hash_: str, row: TraceRow) -> None:
        """Add the task with the trace row of its earlier run, and publish its results in this run's directory too."""
        self._hashes[planned.key] = hash_
        self._observers.stats.reused(int(row.get("realtime", 0)), planned.process.cpus)
        thread, message = f"Actor Thread {next(self._actors)}", f"[{hash_[:2]}/{hash_[2:8]}] Cached process > "
        self._log.add(f"[{thread}] INFO  {records.PROCESSOR}", f"{message}{planned.name}")
        self._publish(thread, planned)
        self._observers.add_row(row | {"task_id": str(next(self._numbers)), "status": "CACHED"})

    def _submit(self, planned: TaskPlan, hash_: str, *, attempt: int) -> None:
        context = self._context
        memory = context.config.resources.memory_of(planned.process, attempt)
        disk = context.config.resources.disk_of(planned.process, attempt)
        task = TaskAttempt(
            number=next(self._numbers),
            planned=planned,
            hash=hash_,
            work_root=context.work_dir,
            memory=memory,
            disk=disk,
            time=context.config.resources.time_of(planned.process, attempt),
            attempt=attempt,
            failure=failure_of(planned, attempt, context.chosen_failure, memory=memory, disk=disk),
            job_id=f"nf-{hash_[:8]}-{_now()}",
        )
        if planned.stages_sheet:
            self._stage_sheet()
        context.work_dirs.begin(task, f"#!/bin/bash -euo pipefail\n{task_texts.command_of(task)}\n")
        try:
            uid = context.jobs.submit(task, task_texts.script_of(task, context.pace.speed))
        except requests.RequestException as error:
            self._fail("Task submitter", task, "ProcessSubmitException", str(error))
            return
        if uid is None:
            return
        task.job_uid, task.submit = uid, _now()
        self._observers.tasks.append(task)
        self._active[task.job_id] = task
        self._observers.stats.submitted()
        records.write_submitted(self._log, task)

    def _stage_sheet(self) -> None:
        """Nextflow copies a local input to the work bucket, where tasks can read it."""
        sheet, path = self._context.sheet, f"stage-{self._context.session}/{'ab/' + 'c' * 30}"
        target = f"{path}/{self._context.sheet.name}"
        self._context.work_dirs.write(target, sheet.read_text(encoding="utf-8"))
        copying = f"Copying foreign file {sheet} to work dir: {self._context.work_dir}/{target}"
        self._log.add(f"[FileTransfer-{next(self._transfers)}] DEBUG nextflow.file.FilePorter", copying)

    def _collect(self) -> None:
        jobs = self._context.jobs.all()
        for job_id, task in list(self._active.items()):
            job = jobs.get(job_id) or self._context.jobs.find(job_id)
            ended = job is None or job.state in COMPLETED_STATES
            if task.start is None and (ended or (job and job.started)):
                task.start = _now()
                self._observers.stats.started(task)
                self._context.work_dirs.start(task)
            if ended:
                self._end(task, job)
            if self._ending.is_aborted:
                return
        if time.monotonic() - self._dumped > self._context.pace.dump and self._active:
            self._dumped = time.monotonic()
            records.write_running(self._log, list(self._active.values()))

    def _end(self, task: TaskAttempt, job: ChildJob | None) -> None:
        del self._active[task.job_id]
        task.complete = _now()
        succeeded = job is not None and job.state == "SUCCEEDED"
        task.exit_code = 0 if succeeded else self._context.jobs.exit_code(task.job_id)
        if task.exit_code == 0 and job and job.started:
            task.measured = job.changed - job.started
        records.write_ended(self._log, task, job.state if job else "FAILED")
        self._ending.open_pool("Task monitor", "TaskFinalizer")
        stdout, stderr = f"{task_texts.printed_by(task)}\n", task_texts.error_of(task)
        self._context.work_dirs.end(
            task, stdout=stdout, stderr=f"{stderr}\n" if stderr else "", trace=task_texts.trace_of(task)
        )
        thread = f"TaskFinalizer-{next(self._finalizers)}"
        if failure := task_texts.cause_of_failure(task):
            self._fail(thread, task, *failure)
            return
        task.status = "COMPLETED"
        self._hashes[task.planned.key] = task.hash
        self._publish(thread, task.planned)
        self._count(task)

    def _publish(self, thread: str, planned: TaskPlan) -> None:
        self._ending.open_pool(thread, "PublishDir")
        self._context.results.publish(planned.process.output.format(tag=planned.tag), task_texts.result_of(planned))

    def _count(self, task: TaskAttempt) -> None:
        self._observers.stats.ended(task)
        self._observers.add_row(task.trace_row())
        self._context.cache.store(task.hash, task.trace_row())

    def _fail(self, thread: str, task: TaskAttempt, exception: str, cause: str) -> None:
        """Report a failure, then retry, ignore, finish or terminate; only the first one decides how the run ends."""
        task.status, task.error_action = "FAILED", self._error_action(task)
        if exception == "MissingFileException":
            records.write_missing_output(self._log, thread, task, task_texts.expected_of(task.planned))
        error = f"[nextflow.exception.{exception}]: {cause}"
        records.write_unexpected(self._log, thread, task.name, task.work_dir, error)
        if goes_on := _GOES_ON.get(task.error_action):
            note = f"[{task.short_hash}] NOTE: {cause} -- {goes_on.format(task.attempt)}"
            self._log.add(f"[{thread}] INFO  {records.PROCESSOR}", note)
        is_first = not goes_on and not self._ending.cause
        if is_first:
            records.write_failure(self._log, thread, task, cause)
        self._count(task)
        if is_first and task.error_action == _FINISH:
            self._ending.cancel(thread, cause, self._unfinished(collecting=True))
        elif is_first:
            self._abort(thread, cause)
        elif task.error_action == _RETRY:
            self._retry(task)

    def _error_action(self, task: TaskAttempt) -> str:
        config = self._context.config
        default = _RETRY if task.exit_code in _RETRIED_EXIT_CODES else _FINISH
        action = config.error_strategy.upper() or default
        return _TERMINATE if action == _RETRY and task.attempt > config.max_retries else action

    def _retry(self, task: TaskAttempt) -> None:
        if self._ending.cause:  # it stays in the queue of a session that submits nothing more
            self._observers.stats.pending += 1
            return
        unused = next(one for one in self._hashes_of(task.planned) if not self._context.work_dirs.exists(one))
        self._submit(task.planned, unused, attempt=task.attempt + 1)

    def _abort(self, thread: str, cause: str) -> None:
        self._ending.abort(thread, cause, self._unfinished(), lambda: self._kill_running(thread))

    def _unfinished(self, *, collecting: bool = False) -> list[str]:
        """The processes with tasks that wait for others; `collecting` selects those that collect all samples."""
        tasks = [planned for planned in self._waiting.values() if not (collecting and planned.tag)]
        return list(dict.fromkeys(planned.process.name for planned in tasks))

    def _kill_running(self, thread: str) -> None:
        if not self._active:
            return
        self._log.add(f"[{thread}] WARN  {records.MONITOR}", f"Killing running tasks ({len(self._active)})")
        for task in self._active.values():  # one after another, so the time grows with their number
            self._context.jobs.delete(task.job_id)
            time.sleep(self._context.pace.deletion)
            task.status = "ABORTED"
            self._observers.stats.ended(task)
            self._observers.add_row(task.trace_row())
        self._active.clear()


def _now() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000
