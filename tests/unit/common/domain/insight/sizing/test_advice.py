"""What a process should ask for, and the block of a config that says so."""

from collections.abc import Sequence
from typing import Any

import pytest

from common.domain.insight.sizing.advice import PricedMachine, ProcessAdvice, ProcessRequest, Verdict, process_advice
from common.domain.insight.sizing.attempts import Attempt
from common.domain.insight.sizing.block import config_block
from common.domain.nextflow.config.settings import settings_in
from common.domain.nextflow.config.user_config import faults_in_config
from tests.unit.common.domain.insight.sizing.attempts import GIB, attempts_for, make_attempt

PROCESS = "NFCORE_SCRNASEQ:SCRNASEQ:STAR_ALIGN"
DOLLAR = 10**9


def buy(cpus: int, memory: int) -> PricedMachine | None:
    """Machines with 1 core and 4 GiB, 2 and 8, and so on, for 50 cents a core and hour; none has more than 64 cores."""
    cores = 1
    while cores < cpus or 4 * cores * GIB < memory:
        cores *= 2
    return PricedMachine(f"e2-{cores}", cores * DOLLAR // 2) if cores <= 64 else None


def tasks(count: int = 20, **changes: Any) -> list[Attempt]:  # noqa: ANN401 a field of any type
    """Completed tasks of two runs."""
    names = ({"run_id": f"run-{task % 2:08x}", "name": f"STAR_ALIGN (donor {task})"} for task in range(count))
    return [make_attempt(**name, **changes) for name in names]


def advice(attempts: Sequence[Attempt]) -> ProcessAdvice:
    return process_advice(PROCESS, attempts, buy)


def test_a_process_that_needs_less_is_advised_to_ask_for_less() -> None:
    found = advice(tasks(cpus=8, memory=32 * GIB, memory_peak=5 * GIB, cpu_percent=180.0))
    assert found.verdict == Verdict.ASK_LESS
    assert (found.asked, found.advised) == (ProcessRequest(8, 32 * GIB), ProcessRequest(2, 6 * GIB))
    assert (found.machine_now, found.machine_then) == (PricedMachine("e2-8", 4 * DOLLAR), PricedMachine("e2-2", DOLLAR))
    assert found.saved_monthly == 60 * DOLLAR  # 20 tasks of an hour, 3 dollars each


def test_a_saving_that_ends_on_the_same_machine_is_not_shown() -> None:
    found = advice(tasks(cpus=4, memory=16 * GIB, memory_peak=9 * GIB, cpu_percent=390.0))
    assert (found.verdict, found.saved_monthly) == (Verdict.FITS, 0)
    assert config_block([found], about="x") == ""


def test_a_process_whose_tasks_are_killed_is_advised_to_ask_for_more() -> None:
    found = advice(list(attempts_for([6 * GIB] * 15 + [20 * GIB] * 5, memory=8 * GIB)))
    assert (found.verdict, found.kills) == (Verdict.ASK_MORE, 10)
    assert found.advised == ProcessRequest(3, 24 * GIB)
    assert found.saved_monthly is not None
    assert found.saved_monthly < 0


@pytest.mark.parametrize(
    "attempts", [tasks(9), [each._replace(run_id="run-00000001", lineage="run-00000001") for each in tasks()], []]
)
def test_few_tasks_or_one_run_are_not_enough_yet(attempts: list[Attempt]) -> None:
    found = advice(attempts)
    assert found.verdict == Verdict.NOT_ENOUGH_YET
    assert found.advised is None


def test_more_than_was_asked_for_is_no_advice_if_nothing_was_killed() -> None:
    found = advice(tasks(cpus=2, memory=8 * GIB, memory_peak=8 * GIB, cpu_percent=190.0))
    assert found.verdict == Verdict.FITS


def test_without_a_machine_or_a_price_no_saving_is_claimed() -> None:
    attempts = tasks(cpus=8, memory=32 * GIB, memory_peak=5 * GIB, cpu_percent=180.0)
    no_machine = process_advice(PROCESS, attempts, lambda _cpus, _memory: None)
    assert (no_machine.verdict, no_machine.saved_monthly) == (Verdict.ASK_LESS, None)
    no_price = process_advice(PROCESS, attempts, lambda cpus, _memory: PricedMachine(f"x-{cpus}", None))
    assert (no_price.verdict, no_price.saved_monthly) == (Verdict.ASK_LESS, None)


def test_a_larger_machine_without_a_price_is_no_advice_to_ask_for_less() -> None:
    attempts = tasks(cpus=2, memory=8 * GIB, memory_peak=8 * GIB, cpu_percent=190.0)
    found = process_advice(PROCESS, attempts, lambda _cpus, memory: PricedMachine(f"x-{memory}", None))
    assert (found.advised, found.verdict) == (ProcessRequest(2, 10 * GIB), Verdict.FITS)
    assert config_block([found], about="x") == ""


def test_a_smaller_request_for_the_same_machine_is_no_advice_without_a_price_either() -> None:
    attempts = tasks(cpus=8, memory=32 * GIB, memory_peak=5 * GIB, cpu_percent=180.0)
    found = process_advice(PROCESS, attempts, lambda _cpus, _memory: PricedMachine("x-8", None))
    assert (found.advised, found.verdict) == (ProcessRequest(2, 6 * GIB), Verdict.FITS)


def test_tasks_without_a_known_request_get_advice_but_no_saving() -> None:
    found = advice(tasks(cpus=None, memory=None))
    assert (found.verdict, found.saved_monthly, found.asked) == (Verdict.FITS, None, ProcessRequest(None, None))


def test_only_the_last_days_make_a_month() -> None:
    large = {"cpus": 8, "memory": 32 * GIB, "memory_peak": 5 * GIB, "cpu_percent": 180.0}
    found = advice([*tasks(10, **large), *tasks(10, **large, age_days=31.0)])
    assert found.saved_monthly == 30 * DOLLAR


def test_the_block_is_read_by_our_own_config_reader() -> None:
    less = advice(tasks(cpus=8, memory=32 * GIB, memory_peak=5 * GIB, cpu_percent=180.0))
    block = config_block([less], about="nf-core/scrnaseq 2.7, from 20 tasks of 2 runs")
    found = {(setting.selectors, setting.path): setting.value for setting in settings_in(block)}
    star = ("withName:STAR_ALIGN",)
    assert found == {
        (star, ("process", "cpus")): "2",
        (star, ("process", "memory")): "{ 6.GB * task.attempt }",
    }
    assert faults_in_config(block, field="config_content") == []


def test_processes_with_the_same_short_name_are_named_with_their_scope() -> None:
    large = tasks(cpus=8, memory=32 * GIB, memory_peak=5 * GIB, cpu_percent=180.0)
    both = [process_advice(name, large, buy) for name in ("A:SORT", "B:SORT", "A:INDEX")]
    selected = {setting.selectors for setting in settings_in(config_block(both, about="x"))}
    assert selected == {("withName:A:SORT",), ("withName:B:SORT",), ("withName:INDEX",)}
