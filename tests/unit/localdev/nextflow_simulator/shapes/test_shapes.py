"""The simulator's files have the shape of those of a real Nextflow: records, their order, the cells of the trace."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest

from localdev.nextflow_simulator.interrupt import Interrupt
from tests.unit.localdev.nextflow_simulator.conftest import SimulatedRun, Simulator, before_tasks, when
from tests.unit.localdev.nextflow_simulator.shapes.shape import (
    ONLY_REAL,
    ONLY_SIMULATED,
    SHAPES,
    cells_of,
    follows,
    lines_of,
    orders,
    real_shapes,
)

SCENARIOS = ("success", "failure", "missing_output", "out_of_memory", "cancel", "recovery", "refused")
REAL_BATCH = os.environ.get("SLUICE_REAL_BATCH")


@dataclass(frozen=True, slots=True)
class Shape:
    """The real runs of one scenario: the kinds of their records, those that all have, their order, and the trace."""

    kinds: frozenset[str]
    always: frozenset[str]
    follows: frozenset[tuple[str, str]]  # of all scenarios
    orders: frozenset[tuple[str, str]]
    columns: Sequence[str]
    rows: frozenset[str]


def real(scenario: str) -> Shape:
    shapes = json.loads(SHAPES.read_text(encoding="utf-8"))
    kinds, found = shapes["kinds"], shapes["scenarios"][scenario]
    return Shape(
        kinds=frozenset(kinds[number] for number in found["kinds"]),
        always=frozenset(kinds[number] for number in found["always"]),
        follows=frozenset((kinds[one], kinds[other]) for one, other in shapes["follows"]),
        orders=frozenset((kinds[one], kinds[other]) for one, other in found["orders"]),
        columns=found["columns"],
        rows=frozenset(found["rows"]),
    )


@pytest.fixture(scope="module")
def runs(simulator: Simulator) -> Mapping[str, SimulatedRun]:
    """A run of each scenario."""
    broken = {"SIM_FAIL": "SIMPLEAF_QUANT:exit"}
    return {
        "success": simulator.run("run-success", ["S1"]),
        "failure": simulator.run("run-failure", ["S1"], variables=broken),
        "missing_output": simulator.run("run-missing", ["S1", "fail_missing_output"]),
        "out_of_memory": simulator.run("run-memory", ["fail_oom"]),
        "cancel": cancelled(simulator),
        "recovery": simulator.run("run-recovery", ["S1"], root="run-failure", resume=True),
        "refused": simulator.run("run-refused", []),
    }


def cancelled(simulator: Simulator) -> SimulatedRun:
    """A run that gets a signal once its last tasks are running."""
    stopped, last = replace(simulator, interrupt=Interrupt()), "SIMPLEAF_QUANT (S1)` submitted"
    when(lambda: stopped.have_started("run-cancel", last), partial(stopped.interrupt.record, "SIGTERM"))
    with pytest.MonkeyPatch.context() as patch:
        before_tasks(patch, lambda task: "sleep 600" if task.planned.process.short_name == "SIMPLEAF_QUANT" else "")
        return stopped.run("run-cancel", ["S1"], variables={"SIM_SPEED": "2"})


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_log_has_the_records_of_a_real_one(runs: Mapping[str, SimulatedRun], scenario: str) -> None:
    simulated, shape = {line.kind for line in lines_of(runs[scenario].log)}, real(scenario)

    assert _without(simulated - shape.kinds, ONLY_SIMULATED) == []
    assert _without(shape.always - simulated, ONLY_REAL) == []


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_each_thread_writes_its_records_in_the_order_of_a_real_one(
    runs: Mapping[str, SimulatedRun], scenario: str
) -> None:
    assert sorted(follows(lines_of(runs[scenario].log)) - real(scenario).follows) == []


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_end_of_the_session_has_the_order_of_a_real_one(runs: Mapping[str, SimulatedRun], scenario: str) -> None:
    simulated = orders(lines_of(runs[scenario].log))
    turned = {(other, one) for one, other in simulated}

    assert sorted(real(scenario).orders & turned) == []


@pytest.mark.parametrize("scenario", [scenario for scenario in SCENARIOS if scenario != "refused"])
def test_the_same_cells_of_the_trace_are_empty(runs: Mapping[str, SimulatedRun], scenario: str) -> None:
    columns, rows = cells_of(runs[scenario].trace)
    shape = real(scenario)

    assert columns == shape.columns
    assert rows == {row for row in shape.rows if scenario == "recovery" or not row.startswith("CACHED")}


def test_the_trace_of_a_refused_run_has_no_rows(runs: Mapping[str, SimulatedRun]) -> None:
    columns, rows = cells_of(runs["refused"].trace)

    assert (columns, rows) == (real("refused").columns, set())


@pytest.mark.skipif(not REAL_BATCH, reason="SLUICE_REAL_BATCH names no folder of real runs")
def test_the_stored_shapes_are_those_of_the_real_runs() -> None:
    assert json.loads(SHAPES.read_text(encoding="utf-8")) == json.loads(json.dumps(real_shapes(Path(REAL_BATCH or ""))))


def _without(kinds: Iterable[str], known: Sequence[str]) -> list[str]:
    return sorted(kind for kind in kinds if not any(text in kind for text in known))
