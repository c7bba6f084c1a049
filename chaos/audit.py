"""Compares the files of the head jobs with the database and counts what was lost, doubled, left over or wrong.

Pure functions. Each finding has a count and sentences that name the runs.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum, auto

from chaos.evidence import EntryRecord, HeadJobFiles, Job, RunRecord
from chaos.workload import FINAL_STATUSES, Scenario, ScenarioResult

_STATES = ("pending", "submitted", "running")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Finding(StrEnum):
    """What must never happen; the value is the name in the report."""

    WRONG_END_STATES = auto()
    LOST_BYTES = auto()
    DOUBLED_BYTES = auto()
    DOUBLED_JOBS = auto()
    ORPHANS = auto()
    STUCK_RUNS = auto()
    LOST_NOTIFICATIONS = auto()


@dataclass(slots=True)
class Findings:
    """The count of each finding, and a sentence for each occurrence."""

    counts: Counter[Finding] = field(default_factory=Counter)
    sentences: list[str] = field(default_factory=list)

    def add(self, finding: Finding, count: int, sentence: str) -> None:
        """Add an occurrence; a count of 0 adds nothing."""
        if count:
            self.counts[finding] += count
            self.sentences.append(f"{finding}: {sentence}")


def audit(
    results: Sequence[ScenarioResult],
    records: Mapping[str, RunRecord],
    files: Mapping[str, HeadJobFiles],
    jobs: Sequence[Job],
    told: Mapping[str, int],
) -> Findings:
    """The findings of a settled stack; `files` has an entry for every run of `records`.

    `told` are the ids of the notifications that a receiver has taken, with how often each was: a worker that is killed
    between delivery and record makes another send it again, with the same id.
    """
    findings = Findings()
    _audit_notifications(findings, records, told)
    for run_id, record in records.items():
        _audit_run(findings, run_id, record, files[run_id])
    for result in results:
        for sentence in _wrong_result(result, records):
            findings.add(Finding.WRONG_END_STATES, 1, sentence)
        _audit_reuse(findings, result, records)
    known = {run_id for result in results for run_id in result.run_ids}
    doubled = sorted(set(records) - known)
    findings.add(Finding.DOUBLED_JOBS, len(doubled), f"runs without a request: {', '.join(doubled)}")
    _audit_jobs(findings, jobs)
    return findings


def is_settled(records: Mapping[str, RunRecord], jobs: Iterable[Job] = ()) -> bool:
    """Whether every job and every run has ended and, if it was launched, is archived."""
    is_told = not any(record.untold for record in records.values())
    return is_told and all(job.has_ended for job in jobs) and not any(map(_is_stuck, records.values()))


def _is_stuck(record: RunRecord) -> bool:
    was_launched = any(kind == "status" and data["status"] == "submitted" for kind, data in record.events)
    return record.status not in FINAL_STATUSES or (was_launched and not record.is_archived)


def _audit_notifications(findings: Findings, records: Mapping[str, RunRecord], told: Mapping[str, int]) -> None:
    """Check that the end of each run was told, and nothing that has not happened."""
    expected = {
        f"{run_id}-run-{record.status}" for run_id, record in records.items() if record.status in FINAL_STATUSES
    }
    for lost in sorted(expected - told.keys()):
        findings.add(Finding.LOST_NOTIFICATIONS, 1, f"{lost} was never delivered")
    for wrong in sorted(told.keys() - expected):
        findings.add(Finding.LOST_NOTIFICATIONS, 1, f"{wrong} was delivered and has not happened")


def _audit_run(findings: Findings, run_id: str, record: RunRecord, file: HeadJobFiles) -> None:
    findings.add(Finding.STUCK_RUNS, _is_stuck(record), f"{run_id} is {record.status}, archived: {record.is_archived}")
    for sentence in (*_wrong_end(record, file), *_wrong_journal(record)):
        findings.add(Finding.WRONG_END_STATES, 1, f"{run_id} {sentence}")
    lost, doubled = compare_log(record.entries, file.log)
    findings.add(Finding.LOST_BYTES, lost, f"{run_id} is missing {lost} of {len(file.log)} bytes of nextflow.log")
    findings.add(Finding.DOUBLED_BYTES, doubled, f"{run_id} has {doubled} bytes of nextflow.log twice")
    lost_rows = list(_lost_rows(record.tasks, file.trace))
    findings.add(
        Finding.LOST_BYTES, sum(map(len, lost_rows)), f"{run_id} is missing rows of trace.txt, such as {lost_rows[:1]}"
    )


def _wrong_end(record: RunRecord, file: HeadJobFiles) -> Iterator[str]:
    """Check the final status against the head job's exit code, and a cancelled run for a cancel request."""
    if record.status == "cancelled" and not record.cancel_requested:
        yield "is cancelled without a cancel request"
    if record.status == "completed" and file.exit_code != 0:
        yield f"is completed, but the exit code of its head job is {file.exit_code}"
    if record.status == "failed" and not file.exit_code:
        yield f"is failed, but the exit code of its head job is {file.exit_code}"


def _wrong_journal(record: RunRecord) -> Iterator[str]:
    """Check that the journal has each state once, in order, and one `done` if the run has ended."""
    statuses = [data["status"] for kind, data in record.events if kind == "status"]
    states = [status for status, before in zip(statuses, [None, *statuses], strict=False) if status != before]
    if states[:-1] != list(_STATES[: len(states) - 1]) or states[-1:] != [record.status]:
        yield f"is {record.status}, but its journal says {' → '.join(statuses)}"
    ends = sum(kind == "done" for kind, _ in record.events)
    if ends != (record.status in FINAL_STATUSES):
        yield f"is {record.status}, but its journal has {ends} `done` events"


def compare_log(entries: Sequence[EntryRecord], log: bytes) -> tuple[int, int]:
    """The numbers of lost and doubled bytes of a log: in no entry (or an entry with another message), and in two."""
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
        if tasks.get(row["workdir"]) != row["status"]:
            yield line


def _wrong_result(result: ScenarioResult, records: Mapping[str, RunRecord]) -> Iterator[str]:
    request = result.request
    expected = 2 if request.scenario == Scenario.RECOVER else 1
    found = [records[run_id].status for run_id in result.run_ids if run_id in records]
    if len(found) != expected:
        yield f"{request.scenario} of {request.user} has {len(found)} runs, not {expected}: {result.run_ids}"
    for run_id, status, allowed in zip(result.run_ids, found, _allowed_statuses(result), strict=False):
        if status not in allowed:
            yield f"{run_id} ({request.scenario}) is {status}, not {' or '.join(sorted(allowed))}"
        if status == "failed" and records[run_id].cause != request.cause:
            yield f"{run_id} failed with the cause {records[run_id].cause}, not {request.cause}"


def _allowed_statuses(result: ScenarioResult) -> Sequence[frozenset[str]]:
    completed, failed = frozenset({"completed"}), frozenset({"failed"})
    match result.request.scenario:
        case Scenario.FAILURE:
            return [failed]
        case Scenario.RECOVER:
            return [failed, completed]
        case Scenario.CANCEL if result.was_cancelled:
            return [completed | {"cancelled"}]  # the head job may have ended before the cancel
        case _:
            return [completed]


def _audit_reuse(findings: Findings, result: ScenarioResult, records: Mapping[str, RunRecord]) -> None:
    """Add a finding for each finished task that the recovery ran again."""
    for before, after in zip(result.run_ids, result.run_ids[1:], strict=False):
        finished = _with_status(records[before].tasks, "COMPLETED", "CACHED")
        again = finished - _with_status(records[after].tasks, "CACHED")
        findings.add(Finding.DOUBLED_JOBS, len(again), f"{after} did not reuse {len(again)} finished tasks of {before}")


def _with_status(tasks: Mapping[str, str], *statuses: str) -> set[str]:
    return {work_dir for work_dir, status in tasks.items() if status in statuses}


def _audit_jobs(findings: Findings, jobs: Iterable[Job]) -> None:
    heads: Counter[str] = Counter()
    for job in jobs:
        heads[job.run_id] += job.is_head
        findings.add(Finding.ORPHANS, not job.has_ended, f"{job.name} of {job.run_id or 'no run'} has not ended")
    for run_id, count in heads.items():
        findings.add(Finding.DOUBLED_JOBS, max(0, count - 1), f"{run_id} has {count} head jobs")
