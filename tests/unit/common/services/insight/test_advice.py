"""Advice for the processes of a pipeline, from the runs that a user may see."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from common.domain.insight.cost.prices import ListPrice
from common.domain.insight.sizing.advice import PricedMachine, ProcessRequest, Verdict
from common.domain.nextflow.config.settings import settings_in
from common.domain.runs.access import Caller
from common.domain.tasks.task import TaskStatus
from common.services.ingest.task_rows import write_tasks
from common.services.insight.advice import AdviceService, PipelineAdvice
from common.services.insight.cost.prices import PriceStore
from common.services.runs.store import RunStoreService
from tests.support.runs import NOON, OWNER, make_run, make_task

ANA, BEN = Caller(email=OWNER), Caller(email="ben@lab.example")
ADMIN = Caller(email="root@lab.example", is_admin=True)
SINCE, REGION = date(2026, 11, 1), "europe-west1"
GIB = 1 << 30
STAR = "NFCORE_SCRNASEQ:SCRNASEQ:STAR_ALIGN"
LATER = NOON + timedelta(days=1)


class Lab:
    """Stores runs of six tasks that ask for 8 cores and 36 GiB and use two cores and 5 GiB for an hour."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.runs, self.service = engine, RunStoreService(engine), AdviceService(engine)
        self._made = 0

    def run(self, task: Mapping[str, Any] | None = None, tasks: int = 6, **changes: Any) -> str:  # noqa: ANN401
        self._made += 1
        run = make_run(
            **{"run_id": f"run-{self._made:08x}", "created_at": NOON + timedelta(minutes=self._made)} | changes
        )
        self.runs.create_run(run)
        own = {
            "process": STAR, "status": TaskStatus.COMPLETED, "attempt": 1, "exit_code": 0, "cpus": 8,
            "memory": 36 * GIB, "memory_peak": 5 * GIB, "cpu_percent": 195.0, "realtime_ms": 3_600_000,
            "end_time": NOON,
        }  # fmt: skip
        made = [
            make_task(hash=f"{number:09x}", name=f"{STAR} (donor {number})", **own | dict(task or {}))
            for number in range(tasks)
        ]
        with self.engine.begin() as connection:
            connection.execute(
                text("UPDATE runs SET started_at = created_at, shared_with = :readers WHERE run_id = :run_id"),
                {"run_id": run.run_id, "readers": list(run.shared_with) or None},
            )
            write_tasks(connection, run.run_id, added=made, changed=())
        return run.run_id

    def advice(self, caller: Caller = ANA, version: str = "2.7.1") -> PipelineAdvice:
        return self.service.advice("nf-core/scrnaseq", version, caller, at=LATER)

    def see_machine(self, run_id: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(
                text("""
                WITH kind AS (
                    INSERT INTO machine_kinds (machine) VALUES ('{"type": "e2-standard-8", "region": "europe-west1"}')
                    RETURNING id
                )
                INSERT INTO further_stays (run_id, job_task, attempt, ended, kind_id)
                SELECT :run_id, 'nf-1/0', 1, 'done', id FROM kind
                """),
                {"run_id": run_id},
            )


@pytest.fixture
def lab(engine: Engine) -> Lab:
    return Lab(engine)


def test_two_runs_with_enough_tasks_give_advice_with_its_block(lab: Lab) -> None:
    lab.run()
    lab.run(pipeline_version="2.7.0")
    found = lab.advice()
    (star,) = found.processes
    assert (star.process, star.samples, star.runs, star.verdict) == (STAR, 12, 2, Verdict.ASK_LESS)
    assert (star.asked, star.advised) == (ProcessRequest(8, 36 * GIB), ProcessRequest(2, 6 * GIB))
    assert (found.runs, found.region, star.saved_monthly) == (2, None, None)
    assert found.config.splitlines()[0].endswith("from the tasks of 2 runs until 2026-11-24")
    assert [setting.selectors for setting in settings_in(found.config)] == [("withName:STAR_ALIGN",)] * 2


def test_the_saving_is_that_of_the_machines_in_the_region_of_the_runs(lab: Lab) -> None:
    lab.run()
    lab.see_machine(lab.run())
    prices = [ListPrice(f"{part}/e2", REGION, False, 10_000_000, SINCE) for part in ("core", "memory")]
    PriceStore(lab.engine).add(prices, since=SINCE)
    (star,) = lab.advice().processes
    # 8 cores and 64 GiB, 2 cores and 8 GiB, for 10,000,000 nano-dollars each
    assert star.machine_now == PricedMachine("e2-highmem-8", 720_000_000)
    assert star.machine_then == PricedMachine("e2-standard-2", 100_000_000)
    assert star.saved_monthly == 12 * 620_000_000


def test_runs_of_other_families_pipelines_and_users_say_nothing(lab: Lab) -> None:
    lab.run()
    lab.run(pipeline_version="2.70.0")
    lab.run(pipeline="nf-core/rnaseq")
    lab.run(user_email=BEN.email)
    assert [(star.runs, star.verdict) for star in lab.advice().processes] == [(1, Verdict.NOT_ENOUGH_YET)]
    assert lab.advice(ADMIN).processes[0].runs == 2
    assert lab.advice(version="9.9.0").processes == []


def test_shared_runs_count_once(lab: Lab) -> None:
    lab.run(shared_with=(BEN.email, "everyone"))
    lab.run(user_email=BEN.email, shared_with=("everyone",))
    assert lab.advice(BEN).processes[0].samples == 12


def test_cached_tasks_say_nothing_and_kills_do(lab: Lab) -> None:
    lab.run({"status": TaskStatus.CACHED})
    lab.run({"status": TaskStatus.FAILED, "exit_code": 137, "memory_peak": None})
    (star,) = lab.advice().processes
    assert (star.samples, star.runs, star.kills) == (6, 1, 6)


def test_of_a_very_large_run_some_tasks_stand_for_all(lab: Lab) -> None:
    lab.see_machine(lab.run())
    run_id = lab.run(tasks=1_260)
    with lab.engine.begin() as connection:
        connection.execute(
            text("""UPDATE runs SET metrics = '{"total": 125000}' WHERE run_id = :run_id"""), {"run_id": run_id}
        )
    prices = [ListPrice(f"{part}/e2", REGION, False, 10_000_000, SINCE) for part in ("core", "memory")]
    PriceStore(lab.engine).add(prices, since=SINCE)
    (star,) = lab.advice().processes
    assert star.samples == 6 + 1_250
    assert star.saved_monthly == (6 + 125_000) * 620_000_000


def test_without_runs_there_is_no_advice(lab: Lab) -> None:
    found = lab.advice()
    assert (found.runs, found.processes, found.config) == (0, [], "")


def test_the_recovery_of_a_killed_task_says_what_it_needs(lab: Lab) -> None:
    lab.run()
    killed = lab.run({"status": TaskStatus.FAILED, "exit_code": 137, "memory_peak": None})
    assert lab.advice().processes[0].samples == 12
    lab.run({"memory_peak": 40 * GIB, "memory": 72 * GIB}, reused_work_dir=f"gs://sluice-work/runs/{killed}/work")
    (star,) = lab.advice().processes
    assert (star.samples, star.memory and star.memory.is_guess) == (12, False)
