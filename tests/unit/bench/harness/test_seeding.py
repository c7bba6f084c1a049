"""Seeded runs are readable and realistically distributed."""

import json
from collections import Counter

from sqlalchemy import Engine

from bench.harness.seeding import LIVE_RUNS, RUNS_PER_OWNER, id_of_run, owner, seed_runs
from common.domain.runs.status import RunStatus
from common.schemas.runs import RunResponse
from common.services.runs.listing import RunFilter
from common.services.runs.store import RunStoreService

COUNT = 1_000


def test_the_service_can_read_seeded_runs(engine: Engine, database_url: str) -> None:
    seed_runs(database_url, COUNT)
    runs = RunStoreService(engine)

    page = runs.list_runs(RunFilter(owner=None, page_size=100))

    listed = [RunResponse.model_validate(run) for run in json.loads(f"[{page.lines}]")]
    assert (page.total.count, len(listed)) == (COUNT, 100)
    assert listed[0] == RunResponse.model_validate(runs.get_run(id_of_run(COUNT - 1)))
    assert {run.status for run in listed[:LIVE_RUNS]} == {RunStatus.RUNNING}


def test_a_few_owners_have_many_runs(engine: Engine, database_url: str) -> None:
    seed_runs(database_url, COUNT)
    runs = RunStoreService(engine)

    totals = Counter(
        {
            number: runs.list_runs(RunFilter(owner=owner(number))).total.count
            for number in range(COUNT // RUNS_PER_OWNER)
        }
    )

    assert totals.total() == COUNT
    assert totals.most_common(1)[0][0] == 0
    assert totals[0] > 2 * RUNS_PER_OWNER


def test_all_run_ids_differ() -> None:
    assert len({id_of_run(number) for number in range(100_000)}) == 100_000
