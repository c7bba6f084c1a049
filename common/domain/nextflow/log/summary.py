"""What a nextflow.log says about its run, collected fact by fact, and how the run ended."""

import re
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from common.domain.nextflow.log.facts import (
    BatchJobSubmitted,
    CommandGiven,
    ExecutorStarted,
    FailureReport,
    Goodbye,
    InternalError,
    LauncherError,
    LogFact,
    PipelineComplaint,
    RunNamed,
    RunStats,
    ScriptError,
    ScriptLaunched,
    SessionAborted,
    SessionNamed,
    TaskCached,
    TaskCompleted,
    TaskErrored,
    TaskIgnored,
    TaskNotFinalized,
    TaskRetried,
    TaskStored,
    TaskSubmitted,
    VersionNamed,
    WorkDirNamed,
)
from common.domain.nextflow.log.proof import is_signal, proof_as_json, proof_from_json, stops_the_run, with_proof

_MOST_EXECUTORS = 20  # Nextflow has about 20 kinds; a log may name any number
_INTERRUPTED = (129, 130, 131, 143)  # exit statuses of commands that SIGHUP, SIGINT, SIGQUIT or SIGTERM ended
_SAME_MOMENT = timedelta(seconds=30)
_COUNTERS: Mapping[type[LogFact], str] = {
    TaskSubmitted: "submitted",
    TaskCompleted: "completed",
    TaskCached: "cached",
    TaskStored: "stored",
    TaskRetried: "retried",
    TaskIgnored: "ignored",
}
_TASK_OF_CAUSE = re.compile(r"Process `(.*?)` terminated with an error exit status \((\d{1,9})\)")


class Outcome(StrEnum):
    """How a run ended, according to its log."""

    COMPLETED = "completed"
    TASK_FAILED = "task_failed"  # a task, or Nextflow while it handled one, stopped the run
    ABORTED = "aborted"  # the session ended early for another reason, usually an error in the pipeline's code
    NOT_STARTED = "not_started"  # Nextflow stopped before there was a session
    SIGNALLED = "signalled"
    ELSEWHERE = "elsewhere"  # this is the log of a launcher; the run has another log
    UNKNOWN = "unknown"  # still running, or the log was cut


@dataclass(slots=True, kw_only=True)
class LogSummary:
    """What the log has said so far. Counts are task attempts; other values are None until the log gives them.

    `error_task`, `error_hash`, `error_message` and `exit_code` describe the first failure, which stopped the run.
    `pipeline_error` is the last error that the pipeline wrote; it does not end a run, but may be the only reason given
    for a failed head job. `proofs` are the facts that can prove a cause, in file order. `last_record` is the byte at
    which the last record starts, None unless the caller sets it. `earlier` is the summary before the log was restarted,
    `earlier_runs` the number of runs that the same file holds before this one.
    """

    command: str | None = None
    version: str | None = None
    script: str | None = None
    run_name: str | None = None
    revision: str | None = None
    branch: str | None = None
    session_id: str | None = None
    work_dir: str | None = None
    executors: tuple[str, ...] = ()
    started_at: datetime | None = None
    ended_at: datetime | None = None
    submitted: int = 0
    cached: int = 0
    stored: int = 0
    completed: int = 0
    retried: int = 0
    ignored: int = 0
    stats: RunStats | None = None
    task_failed: bool = False
    goodbye: bool = False
    signal: str | None = None
    abort_cause: str | None = None
    launcher_error: str | None = None
    script_error: str | None = None
    pipeline_error: str | None = None
    error_task: str | None = None
    error_hash: str | None = None
    failure: str | None = None
    exit_code: int | None = None
    proofs: list[LogFact] = field(default_factory=list)
    last_record: int | None = None
    earlier_runs: int = 0
    earlier: "LogSummary | None" = None

    @property
    def outcome(self) -> Outcome:
        """How the run ended. The first rule that applies decides; Goodbye alone does not."""
        rules = (
            ("kuberun" in (self.command or "").split(), Outcome.ELSEWHERE),
            (self.signal is not None and not self.failed_before_signal, Outcome.SIGNALLED),
            (self.task_failed, Outcome.TASK_FAILED),
            (self.abort_cause is not None, Outcome.ABORTED),
            (self.launcher_error is not None, Outcome.NOT_STARTED),
            (self.goodbye or self._has_no_lasting_failure, Outcome.COMPLETED),
            (self.final_complaint is not None, Outcome.ABORTED),
        )
        return next((outcome for applies, outcome in rules if applies), Outcome.UNKNOWN)

    @property
    def was_aborted(self) -> bool:
        """Whether Nextflow logged that it stopped early. Tasks that were retried or ignored do not count."""
        return not (self.signal is None and self.abort_cause is None and self.launcher_error is None)

    @property
    def failed_before_signal(self) -> bool:
        """Whether the run had failed before a signal ended the wait for its other tasks.

        An interrupt reaches the tasks of a local run as well; a task that it ends may be reported before the signal is.
        """
        signal = next((number for number, proof in enumerate(self.proofs) if is_signal(proof)), None)
        if signal is None:
            return False
        stops = [proof for proof in self.proofs[:signal] if stops_the_run(proof)]
        return any(not self._is_effect(stop, self.proofs[signal]) for stop in stops)

    def _is_effect(self, stop: LogFact, signal: LogFact) -> bool:
        at_once = stop.at is None or signal.at is None or signal.at - stop.at <= _SAME_MOMENT
        return self.exit_code in _INTERRUPTED and at_once

    @property
    def final_complaint(self) -> PipelineComplaint | None:
        """The pipeline's last error if nothing follows it in the log: its script then called `exit`."""
        last = [proof for proof in self.proofs if isinstance(proof, PipelineComplaint)]
        return last[0] if last and last[0].offset == self.last_record else None

    def or_earlier(self) -> "LogSummary":
        """The summary to use after a restart: `earlier` while only that one shows how the run ended, else this one."""
        if self.earlier is None:
            return self
        is_known_earlier = self.outcome == Outcome.UNKNOWN and self.earlier.outcome != Outcome.UNKNOWN
        found = self.earlier if is_known_earlier else self
        return replace(found, started_at=self.earlier.started_at or self.started_at, earlier=None)

    @property
    def _has_no_lasting_failure(self) -> bool:
        """Whether the final counts show no failures except retried and ignored ones."""
        return self.stats is not None and self.stats.failed <= (self.stats.retries or 0)

    @property
    def error_message(self) -> str | None:
        """Why the run failed, in Nextflow's words; None if it did not fail or the log gives no reason."""
        if self.outcome == Outcome.COMPLETED:
            return None
        reasons = (self.failure, self.abort_cause, self.script_error, self.launcher_error, self.pipeline_error)
        return next((reason for reason in reasons if reason), None)

    def add(self, fact: LogFact) -> None:
        """Add the next fact, in file order."""
        if counter := _COUNTERS.get(type(fact)):
            setattr(self, counter, getattr(self, counter) + 1)
        elif not isinstance(fact, BatchJobSubmitted):
            self._add_about_run(fact)

    def _add_about_run(self, fact: LogFact) -> None:
        match fact:
            case CommandGiven(command=command):
                self._start_run(command)
            case VersionNamed(version=version):
                self.version = version
            case ScriptLaunched(script=script, run_name=run_name, revision=revision, branch=branch):
                self.script, self.run_name, self.revision, self.branch = script, run_name, revision, branch
            case RunNamed(run_name=run_name):
                self.run_name = run_name
            case SessionNamed(session_id=session_id, at=at):
                self.session_id, self.started_at = session_id, at
            case WorkDirNamed(work_dir=work_dir):
                self.work_dir = work_dir
            case ExecutorStarted(executor=executor):
                if executor not in self.executors and len(self.executors) < _MOST_EXECUTORS:
                    self.executors = (*self.executors, executor)
            case RunStats():
                self.stats = fact
            case Goodbye(at=at):
                self.goodbye, self.ended_at = True, at
            case _:
                self._add_about_failure(fact)

    def _start_run(self, command: str) -> None:
        """Note the command that started Nextflow; after a second one, only the last run in the file counts."""
        if self.command is not None:
            kept = {"earlier": self.earlier, "last_record": self.last_record, "earlier_runs": self.earlier_runs + 1}
            for known in fields(self):
                default = known.default_factory() if known.default_factory is not MISSING else known.default
                setattr(self, known.name, kept.get(known.name, default))
        self.command = command

    def _add_about_failure(self, fact: LogFact) -> None:
        self.proofs = with_proof(self.proofs, fact)
        match fact:
            case FailureReport():
                if not self.task_failed:
                    self.error_task, self.error_hash = fact.name, fact.hash
                    self.failure, self.exit_code = fact.cause, fact.exit_code
                self.task_failed = True
            case InternalError(reason=reason):
                self.task_failed, self.failure = True, self.failure or reason
                self.error_task = self.error_task or self._task_on(fact.thread)
            case TaskNotFinalized(name=name, reason=reason):
                self.error_task, self.failure = self.error_task or name, self.failure or reason
            case SessionAborted(cause=cause, signal=signal):
                self._add_abort(cause, signal)
            case LauncherError(text=text):
                self.launcher_error = self.launcher_error or text
            case ScriptError(text=text):
                self.script_error = self.script_error or text
            case PipelineComplaint(text=text):
                self.pipeline_error = text or self.pipeline_error

    def _task_on(self, thread: str | None) -> str | None:
        """The task that Nextflow handled last, if `thread` did it."""
        handled = [proof for proof in self.proofs if isinstance(proof, TaskErrored) and proof.thread == thread]
        return handled[-1].name if handled and thread is not None else None

    def _add_abort(self, cause: str, signal: str | None) -> None:
        """Note why the session was aborted; a signal outweighs the cause, which may be the only text with the task."""
        if signal:
            self.signal = self.signal or signal
            return
        self.abort_cause = self.abort_cause or cause
        named = _TASK_OF_CAUSE.match(cause)
        if named and self.error_task is None:
            self.error_task, self.exit_code = named[1], int(named[2])

    def as_json(self) -> dict[str, Any]:
        """This summary as JSON values, times in ISO 8601."""
        value = asdict(self) | {"executors": list(self.executors)}
        value["started_at"], value["ended_at"] = _iso(self.started_at), _iso(self.ended_at)
        if self.stats:
            value["stats"]["at"] = _iso(self.stats.at)
        value["proofs"] = [proof_as_json(proof) for proof in self.proofs]
        value["earlier"] = self.earlier.as_json() if self.earlier else None
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "LogSummary":
        """The summary that `as_json` wrote; fields that an older release did not have get their defaults."""
        known = {name.name: value[name.name] for name in fields(cls) if name.name in value}
        known["started_at"], known["ended_at"] = _moment(value.get("started_at")), _moment(value.get("ended_at"))
        if stats := value.get("stats"):
            known["stats"] = RunStats(**{**stats, "at": _moment(stats["at"])})
        if earlier := value.get("earlier"):
            known["earlier"] = cls.from_json(earlier)
        known["executors"] = tuple(value.get("executors", ()))
        known["proofs"] = [proof_from_json(proof) for proof in value.get("proofs", ())]
        return cls(**known)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
