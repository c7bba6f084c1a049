"""Why a run failed, and whether that was seen before."""

from typing import Any

import pytest

from sluice.cli import main
from sluice.commands.read.why import seen_before
from sluice.decoding import decode
from sluice.models.failures import SimilarFailures
from tests.support.client.examples import example_json
from tests.support.client.objects import NOON, page_json, run_json
from tests.support.client.service import told
from tests.unit.client.conftest import Serve

RUN = "/api/runs/run-0000000a"


def similar(**fields: Any) -> SimilarFailures:  # noqa: ANN401
    return decode(SimilarFailures, example_json("SimilarFailures") | fields, set())


def test_other_runs_with_the_failure_and_what_got_over_it() -> None:
    lines = list(seen_before(similar(), "run-0000000a", utc=True))
    assert lines == [
        "\nseen before",
        "  3 times since 2026-11-20 09:30:00 +00:00: run-1a2b3c4d",
        "  run-5e6f7a8b got over it with these changes",
        "    memory 36 GB → 72 GB",
    ]


def test_a_new_failure_was_not_seen_before() -> None:
    assert list(seen_before(similar(overcome=None), "run-1a2b3c4d", utc=True)) == []


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"kind": "param", "name": "aligner", "before": None, "after": "star"}, "aligner - → star"),
        ({"kind": "request", "name": "time_ms", "before": 60_000, "after": 7_380_000}, "time 1m 00s → 2h 03m"),
        ({"kind": "config", "name": "line 3", "before": None, "after": "x = 1"}, "line 3 of the config added: x = 1"),
        ({"kind": "config", "name": "line 3", "before": "x = 1", "after": None}, "line 3 of the config removed: x = 1"),
    ],
)
def test_a_change_that_helped_in_words(change: dict[str, Any], line: str) -> None:
    overcome = example_json("Overcome") | {"changes": [change]}
    assert list(seen_before(similar(overcome=overcome), "run-1a2b3c4d", utc=True))[-1] == f"    {line}"


def test_a_recovery_without_a_change_is_enough_sometimes() -> None:
    overcome = example_json("Overcome") | {"changes": []}
    assert "without a change" in list(seen_before(similar(overcome=overcome), "run-1a2b3c4d", utc=True))[-1]


def test_the_output_is_that_of_the_last_attempt(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    diagnosis = {"cause": "out_of_memory", "error_task": "STAR (a)", "evidence": []}
    task = {"name": "STAR (a)", "process": "STAR", "status": "FAILED"}
    tasks = [task | {"task_id": "aa-000001", "attempt": 1}, task | {"task_id": "bb-000002", "attempt": 2}]
    output = {"task_id": "bb-000002", "stdout": "", "stderr": "Killed\n", "as_of": NOON}
    serve(
        {
            f"GET {RUN}": told(run_json(status="failed", diagnosis=diagnosis)),
            f"GET {RUN}/failure": told(example_json("SimilarFailures") | {"overcome": None, "runs": []}),
            f"GET {RUN}/tasks": told(page_json("tasks", tasks)),
            f"GET {RUN}/tasks/bb-000002/logs": told(output),
        }
    )
    assert main(["why", "run-0000000a"]) == 0
    out, err = capsys.readouterr()
    assert out.endswith("\nthe last line of task bb-000002\n  Killed\n")
    assert err == "`sluice recover run-0000000a --config FILE` goes on with a change; --plan says what is reused.\n"
