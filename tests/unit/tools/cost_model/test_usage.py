import re
from dataclasses import fields, replace
from importlib import resources

import pytest

from tools.cost_model import usage
from tools.cost_model.usage import (
    Counts,
    Workload,
    busy_seconds,
    counts_of_month,
    counts_of_run,
    gib_seconds,
    log_copies_in,
    syncs_in,
)

USUAL = Workload()


@pytest.mark.parametrize(("hours", "syncs"), [(0, 1), (20 / 3600, 1), (21 / 3600, 2), (1, 68), (6, 293)])
def test_syncs_of_a_run_become_less_frequent(hours: float, syncs: int) -> None:
    assert syncs_in(hours * 3600, 20) == syncs


@pytest.mark.parametrize(
    ("more", "grows"),
    [
        ({"hours_per_run": 12.0}, {"work_items", "notices", "queue_operations", "storage_writes", "storage_reads"}),
        ({"tasks_per_run": 400}, {"notices", "storage_writes", "storage_reads"}),
        ({"copy_max_s": 30.0}, {"notices", "storage_writes", "storage_reads"}),
        ({"copy_min_s": 1.0}, {"notices", "storage_writes", "storage_reads"}),
        ({"troubles_per_run": 20}, {"notices", "storage_writes", "storage_reads"}),
        ({"sync_interval_s": 10.0}, {"work_items", "queue_operations", "storage_reads"}),
        ({"viewers": 100}, set()),
    ],
)
def test_a_larger_workload_increases_the_right_counts(more: dict[str, float], grows: set[str]) -> None:
    before, after = counts_of_run(USUAL), counts_of_run(replace(USUAL, **more))  # type: ignore[arg-type]
    assert {field.name for field in fields(Counts) if getattr(after, field.name) > getattr(before, field.name)} == grows


def test_an_idle_month_has_only_the_timer() -> None:
    idle = counts_of_month(replace(USUAL, runs_per_day=0, viewers=0))
    assert idle == Counts(work_items=30 * 24 * 12)
    assert idle.invocations == 8640


def test_viewers_share_one_streaming_instance() -> None:
    one, many = (counts_of_month(replace(USUAL, viewers=viewers)) for viewers in (1, 100))
    calls = (many.api_calls - one.api_calls) * 0.1
    assert busy_seconds(USUAL, many) - busy_seconds(USUAL, one) == pytest.approx(calls)
    assert gib_seconds(USUAL, many) == busy_seconds(USUAL, many) / 2


@pytest.mark.parametrize("name", ["YOUNG_S", "TROUBLE_S"])
def test_the_model_copies_as_long_often_as_the_head_job(name: str) -> None:
    launcher = resources.files("headjob").joinpath("launch.sh").read_text("utf-8")
    found = re.search(rf"readonly [^#]*\b{name}=(\d+)", launcher)
    assert found is not None
    assert int(found[1]) == getattr(usage, name)


def test_a_log_that_always_changes_is_copied_after_each_pause() -> None:
    busy = replace(USUAL, tasks_per_run=10**7, troubles_per_run=0)
    assert log_copies_in(busy) == pytest.approx(600 / 2 + (6 * 3600 - 600) / 60, rel=0.01)


def test_a_quiet_log_is_copied_when_it_changes() -> None:
    quiet = replace(USUAL, tasks_per_run=0, troubles_per_run=0)
    assert log_copies_in(quiet) < 15 + 6 * 3600 / 300
