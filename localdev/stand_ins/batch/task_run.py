"""Runs one task: its runnables in order, with retries as its policies say."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from localdev.stand_ins.batch import documents
from localdev.stand_ins.batch.allocation import instance_of
from localdev.stand_ins.batch.documents import OVER_MAX_RUNTIME, VM_PREEMPTION
from localdev.stand_ins.batch.job_store import JobStore
from localdev.stand_ins.batch.logged_process import LoggedProcess
from localdev.stand_ins.batch.preemptions import Preemptions
from localdev.stand_ins.batch.runnables import ImageUnknownError, Machine, command_of, environment_of
from localdev.stand_ins.batch.task_logs import TaskLogSender
from localdev.stand_ins.http.messages import Json
from localdev.stand_ins.http.proto_json import read_duration, read_enum

_ACTIONS = {0: "ACTION_UNSPECIFIED", 1: "RETRY_TASK", 2: "FAIL_TASK"}
_IMAGE_PULL_FAILED, _NO_SUCH_PROGRAM = 125, 127


@dataclass(frozen=True, slots=True)
class TaskEnvironment:
    """The VM of a task, its folders, and the receivers of its states and its output."""

    machine: Machine
    store: JobStore
    logs: TaskLogSender
    folder: Path  # of the job
    mounts: Mapping[str, Path]  # mount path → the folder that stands for it
    closing: threading.Event  # set when the stand-in stops: from then on nothing is recorded
    preemptions: Preemptions


class TaskRun:
    """Runs one task of a job in the thread that calls `run`; other threads may call `stop` and `kill`."""

    def __init__(self, job: Json, index: int, environment: TaskEnvironment) -> None:
        self._job, self._index, self._environment = job, index, environment
        self._spec: Json = job["taskGroups"][0]["taskSpec"]
        self._folder = environment.folder / f"task-{index}"
        self._processes: list[LoggedProcess] = []
        self._lock = threading.Lock()
        self._stopped = False
        self._timed_out = self._preempted = False

    def run(self) -> bool:
        """True when the task succeeded."""
        self._folder.mkdir(parents=True, exist_ok=True)
        task = documents.new_task(self._job, self._index)
        retries = int(self._spec.get("maxRetryCount", 0))
        for attempt in range(retries + 1):
            instance = instance_of(self._job, attempt)
            for state in ("ASSIGNED", "RUNNING"):
                task = self._save(documents.with_task_state(task, state, instance=instance))
            code = self._attempt(attempt)
            if code == 0 or self._stopped or attempt == retries or not self._may_retry(code):
                break
            task = self._save(documents.with_task_state(task, "PENDING", instance=instance, exit_code=code))
        state = "SUCCEEDED" if code == 0 else "FAILED"
        self._save(documents.with_task_state(task, state, instance=instance, exit_code=code))
        return code == 0

    def stop(self) -> None:
        """Send SIGTERM to the running processes, and SIGKILL to those that still run GRACE_S later."""
        with self._lock:
            self._stopped = True
            for process in self._processes:
                process.terminate()

    def kill(self) -> None:
        """Send SIGKILL to the running processes."""
        with self._lock:
            self._stopped = True
            for process in self._processes:
                process.kill()

    def _save(self, task: Json) -> Json:
        if not self._environment.closing.is_set():
            self._environment.store.save_task(task)
        return task

    def _attempt(self, attempt: int) -> int:
        """Run all runnables once; the exit code of the attempt."""
        self._timed_out, self._preempted, code = False, False, 0
        kept_s = self._environment.preemptions.seconds_until(self._job, attempt)
        with self._limit(kept_s, self._preempt), self._time_limit(self._spec), ExitStack() as background:
            for runnable in self._spec["runnables"]:
                if self._stopped or self._timed_out or self._preempted or (code and not runnable.get("alwaysRun")):
                    continue
                ended = self._execute(runnable, attempt, background)
                code = code or (0 if runnable.get("ignoreExitStatus") and not self._timed_out else ended)
        return VM_PREEMPTION if self._preempted else OVER_MAX_RUNTIME if self._timed_out else code

    def _execute(self, runnable: Json, attempt: int, background: ExitStack) -> int:
        try:
            process = self._start(runnable, attempt)
        except ImageUnknownError as error:
            self._log_line("ERROR", str(error))
            return _IMAGE_PULL_FAILED
        except OSError as error:
            self._log_line("ERROR", str(error))
            return _NO_SUCH_PROGRAM
        if runnable.get("background"):
            thread = threading.Thread(target=self._wait_for, args=(process,), daemon=True)
            thread.start()
            background.callback(thread.join)
            background.callback(self._end_background, process)
            return 0
        with self._limit(_seconds_of(runnable.get("timeout")), self._time_out):
            return self._wait_for(process)

    def _wait_for(self, process: LoggedProcess) -> int:
        code = process.wait()
        with self._lock:
            self._processes.remove(process)  # its process id may soon belong to another process
        return code

    def _end_background(self, process: LoggedProcess) -> None:
        """Kill a background process at the end of the attempt, which is no failure."""
        with self._lock:
            if process in self._processes:
                process.kill()

    def _start(self, runnable: Json, attempt: int) -> LoggedProcess:
        group, mounts = self._job["taskGroups"][0], self._environment.mounts
        environments = [self._spec.get("environment", {}), *group.get("taskEnvironments", [])[self._index :][:1]]
        environment = environment_of(
            self._environment.machine, [*environments, runnable.get("environment", {})], mounts
        )
        environment |= self._environment.machine.identity_of(self._job)
        environment |= {
            "BATCH_TASK_INDEX": str(self._index),
            "BATCH_TASK_COUNT": group["taskCount"],
            "BATCH_TASK_RETRY_ATTEMPT": str(attempt),
            "BATCH_JOB_UID": self._job["uid"],
            "BATCH_JOB_ID": self._job["name"].rpartition("/")[2],
            "TMPDIR": str(self._folder),
        }
        with self._lock:
            command = command_of(runnable, mounts)
            process = LoggedProcess(command, environment=environment, folder=self._folder, on_line=self._log_line)
            self._processes.append(process)
            if self._stopped:
                process.terminate()
        return process

    def _log_line(self, severity: str, line: str) -> None:
        self._environment.logs.add(self._job, self._index, severity, line)

    def _time_limit(self, spec: Json) -> AbstractContextManager[None]:
        return self._limit(_seconds_of(spec.get("maxRunDuration")), self._time_out)

    @contextmanager
    def _limit(self, seconds: float | None, end: Callable[[], None]) -> Iterator[None]:
        """Call `end` when the block takes longer."""
        if seconds is None:
            yield
            return
        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _preempt(self) -> None:
        """Take the machine away, which gives no process time to end."""
        self._preempted = True
        self._kill_all()

    def _time_out(self) -> None:
        self._timed_out = True
        self._kill_all()

    def _kill_all(self) -> None:
        with self._lock:
            for process in self._processes:
                process.kill()

    def _may_retry(self, code: int) -> bool:
        """RETRY_TASK retries its exit codes only, FAIL_TASK all others; without a policy, every failure is retried."""
        for policy in self._spec.get("lifecyclePolicies", []):
            matches = code in policy.get("actionCondition", {}).get("exitCodes", [])
            action = read_enum(policy.get("action", 0), _ACTIONS)
            if action != "ACTION_UNSPECIFIED":
                return matches == (action == "RETRY_TASK")
        return True


def _seconds_of(duration: str | None) -> float | None:
    return read_duration(duration) if duration else None
