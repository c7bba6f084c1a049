"""Every log of the corpus compared with independent counts and with the index. Needs SLUICE_CORPUS."""

import re
from datetime import UTC, datetime
from functools import cache
from itertools import cycle
from pathlib import Path

from common.domain.nextflow.log.facts import LogFact, TaskCompleted, TaskSubmitted
from common.domain.nextflow.log.parsing import facts_of
from common.domain.nextflow.log.records import LogReader, LogRecord
from common.domain.nextflow.log.summary import LogSummary, Outcome
from tests.support.rows import each_row
from tests.unit.common.domain.nextflow.corpus import CorpusFile, logs, needs_corpus
from tests.unit.common.domain.nextflow.texts import records_of, summary_of

pytestmark = needs_corpus

SUMMER_2024 = datetime(2024, 7, 1, tzinfo=UTC)
OUTCOMES = {
    "ok": Outcome.COMPLETED,
    "ok-all-cached": Outcome.COMPLETED,
    "ok-ignored-errors": Outcome.COMPLETED,
    "ok-nothing-run": Outcome.COMPLETED,
    "failed:process": Outcome.TASK_FAILED,
    "failed:process(finish)": Outcome.TASK_FAILED,
    "failed:oom-137": Outcome.TASK_FAILED,
    "failed:internal-error": Outcome.TASK_FAILED,
    "failed:script": Outcome.ABORTED,
    "config-error": Outcome.NOT_STARTED,
    "error-before-run": Outcome.NOT_STARTED,
    "kuberun-launcher": Outcome.ELSEWHERE,
    "truncated": Outcome.UNKNOWN,
    "excerpt": Outcome.UNKNOWN,
    "not-nextflow": Outcome.UNKNOWN,
}

every_log = each_row("file", of=logs())


@cache
def records_in(path: Path) -> list[LogRecord]:
    return records_of(path.read_bytes(), near=SUMMER_2024)


@cache
def facts_in(path: Path) -> list[LogFact]:
    return [fact for record in records_in(path) for fact in facts_of(record)]


def summary(file: CorpusFile) -> LogSummary:
    summary = summary_of(facts_in(file.path))
    summary.last_record = records_in(file.path)[-1].start
    return summary


@every_log
def test_every_byte_belongs_to_exactly_one_record(file: CorpusFile) -> None:
    edges = [0, *(record.end for record in records_in(file.path))]

    assert [record.start for record in records_in(file.path)] == edges[:-1]
    assert edges[-1] == len(file.data)


@every_log
def test_there_are_as_many_records_as_heads(file: CorpusFile) -> None:
    heads = re.findall(r"^\S.{0,19}?-\d\d \d\d:\d\d:\d\d\.\d{3} \[", file.data.decode(), re.MULTILINE)

    assert len(records_in(file.path)) == len(heads)


@every_log
def test_every_record_has_a_time(file: CorpusFile) -> None:
    assert all(record.timestamp for record in records_in(file.path))


@every_log
def test_messages_are_the_lines_of_the_file(file: CorpusFile) -> None:
    colours = re.compile(r"\x1b\[[0-9;]*m")
    for record in records_in(file.path):
        text = file.data[record.start : record.end].decode().replace("\r\n", "\n")
        assert text.split(" - ", 1)[1] == record.message + "\n" or colours.sub("", text).endswith(record.message + "\n")


@every_log
def test_pieces_of_any_size_give_the_same_records(file: CorpusFile) -> None:
    data = file.data
    reader, found, at = LogReader(SUMMER_2024), [], 0
    for size in cycle((1, 7, 100, 65_536, 4_096, 13)):
        found += reader.feed(data[at : at + size])
        at += size
        if at >= len(data):
            break
        if size == 100:
            reader = LogReader(SUMMER_2024, reader.state)

    assert found + reader.finish() == records_in(file.path)


@every_log
def test_the_outcome_agrees_with_the_index(file: CorpusFile) -> None:
    found = summary(file)
    expected = Outcome.TASK_FAILED if file.path.name.startswith("zh-locale") else OUTCOMES.get(file.outcome)
    if file.outcome.startswith("signal:"):
        assert (found.outcome, f"signal:{found.signal}") == (Outcome.SIGNALLED, file.outcome)
    else:
        assert found.outcome == expected


@every_log
def test_task_counts_agree_with_the_index(file: CorpusFile) -> None:
    counted = re.match(r"sub=(\d+) done=(\d+) cached=(\d+)", file.notes)
    found = summary(file)
    if counted:
        assert [found.submitted, found.completed, found.cached] == [int(number) for number in counted.groups()]


@every_log
def test_version_and_executors_agree_with_the_index(file: CorpusFile) -> None:
    found = summary(file)
    if file.outcome not in ("excerpt", "kuberun-launcher"):
        assert (found.version or "?", ",".join(found.executors) or "-") == (
            file.version,
            file.executors if file.executors != "?" else "-",
        )


@every_log
def test_every_completed_task_was_submitted_earlier(file: CorpusFile) -> None:
    submitted: dict[str, str] = {}
    for fact in facts_in(file.path) if file.outcome != "excerpt" else ():
        if isinstance(fact, TaskSubmitted):
            assert fact.hash not in submitted
            submitted[fact.hash] = fact.name
        elif isinstance(fact, TaskCompleted):
            assert fact.hash is not None
            assert submitted[fact.hash] == fact.name


@every_log
def test_every_relevant_wording_is_recognised(file: CorpusFile) -> None:
    text = "\n".join(record.message.split("\n", 1)[0] for record in records_in(file.path))
    found = summary(file)

    assert found.submitted == len(re.findall(r"\] (?:Re-s|S)ubmitted process > ", text))
    assert found.completed == text.count("Task completed > TaskHandler[")
    assert found.stored == text.count("] Stored process > ")
    assert found.ignored + found.retried == len(re.findall(r" -- (?:Error is ignored|Execution is retried)", text))
    assert (found.error_task is not None) >= ("Error executing process > " in text)
    assert found.goodbye == ("Execution complete -- Goodbye" in text)


@every_log
def test_a_summary_survives_a_json_round_trip(file: CorpusFile) -> None:
    assert LogSummary.from_json(summary(file).as_json()) == summary(file)
