"""insight.cost_vs_page and insight.recompute_ms: what a run of 100,000 tasks cost, read from its sums, and summed up.

The first compares two requests; both verify the caller. The second is the processor time of Postgres and of this
process from the rows to the cost, which must be that of the attempts one by one, to the nano-dollar.
"""

from datetime import UTC, date, datetime
from fractions import Fraction

from sqlalchemy import Engine, text

from bench.harness.databases import database_with_runs, engine_on, running_postgres
from bench.harness.figures import Figure
from bench.harness.processor_time import Work, processor_medians
from bench.harness.seeding import LIVE_RUNS, id_of_run
from bench.harness.serving import serving
from bench.pages import getter
from common.domain.insight.cost.prices import ListPrice, PriceList
from common.domain.insight.cost.run_cost import rates_of
from common.domain.insight.cost.usage import Usage
from common.services.insight.cost.prices import PriceStore
from common.services.insight.cost.service import CostService
from common.services.insight.cost.sums import CostSums
from localdev.stack.gateway.iap import ASSERTION_HEADER
from localdev.stack.layout import ADMIN

TASKS, ROUNDS = 100_000, 10
_RUN, _NOW, _REGION = id_of_run(0), datetime(2026, 11, 24, tzinfo=UTC), "europe-west1"
_SINCE = date(2020, 1, 1)
_PRICES = [
    ListPrice(sku, _REGION, spot, nanos, _SINCE)
    for sku, nanos in {"core/e2": 23_993_371, "memory/e2": 3_216_093, "disk/pd-balanced": 100_000_000}.items()
    for spot in (False, True)
]
_STORE_TASKS = text("""
    INSERT INTO tasks (run_id, hash, name, process, status, submit_time, start_time, end_time, duration_ms, cpus,
        memory, work_dir, native_id, is_settled)
    SELECT :run_id, left(digits, 2) || '/' || substr(digits, 3, 6), process || ' (s' || n || ')', process, 'COMPLETED',
        began, began, began + took, ms, 4, 16::bigint << 30, 'gs://sluice-work/runs/x/work/' || md5(digits),
        'nf-' || digits || '-1764000000000/0/nf-' || digits || '-17640000-' || md5(digits), true
    FROM generate_series(1, :tasks) n
    CROSS JOIN LATERAL (SELECT lpad(to_hex(mod(n * 2654435761, 4294967296)), 8, '0') AS digits,
        'P' || mod(n, 40) AS process, timestamptz '2026-11-23 08:00Z' + n * interval '0.13 s' AS began,
        61000 + mod(n * 7919, 5000000) AS ms) AS task
    CROSS JOIN LATERAL (SELECT ms * interval '1 ms' AS took) AS spent
""")
_STORE_KINDS = text("""
    INSERT INTO machine_kinds (machine)
    SELECT jsonb_build_object('type', 'e2-standard-' || cores, 'model', model, 'zone', 'europe-west1-' || zone,
        'region', 'europe-west1', 'pack', 1, 'disks', jsonb_build_array(
            jsonb_build_object('type', 'pd-balanced', 'gib', 130, 'boot', true)))
    FROM unnest(ARRAY[2, 4, 8]) cores, unnest(ARRAY['b', 'd']) zone, unnest(ARRAY['SPOT', 'STANDARD']) model
""")
_STORE_STAYS = text("""
    INSERT INTO child_jobs (run_id, job_id, state, ended, kind_id, assigned_at, released_at)
    SELECT run_id, split_part(native_id, '/', 1), 'SUCCEEDED', 'done', 1 + mod(duration_ms, 12),
        start_time - interval '41.237 s', end_time + interval '3.111 s' FROM tasks WHERE run_id = :run_id
""")
_ATTEMPTS = text("""
    SELECT machine, round(date_part('epoch', released_at - assigned_at) * 1000000)::bigint AS microseconds
    FROM machine_stays JOIN machine_kinds ON id = kind_id WHERE run_id = :run_id
""")


def measure() -> list[Figure]:
    """Both figures. Raises RuntimeError when sums and attempts do not cost the same."""
    with running_postgres() as postgres:
        url = database_with_runs(postgres, LIVE_RUNS)
        engine = engine_on(url)
        _store(engine)
        sums = CostSums(engine)
        sums.sum_up(_RUN, at=_NOW)
        _require_same_cost(engine)
        figures = [_cost_vs_page(url, postgres.pid), _recompute(sums, postgres.pid)]
        engine.dispose()
    return figures


def _store(engine: Engine) -> None:
    PriceStore(engine).add(_PRICES, since=_SINCE)
    with engine.begin() as connection:
        connection.execute(_STORE_TASKS, {"run_id": _RUN, "tasks": TASKS})
        connection.execute(_STORE_KINDS)
        connection.execute(_STORE_STAYS, {"run_id": _RUN})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE) tasks, child_jobs, machine_kinds, prices"))


def _require_same_cost(engine: Engine) -> None:
    summed = CostService(engine).cost_of(_RUN).cost.total
    prices, exact = PriceList.of(_PRICES), Fraction()
    with engine.connect() as connection:
        for machine, microseconds in connection.execute(_ATTEMPTS, {"run_id": _RUN}):
            usage = {"role": "task", "machine": machine, "attempts": 1, "undated": 0, "losses": 0}
            billed = Usage.from_json(usage | {"microseconds": microseconds}).machine
            rates = rates_of(billed, prices, on=_SINCE) if billed else None
            exact += (rates.machine + rates.gpus + rates.disks) * microseconds / 1_000_000 if rates else 0
    if (summed.nanos, summed.attempts) != (round(exact), TASKS):
        raise RuntimeError(f"sums cost {summed.nanos} for {summed.attempts} attempts, attempts cost {round(exact)}")


def _cost_vs_page(url: str, postgres: int) -> Figure:
    with serving("insight", url) as insight, serving("logs", url) as logs:
        works = {
            name: Work(
                getter(
                    served.function.port,
                    f"/api/runs/{_RUN}/{path}",
                    {ASSERTION_HEADER: served.iap.assertion(ADMIN)},
                ),
                (served.function.pid, postgres),
            )
            for name, served, path in (("cost", insight, "cost"), ("page", logs, "tasks?limit=100"))
        }
        times = processor_medians(works, rounds=2 * ROUNDS)
    against = f"a page of 100 of its {TASKS:,} tasks, {times['page'] * 1000:.1f} ms"
    return Figure(name="insight.cost_vs_page", value=times["cost"] / times["page"], goal=3, against=against)


def _recompute(sums: CostSums, postgres: int) -> Figure:
    work = Work(lambda: sums.sum_up(_RUN, at=_NOW), (postgres,))
    taken = processor_medians({"sums": work}, rounds=ROUNDS, warm_up=2, repeats=1)["sums"]
    against = f"{TASKS:,} tasks of 40 processes on 12 kinds of machines; the same to the nano-dollar"
    return Figure(name="insight.recompute_ms", value=taken * 1000, goal=300, unit="ms", against=against)
