"""How delays are attributed, and what the viewers take from their streams."""

import json
from pathlib import Path

from bench.freshness.measure import Sample, _figure
from bench.freshness.nextflow import WRITTEN, LogWriter
from bench.freshness.viewers import NoticeTimes, tasks_in_entry, tasks_in_progress
from common.domain.nextflow.log.facts import TaskSubmitted
from common.domain.nextflow.log.parsing import facts_of
from common.domain.nextflow.log.records import LogReader
from sluice.sse import StreamEvent
from tests.support.runs import NOON


def test_a_delay_is_split_by_the_first_copy_that_has_the_line() -> None:
    notices = [NoticeTimes(100, 11.0, 11.1, 11.2), NoticeTimes(200, 13.0, 13.25, 14.0), NoticeTimes(300, 15, 15, 15)]
    samples = [Sample(1, "young", at=10.0, end=150), Sample(2, "failing", at=12.0, end=150)]

    figure = _figure("freshness.x", samples * 2, {1: 14.5, 2: 14.5}, notices)

    assert figure.value == 4.5
    assert "young 4.50, failing 2.50" in figure.against
    assert "copy 2.00, notice 0.25, ingest 0.75, poll 0.50" in figure.against


def test_a_viewer_of_the_log_knows_a_task_once_its_submission_is_shown() -> None:
    shown = StreamEvent("entry", {"message": "[01/abcdef] Submitted process > SAMPLE (7)", "open": True})
    other = StreamEvent("entry", {"message": "Task completed > TaskHandler[id: 1; name: SAMPLE (1);]"}, "4")
    done = StreamEvent("done", {"status": "failed"})

    assert [list(tasks_in_entry(event)) for event in (shown, other, done)] == [[7], [], []]


def test_a_viewer_of_events_knows_all_tasks_that_are_counted() -> None:
    counted = StreamEvent("progress", {"total": 3}, "4")
    other = StreamEvent("status", {"status": "running"}, "5")

    assert [list(tasks_in_progress(event)) for event in (counted, other)] == [[1, 2, 3], []]


def test_the_log_says_what_was_noted(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path / "log", tmp_path / WRITTEN)
    writer.submit(7, "young")
    writer.submit(200, "young")

    records = (reader := LogReader(NOON)).feed((tmp_path / "log").read_bytes()) + reader.finish()
    noted = [json.loads(line) for line in (tmp_path / WRITTEN).read_text().splitlines()]

    assert [sample["end"] for sample in noted] == [record.end for record in records]
    submitted = [fact for record in records for fact in facts_of(record) if isinstance(fact, TaskSubmitted)]
    assert [fact.name for fact in submitted] == ["SAMPLE (7)", "SAMPLE (200)"]
