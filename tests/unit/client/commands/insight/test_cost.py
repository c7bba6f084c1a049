"""What a run cost: unknown parts never look known."""

from collections.abc import Mapping
from typing import Any

import pytest

from sluice.cli import main
from sluice.commands.insight.cost import about, lines_of, machine_words
from sluice.decoding import decode
from sluice.models.costs import AttemptCostInfo, RunCostResponse
from tests.support.client.examples import example_json
from tests.support.client.objects import run_json
from tests.support.client.service import told
from tests.unit.client.conftest import Serve

RUN = "/api/runs/run-0000000a"


Fields = Mapping[str, Any]


def cost(*, total: Fields | None = None, star: Fields | None = None, **fields: object) -> RunCostResponse:
    answer = example_json("RunCostResponse") | fields
    answer["total"] |= total or {}
    answer["processes"][0]["cost"] |= star or {}
    return decode(RunCostResponse, answer, set())


def test_the_head_job_and_each_process_add_up_to_all() -> None:
    lines = [(line.name, line.words, line.saved) for line in lines_of(cost())]
    assert lines == [
        ("Nextflow itself", "$0.1270", "-"),
        ("STAR_ALIGN", "$0.3752", "-"),
        ("FASTQC", "$0.0000", "$0.0782"),
        ("all", "$0.5022", "$0.0782"),
    ]


def test_a_cost_that_is_not_complete_is_a_lower_bound() -> None:
    found = cost(total={"complete": False}, star={"complete": False})
    words = {line.name: line.words for line in lines_of(found)}
    assert words["STAR_ALIGN"].startswith("at least $")
    assert words["all"].startswith("at least $")


def test_what_nobody_knows_is_not_zero() -> None:
    found = cost(total={"nano_dollars": None}, star={"nano_dollars": None}, summed_at=None)
    words = {line.name: line.words for line in lines_of(found)}
    assert (words["STAR_ALIGN"], words["all"]) == ("unknown", "unknown")
    assert list(about(found, is_over=True)) == [
        "Nothing is known yet: a task has a cost when it has ended and its machine was read from Cloud Batch."
    ]


def test_the_talk_names_what_the_amounts_leave_out() -> None:
    found = cost(unknown=[{"what": "the price of a GPU", "attempts": 2}], unread_jobs=1)
    assert list(about(found, is_over=False)) == [
        "The run goes on; this is what it cost so far.",
        "Estimated by the machines that Cloud Batch used, and Google's list prices of 2026-11-01.",
        "Not known: the price of a GPU (2 attempts); 1 job not read from Cloud Batch yet.",
    ]


def test_amounts_are_data_and_their_basis_is_talk(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    answer = example_json("RunCostResponse")
    serve({f"GET {RUN}/cost": told(answer), f"GET {RUN}": told(run_json(status="completed"))})
    assert main(["cost", "run-0000000a"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[-1].startswith("all\t$")
    assert err.startswith("Estimated by")
    assert main(["cost", "run-0000000a", "--format", "{total[nano_dollars]}"]) == 0
    assert capsys.readouterr() == (f"{answer['total']['nano_dollars']}\n", "")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"machine_type": "e2-highmem-8", "ended": "done"}, "e2-highmem-8"),
        ({"machine_type": "e2-highmem-8", "ended": "preempted"}, "e2-highmem-8 preempted"),
        ({"machine_type": "e2-highmem-8", "is_guess": True, "ended": None}, "e2-highmem-8?"),
        ({"machine_type": None, "is_guess": True, "ended": "deleted"}, "unknown deleted"),
    ],
)
def test_a_machine_in_words(fields: dict[str, object], words: str) -> None:
    assert machine_words(decode(AttemptCostInfo, {"is_guess": False} | fields, set())) == words


def test_the_dearest_tasks_are_listed_with_their_machines(serve: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    task = example_json("TaskCostList")["tasks"][0]
    service = serve({f"GET {RUN}/cost/tasks": told({"tasks": [task] * 3, "next_cursor": "more"})})
    assert main(["cost", "run-0000000a", "--tasks", "-n", "2"]) == 0
    line, *others = capsys.readouterr().out.splitlines()
    assert others == [line]
    assert line.split("\t")[:2] == [task["task_id"], "STAR_ALIGN (donor_1)"]
    assert len(service.asked) == 1
