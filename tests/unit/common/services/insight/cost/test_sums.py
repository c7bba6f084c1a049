"""Runs are summed up from the rows of their tasks and machines; prices are those of the domain's tests."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from common.domain.batch.job import BatchJob, JobState
from common.domain.batch.machines import StayEnd
from common.domain.insight.cost.basis import Basis
from common.domain.insight.cost.run_cost import NO_DISKS, NO_HEAD, UNDATED
from common.domain.runs.status import RunStatus
from common.domain.tasks.merging import TaskSource
from common.domain.tasks.task import TaskStatus
from common.services.ingest.store import IngestStore
from common.services.insight.cost.service import CostNow, CostService
from common.services.insight.cost.sums import CostSums
from tests.support.runs import NOON, make_task
from tests.unit.common.domain.insight.cost.prices import IOWA, PRICES
from tests.unit.common.services.insight.cost.lab import EARLIER, HEAD, HOUR, N1, NOW, PAID, RUN, SPOT, Lab, stay


@pytest.fixture
def lab(engine: Engine) -> Lab:
    return Lab(engine)


def nanos_by_process(now: CostNow) -> dict[str | None, int | None]:
    return {each.process: each.cost.nanos for each in now.cost.processes}


def test_a_run_is_summed_up_by_process_and_its_cost_is_kept_for_lists(lab: Lab) -> None:
    lab.task("1")
    lab.task("2")
    lab.stay("1", stay(2))
    lab.stay("2", stay(1))
    now = lab.cost()
    assert nanos_by_process(now) == {"STAR": 3 * PAID}
    assert (now.cost.total.basis, now.cost.total.is_complete, now.summed_at) == (Basis.MACHINE, True, NOW)
    assert lab.stored() == (3 * PAID, 0, "machine", True)


def test_attempts_in_one_job_count_each_with_its_zone(lab: Lab) -> None:
    lab.task("1")
    lost = [stay(0.5, start=start, end=StayEnd.PREEMPTED, zone=f"{IOWA}-a") for start in (0, 1)]
    lab.stay("1", *lost, stay(1, start=2, zone=f"{IOWA}-f"), kind=SPOT)
    now = lab.cost()
    assert (now.cost.total.nanos, now.cost.total.losses, now.cost.total.attempts) == (2 * 49_410_000, 2, 3)


def test_the_head_job_is_paid_until_now_and_after_its_end_until_then(lab: Lab) -> None:
    head = BatchJob(
        name=HEAD, uid="u", state=JobState.RUNNING, labels={}, running_since=NOON, machine=N1, state_since=NOON
    )
    lab.jobs.note_head(RUN, head)
    assert lab.cost().cost.head.nanos == 5 * PAID
    ended = BatchJob(
        name=HEAD, uid="u", state=JobState.SUCCEEDED, labels={}, running_since=NOON, machine=N1, state_since=NOON + HOUR
    )
    lab.jobs.note_head(RUN, ended)
    lab.jobs.note_head(RUN, ended)
    now = lab.cost()
    assert (now.cost.head.nanos, now.cost.total.nanos, now.cost.processes) == (PAID, PAID, [])


def test_a_head_job_whose_machine_nobody_saw_is_not_known(lab: Lab) -> None:
    lab.task("1")
    lab.stay("1", stay())
    for status in (RunStatus.SUBMITTED, RunStatus.RUNNING, RunStatus.COMPLETED):
        assert lab.cost().cost.total.is_complete
        lab.runs.update_run_status(RUN, status, at=NOON)
    now = lab.cost()
    assert (now.cost.total.nanos, now.cost.total.is_complete, now.cost.head.nanos) == (PAID, False, None)
    assert (now.cost.total.basis, now.cost.unknown) == (Basis.MACHINE, {NO_HEAD: 1})


def test_cached_tasks_cost_nothing_and_save_what_the_earlier_run_paid(lab: Lab) -> None:
    lab.task("1", TaskStatus.CACHED, start_time=NOON, end_time=NOON + HOUR)
    lab.stay("1", stay(2), run_id=EARLIER)
    now = lab.cost()
    assert (now.cost.total.nanos, now.cost.saved.nanos) == (0, 2 * PAID)
    assert lab.stored() == (0, 2 * PAID, "none", True)


def test_what_a_cached_task_saved_is_not_known_if_nobody_saw_its_machine(lab: Lab) -> None:
    for job in "123":
        lab.task(job, TaskStatus.CACHED, cpus=2, memory=8 << 30)
    lab.stay("1", stay(2), run_id=EARLIER)
    saved = lab.cost().cost.saved
    assert (saved.nanos, saved.attempts, saved.is_complete) == (2 * PAID, 3, False)


def test_a_job_that_nextflow_deleted_is_guessed_from_its_request_until_the_end_of_the_run(lab: Lab) -> None:
    lab.task("1", TaskStatus.ABORTED, cpus=2, memory=8 << 30)
    lab.deleted("1")
    lab.runs.update_run_status(RUN, RunStatus.FAILED, at=NOON + HOUR)
    now = lab.cost()
    assert (now.cost.total.nanos, now.cost.total.basis) == (67_011_420, Basis.REQUEST)
    assert now.cost.unknown == {NO_DISKS: 1}


def test_a_task_whose_job_nobody_saw_is_guessed_from_its_trace(lab: Lab) -> None:
    lab.task("1", cpus=2, memory=8 << 30, start_time=NOON, end_time=NOON + HOUR)
    lab.task("2", TaskStatus.RUNNING, cpus=2, memory=8 << 30, start_time=NOON)
    assert nanos_by_process(lab.cost()) == {"STAR": 67_011_420}


def test_a_task_without_times_is_counted_as_not_known(lab: Lab) -> None:
    lab.task("1", cpus=2, memory=8 << 30)
    lab.task("2", TaskStatus.ABORTED)  # it never ran
    now = lab.cost()
    assert (now.cost.total.nanos, now.cost.unknown) == (None, {UNDATED: 1, NO_DISKS: 1})
    assert lab.stored() == (None, 0, "none", False)


def test_clocks_that_disagree_make_an_attempt_unknown(lab: Lab) -> None:
    lab.task("1")
    lab.stay("1", stay(-1))
    assert lab.cost().cost.unknown == {UNDATED: 1}


def test_a_trace_that_names_one_job_twice_does_not_pay_it_twice(lab: Lab) -> None:
    lab.task("1")
    with IngestStore(lab.engine).writing(RUN) as writer:
        writer.merge_tasks([make_task(hash="ff/ffffff", process="STAR", native_id="1/0/x")], TaskSource.TRACE)
    lab.stay("1", stay())
    assert lab.cost().cost.total.nanos == PAID


def test_a_machine_of_no_known_task_is_paid_too(lab: Lab) -> None:
    lab.stay("9", stay())
    assert nanos_by_process(lab.cost()) == {None: PAID}


def test_summing_up_again_changes_nothing(lab: Lab) -> None:
    lab.task("1")
    lab.stay("1", stay())
    assert lab.cost() == lab.cost()


def test_who_had_to_wait_to_sum_up_counts_machines_that_were_stored_meanwhile(lab: Lab) -> None:
    lab.stay("1", stay())
    lab.cost()
    with ThreadPoolExecutor() as threads:
        with lab.engine.begin() as other:
            other.execute(text("SELECT FROM run_costs FOR UPDATE"))
            late = threads.submit(lab.cost)
            wait_for_a_waiting_statement(lab.engine)
            lab.stay("2", stay())
        assert late.result().cost.total.attempts == 2


def wait_for_a_waiting_statement(engine: Engine) -> None:
    """Return when a statement waits for a lock; fails after a minute."""
    waiting = text(
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
    )
    for _ in range(6_000):
        with engine.connect() as connection:
            if connection.execute(waiting).scalar_one():
                return
        time.sleep(0.01)
    pytest.fail("no statement waits for a lock")


def test_the_prices_of_the_day_of_the_run_hold(lab: Lab) -> None:
    lab.task("1")
    lab.stay("1", stay())
    dearer = [price._replace(nanos=price.nanos * 2) for price in PRICES]
    lab.prices.add(dearer, since=NOON.date() + timedelta(days=1))
    assert lab.cost().cost.total.nanos == PAID
    lab.prices.add(dearer, since=NOON.date())
    now = lab.cost()
    assert (now.cost.total.nanos, now.cost.priced_on) == (2 * PAID, NOON.date())


def test_the_cost_of_a_run_that_was_never_summed_up_says_so(lab: Lab) -> None:
    lab.jobs.note_listed(
        RUN, [BatchJob(name="projects/p/locations/l/jobs/j", uid="", state=JobState.RUNNING, labels={})]
    )
    now = CostService(lab.engine).cost_of(RUN)
    assert (now.summed_at, now.unread_jobs, now.cost.total.attempts) == (None, 1, 0)


def test_nothing_is_stored_for_a_run_that_does_not_exist(lab: Lab) -> None:
    CostSums(lab.engine).sum_up("run-ffffffff", at=NOW)
    with lab.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM run_costs")).scalar_one() == 0


def kinds(engine: Engine) -> Sequence[Any]:
    with engine.connect() as connection:
        return connection.execute(text("SELECT machine FROM machine_kinds")).scalars().all()


def test_equal_machines_are_stored_once(lab: Lab) -> None:
    for job in "123":
        lab.stay(job, stay(), stay(start=2))
    assert kinds(lab.engine) == [{"type": "n1-standard-4", "model": "STANDARD", "region": IOWA, "pack": 1}]
