"""What people see of a run."""

from datetime import UTC, datetime

import pytest

from sluice.commands.read.runs import status_words, took_ms
from sluice.commands.read.show import fields_of
from sluice.decoding import decode
from sluice.models.runs import RunResponse
from tests.support.client.objects import run_json


def run(**fields: object) -> RunResponse:
    return decode(RunResponse, run_json(**fields), set())


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": "pending"}, "pending"),
        ({"status": "running"}, "running"),
        ({"status": "running", "metrics": {"progress": 0.416}}, "running 42%"),
        ({"status": "running", "metrics": {"progress": None}}, "running"),
        ({"status": "running", "failing": True, "metrics": {"progress": 0.4}}, "running (failing)"),
        ({"status": "completed", "metrics": {"progress": 1.0}}, "completed"),
        ({"status": "a_new_one"}, "a_new_one"),
    ],
)
def test_the_status_says_what_is_known_beyond_it(fields: dict[str, object], words: str) -> None:
    assert status_words(run(**fields)) == words


def test_a_run_took_from_its_start_to_its_end() -> None:
    ended = run(started_at="2026-12-01T12:00:00Z", failed_at="2026-12-01T14:03:00Z")
    now = datetime(2026, 12, 1, 12, 0, 5, tzinfo=UTC)
    assert took_ms(ended, now=now) == 7_380_000
    assert took_ms(run(started_at="2026-12-01T12:00:00Z"), now=now) == 5_000  # so far
    assert took_ms(run(cancelled_at="2026-12-01T12:00:00Z"), now=now) is None


def test_tasks_are_counted_by_status() -> None:
    fields = fields_of(run(metrics={"tasks": {"RUNNING": 2, "COMPLETED": 3, "FAILED": 0}}))
    assert fields["tasks"] == "3 completed, 2 running"
