"""One trial: 50 runs on a stack with outages and network faults, then a pause, then the audit."""

import os
import random
import shutil
import time
from pathlib import Path

from chaos.audit import Findings, audit, is_settled
from chaos.evidence import late_children, list_jobs, read_head_job_files, read_runs
from chaos.outages import OutageRunner, draw_outages
from chaos.proxies import StackProxies
from chaos.workload import ScenarioResult, draw_requests, run_workload
from common.services.postgres.engine import DatabaseSettings, make_engine
from localdev.stack.environment import url
from localdev.stack.ports import free_ports
from localdev.stack.stack import Stack
from localdev.stand_ins.batch.torn_copies import count_torn_copies

_OUTAGES_FOR_S = 75.0  # counted from the first submission
_WORKLOAD_WITHIN_S = 300.0
_SETTLED_WITHIN_S = 90.0  # reconcile runs four times a minute and heals what was silent for one minute
_SPEED = "20"  # of the simulated tasks
_LATEST_BIRTH_S = 20.0  # longer than a head job needs to end, so that some jobs are born after it
# The share of copies to the logs bucket that are cut off, and how slow Batch is with some jobs, in seconds.
_BATCH_FAULTS = (
    *("--torn-copies", "0.1"),
    *("--slow-birth", str(_LATEST_BIRTH_S), "--slow-listing", "4", "--slow-stop", "6"),
)


def run_trial(seed: int, folder: Path) -> Findings:
    """Run a trial and return the findings of its audit; when there are any, its state is kept in `folder`."""
    rng = random.Random(seed)
    shutil.rmtree(folder, ignore_errors=True)
    os.environ["SIM_SPEED"] = _SPEED
    ports = free_ports()
    with (
        StackProxies(ports, rng) as proxies,
        Stack(ports, folder, advertised=proxies.ports, batch_faults=_BATCH_FAULTS) as stack,
    ):
        run_requests, outages = draw_requests(rng), draw_outages(rng, for_s=_OUTAGES_FOR_S)
        runner = OutageRunner(stack, outages)
        runner.start()
        try:
            results = run_workload(run_requests, url(ports.gateway), until=time.monotonic() + _WORKLOAD_WITHIN_S)
        finally:
            runner.stop()
        proxies.stop_faults()
        time.sleep(_LATEST_BIRTH_S)
        findings, late = _audit(stack, results)
        torn = count_torn_copies(stack.folders.batch)
        print(f"  {runner.count} parts were stopped or killed; {proxies.tally()}", flush=True)
        print(f"  {late} late children, {torn} torn copies, {proxies.lost_answers} lost answers", flush=True)
    if not findings.counts:
        shutil.rmtree(folder)
    return findings


def _audit(stack: Stack, results: list[ScenarioResult]) -> tuple[Findings, int]:
    """The findings, and the number of jobs of tasks that were created after their head job had ended."""
    batch, login = url(stack.ports.batch), stack.secret.login
    terms = DatabaseSettings(url=stack.database_url(), instance="", user="", name="", pool_size=1)
    engine = make_engine(terms)
    try:
        records, deadline = read_runs(engine), time.monotonic() + _SETTLED_WITHIN_S
        jobs = list_jobs(batch, login)
        while not is_settled(records, jobs) and time.monotonic() < deadline:
            time.sleep(1)
            records, jobs = read_runs(engine), list_jobs(batch, login)
    finally:
        engine.dispose()
    storage = url(stack.ports.storage)
    files = {run_id: read_head_job_files(storage, run_id, login) for run_id in records}
    return audit(results, records, files, jobs), late_children(jobs)
