"""Compares what the head jobs wrote with what the database says: what was lost, doubled, left behind, or went wrong.

Pure. Findings are counts, each with sentences that name the runs.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum, auto

from chaos.evidence import Job, Recorded, RecordedEntry, Written
from chaos.scientists import OVER, Scenario, ScenarioResult

_STATES = ("pending", "submitted", "running")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Finding(StrEnum):
    """What must not happen, by the names under which it is reported."""

    WRONG_END_STATES = auto()
    LOST_BYTES = auto()
    DOUBLED_BYTES = auto()
    DOUBLED_JOBS = auto()
    ORPHANS = auto()
    STUCK_RUNS = auto()


@dataclass(slots=True)
class Findings:
    """How much of each fault there was, and what is known of it."""

    counts: Counter[Finding] = field(default_factory=Counter)
    sentences: list[str] = field(default_factory=list)

    def add(self, fault: Finding, count: int, sentence: str) -> None:
        if count:
            self.counts[fault] += count
            self.sentences.append(f"{fault}: {sentence}")


def audit(
    outcomes: Sequence[ScenarioResult],
    records: Mapping[str, Recorded],
    files: Mapping[str, Written],
    jobs: Sequence[Job],
) -> Findings:
    """Everything that is not as it should be, once nothing moves any more; `files` has every run of `records`."""
    findings = Findings()
    for run_id, record in records.items():
        _audit_run(findings, run_id, record, files[run_id])
    for outcome in outcomes:
        for sentence in _wrong_outcome(outcome, records):
            findings.add(Finding.WRONG_END_STATES, 1, sentence)
        _audit_reuse(findings, outcome, records)
    known = {run_id for outcome in outcomes for run_id in outcome.run_ids}
    doubled = sorted(set(records) - known)
    findings.add(Finding.DOUBLED_JOBS, len(doubled), f"runs that nobody asked for: {', '.join(doubled)}")
    _audit_jobs(findings, jobs)
    return findings


def is_quiet(records: Mapping[str, Recorded]) -> bool:
    """Whether nothing is to be expected any more."""
    return not any(map(_is_stuck, records.values()))


def _is_stuck(record: Recorded) -> bool:
    was_launched = any(kind == "status" and data["status"] == "submitted" for kind, data in record.events)
    return record.status not in OVER or (was_launched and not record.is_archived)


def _audit_run(findings: Findings, run_id: str, record: Recorded, file: Written) -> None:
    findings.add(Finding.STUCK_RUNS, _is_stuck(record), f"{run_id} is {record.status}, archived: {record.is_archived}")
    for sentence in (*_wrong_end(record, file), *_wrong_journal(record)):
        findings.add(Finding.WRONG_END_STATES, 1, f"{run_id} {sentence}")
    lost, doubled = compare_log(record.entries, file.log)
    findings.add(Finding.LOST_BYTES, lost, f"{run_id} lacks {lost} of {len(file.log)} bytes of nextflow.log")
    findings.add(Finding.DOUBLED_BYTES, doubled, f"{run_id} has {doubled} bytes of nextflow.log twice")
    lost_rows = list(_lost_rows(record.tasks, file.trace))
    findings.add(Finding.LOST_BYTES, sum(map(len, lost_rows)), f"{run_id} lacks {lost_rows[:1]} of trace.txt")


def _wrong_end(record: Recorded, file: Written) -> Iterator[str]:
    """A run that ran to its end says what its head job's exit code says; one that is cancelled was to be."""
    if record.status == "cancelled" and not record.cancel_requested:
        yield "is cancelled, and nobody asked for it"
    if record.status == "completed" and file.exit_code != 0:
        yield f"is completed, and its head job's exit code is {file.exit_code}"
    if record.status == "failed" and not file.exit_code:
        yield f"is failed, and its head job's exit code is {file.exit_code}"


def _wrong_journal(record: Recorded) -> Iterator[str]:
    """Each state is told once and in order, and the end once."""
    told = [data["status"] for kind, data in record.events if kind == "status"]
    states = [status for status, before in zip(told, [None, *told], strict=False) if status != before]
    if states[:-1] != list(_STATES[: len(states) - 1]) or states[-1:] != [record.status]:
        yield f"is {record.status} and has the journal {' → '.join(told)}"
    ends = sum(kind == "done" for kind, _ in record.events)
    if ends != (record.status in OVER):
        yield f"is {record.status} and its journal ends {ends} times"


def compare_log(entries: Sequence[RecordedEntry], log: bytes) -> tuple[int, int]:
    """How many bytes of a log are in no entry, or in one that says something else, and how many are in two."""
    lost = doubled = position = 0
    for entry in entries:
        lost += max(0, entry.byte_start - position)
        doubled += max(0, position - entry.byte_start)
        position = max(position, entry.byte_end)
        record = _COLOURS.sub("", log[entry.byte_start : entry.byte_end].decode(errors="replace"))
        if entry.message.partition("\n")[0] not in record:
            lost += entry.byte_end - entry.byte_start
    return lost + max(0, len(log) - position), doubled + max(0, position - len(log))


def _lost_rows(tasks: Mapping[str, str], trace: bytes) -> Iterator[str]:
    lines = trace.decode().splitlines()
    for line, row in zip(lines[1:], csv.DictReader(lines, delimiter="\t"), strict=True):
        if tasks.get(row["hash"]) != row["status"]:
            yield line


def _wrong_outcome(outcome: ScenarioResult, records: Mapping[str, Recorded]) -> Iterator[str]:
    wish = outcome.wish
    wanted = 2 if wish.scenario == Scenario.RECOVER else 1
    found = [records[run_id].status for run_id in outcome.run_ids if run_id in records]
    if len(found) != wanted:
        yield f"{wish.scenario} of {wish.user} has {len(found)} runs of {wanted}: {', '.join(outcome.run_ids)}"
    for run_id, status, right in zip(outcome.run_ids, found, _right_ends(outcome), strict=False):
        if status not in right:
            yield f"{run_id} is {status}, not {' or '.join(sorted(right))}, which was to be a {wish.scenario}"
        if status == "failed" and records[run_id].cause != wish.cause:
            yield f"{run_id} failed of {records[run_id].cause}, not of {wish.cause}"


def _right_ends(outcome: ScenarioResult) -> Sequence[frozenset[str]]:
    completed, failed = frozenset({"completed"}), frozenset({"failed"})
    match outcome.wish.scenario:
        case Scenario.FAILURE:
            return [failed]
        case Scenario.RECOVER:
            return [failed, completed]
        case Scenario.CANCEL if outcome.was_cancelled:
            return [completed | {"cancelled"}]  # its head may have been faster
        case _:
            return [completed]


def _audit_reuse(findings: Findings, outcome: ScenarioResult, records: Mapping[str, Recorded]) -> None:
    """Nothing that had finished ran again."""
    for before, after in zip(outcome.run_ids, outcome.run_ids[1:], strict=False):
        finished = _with_status(records[before].tasks, "COMPLETED", "CACHED")
        again = finished - _with_status(records[after].tasks, "CACHED")
        findings.add(Finding.DOUBLED_JOBS, len(again), f"{after} did not reuse {len(again)} tasks of {before}")


def _with_status(tasks: Mapping[str, str], *statuses: str) -> set[str]:
    return {task_hash for task_hash, status in tasks.items() if status in statuses}


def _audit_jobs(findings: Findings, jobs: Iterable[Job]) -> None:
    heads: Counter[str] = Counter()
    for job in jobs:
        heads[job.run_id] += job.is_head
        findings.add(Finding.ORPHANS, not job.has_ended, f"{job.name} of {job.run_id or 'no run'} goes on")
    for run_id, count in heads.items():
        findings.add(Finding.DOUBLED_JOBS, max(0, count - 1), f"{run_id} has {count} head jobs")
