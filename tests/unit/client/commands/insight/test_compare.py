"""What differs between two runs, line by line."""

from typing import Any

import pytest

from sluice.cli import main
from sluice.commands.insight.compare import about, differences_in
from sluice.decoding import decode
from sluice.models.comparison import RunComparison
from tests.support.client.examples import example_json
from tests.support.client.service import told
from tests.unit.client.conftest import Serve


def comparison(**fields: Any) -> RunComparison:  # noqa: ANN401
    return decode(RunComparison, example_json("RunComparison") | fields, set())


def same(**fields: Any) -> RunComparison:  # noqa: ANN401
    """A comparison of two runs that differ in these fields only."""
    lists = {"params": [], "config": [], "processes": [], "tasks": [], "different_tasks": 0}
    none = {"pipeline_version": None, "nano_dollars": None, "with_nano_dollars": None}
    return comparison(**lists | none | {"sheet": {"added": 0, "removed": 0, "changed": 0, "rows": []}} | fields)


def test_everything_that_differs_is_a_line() -> None:
    lines = [(one.kind, one.name, one.before, one.after) for one in differences_in(comparison(), with_tasks=True)]
    assert lines == [
        ("version", "", "2.7.0", "2.7.1"),
        ("param", "aligner", "alevin", "star"),
        ("config", "line 3", None, "    memory = 72.GB"),
        ("sheet", "donor_7, row 2, expected_cells", "5000", "10000"),
        ("process", "STAR_ALIGN", "4 tasks, 20m 00s, 8 CPUs, 36 GB", "4 tasks, 50m 00s, 8 CPUs, 36 GB"),
        ("task", "STAR_ALIGN (donor_7)", "ab-cdef01, state COMPLETED, exit code 0",
         "ab-cdef01, state FAILED, exit code 137"),
        ("cost", "", "about $1.12", "about $2.31"),
    ]  # fmt: skip


def test_a_slower_process_has_its_usual_time_and_the_proved_cause() -> None:
    (process,) = (one for one in differences_in(comparison(), with_tasks=False) if one.kind == "process")
    assert process.about == "slower than usual (21m 00s); its tasks waited longer and did not run longer"


def test_a_word_of_a_newer_service_is_shown_as_it_is() -> None:
    answer = example_json("ComparedProcess") | {"differences": ["moved"], "causes": []}
    (process,) = differences_in(same(processes=[answer]), with_tasks=False)
    assert process.about == "moved"


def test_rows_and_tasks_of_one_run_only_say_of_which() -> None:
    rows = [{"sample": "a", "before": 2, "after": None, "cells": []}]
    tasks = [example_json("TaskPair") | {"before": None, "ordinal": 2}]
    found = same(sheet={"added": 0, "removed": 1, "changed": 0, "rows": rows}, tasks=tasks, different_tasks=1)
    row, task = differences_in(found, with_tasks=True)
    assert (row.before, row.after, row.about) == ("row 2", None, "only in the other run")
    assert (task.name, task.before, task.about) == ("STAR_ALIGN (donor_7) #2", None, "only in this run")


def test_a_cost_is_compared_only_if_both_are_known_and_look_different() -> None:
    assert not list(differences_in(same(nano_dollars=None, with_nano_dollars=5), with_tasks=True))
    assert not list(differences_in(same(nano_dollars=2_000_000_001, with_nano_dollars=2_000_000_000), with_tasks=True))


def test_runs_that_do_not_differ_say_so() -> None:
    found = same(unknown=["the samplesheets: one is gone"])
    assert list(about(found, with_tasks=False)) == [
        "run-1a2b3c4d does not differ from run-0f0e0d0c.",
        "Not compared: the samplesheets: one is gone.",
    ]


def test_the_other_run_is_named_or_the_last_success(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    answer = told(example_json("RunComparison"))
    path = "GET /api/runs/run-0000000a/compare"
    service = serve({path: answer, f"{path}/run-0000000b": answer})
    assert main(["compare", "run-0000000a", "run-0000000b"]) == 0
    assert main(["compare", "run-0000000a"]) == 0
    assert [asked.path for asked in service.asked] == [
        "/api/runs/run-0000000a/compare/run-0000000b",
        "/api/runs/run-0000000a/compare",
    ]
    out, err = capsys.readouterr()
    assert "param\taligner\talevin\tstar\t-\n" in out
    assert "Different tasks: 1; --tasks lists them." in err
