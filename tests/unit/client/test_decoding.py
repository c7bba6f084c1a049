"""Records from the JSON of answers."""

from datetime import UTC, datetime

import pytest

from sluice.decoding import decode, member
from sluice.errors import UnavailableError
from sluice.models.runs import RunResponse
from sluice.models.tasks import TaskSummary
from tests.support.client.objects import run_json


def test_a_run_has_its_types() -> None:
    evidence = [{"line": "oom", "offset": None, "source": "trace.txt"}]
    run = decode(RunResponse, run_json(diagnosis={"cause": "out_of_memory", "evidence": evidence}), set())
    assert run.created_at == datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert run.diagnosis is not None
    assert run.diagnosis.evidence[0].line == "oom"
    assert run.started_at is None
    assert run.labels == []


def test_objects_in_objects_are_records() -> None:
    summary = decode(TaskSummary, {"by_status": {"FAILED": {"count": 2}}, "by_process": {}}, set())
    assert summary.by_status["FAILED"].count == 2


def test_fields_of_a_newer_service_are_kept_aside() -> None:
    unknown: set[str] = set()
    run = decode(RunResponse, run_json(colour="red"), unknown)
    assert run.raw["colour"] == "red"
    assert unknown == {"RunResponse.colour"}


def test_a_word_that_the_client_does_not_know_is_taken_as_it_is() -> None:
    assert decode(RunResponse, run_json(status="paused"), set()).status == "paused"


@pytest.mark.parametrize(
    "answer",
    [[], "run", {"run_id": "run-0000000a"}, run_json(created_at="noon"), run_json(created_at=5), run_json(warnings=1)],
)
def test_an_answer_of_another_form_is_no_run(answer: object) -> None:
    with pytest.raises(UnavailableError, match="RunResponse"):
        decode(RunResponse, answer, set())


def test_a_field_that_an_answer_lacks_is_named() -> None:
    assert member({"runs": []}, "runs") == []
    with pytest.raises(UnavailableError, match="no runs"):
        member({"error": "x"}, "runs")
