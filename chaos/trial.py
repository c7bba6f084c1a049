"""One trial: 50 runs on a stack with outages and network faults, then a pause, then the audit."""

import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chaos.audit import Findings, audit, is_settled
from chaos.evidence import Job, late_children, list_jobs, read_head_job_files, read_runs, slow_cancels
from chaos.outages import BENCHLING, QUEUE, OutageRunner, draw_outages
from chaos.proxies import StackProxies
from chaos.receiver import CountingReceiver
from chaos.workload import ScenarioResult, ask_for_notifications, draw_requests, run_workload
from common.services.postgres.engine import DatabaseSettings, make_engine
from localdev.stack.environment import url
from localdev.stack.ports import free_ports
from localdev.stack.stack import Stack
from localdev.stand_ins.batch.slowness import Slowness
from localdev.stand_ins.batch.torn_copies import count_torn_copies

_OUTAGES_FOR_S = 75.0  # counted from the first submission
_WORKLOAD_WITHIN_S = 420.0
# Reconcile runs four times a minute and heals what was silent for one minute. A worker that is killed while it delivers
# a notification keeps it for two minutes, and a receiver that refuses it twice is asked again after 30 s and 2 min.
_SETTLED_WITHIN_S = 480.0
_SPEED = "20"  # of the simulated tasks
# How slow Batch is with some jobs, in seconds. A head job ends in less time than a birth takes, so that some jobs are
# born after it.
_SLOWNESS = Slowness(birth=20, listing=4, stop=6, share=0.6)
_BATCH_FAULTS = (
    *("--torn-copies", "0.1"),  # the share of copies to the logs bucket that are cut off
    *("--slow-birth", str(_SLOWNESS.birth), "--slow-listing", str(_SLOWNESS.listing)),
    *("--slow-stop", str(_SLOWNESS.stop), "--slow-share", str(_SLOWNESS.share)),
)


@dataclass(frozen=True, slots=True)
class Victims:
    """The parts that a trial ends: those of the stack, and the queue, which its proxy makes unreachable."""

    stack: Stack
    proxies: StackProxies

    def end(self, name: str, how: signal.Signals) -> None:
        if name == QUEUE:
            self.proxies.go_away("tasks")
        else:
            self.stack.end(name, how)

    def start_function(self, name: str) -> None:
        self.stack.start_function(name)

    def start_postgres(self) -> None:
        self.stack.start_postgres()

    def start_queue(self) -> None:
        self.proxies.come_back("tasks")


def run_trial(seed: int, folder: Path) -> tuple[Findings, Counter[str]]:
    """Run a trial; return the findings of its audit, and how often each kind of fault met a run.

    When there are findings, the state of the trial is kept in `folder`.
    """
    rng = random.Random(seed)
    shutil.rmtree(folder, ignore_errors=True)
    os.environ["SIM_SPEED"] = _SPEED
    ports = free_ports()
    with (
        StackProxies(ports, rng) as proxies,
        Stack(ports, folder, advertised=proxies.ports, batch_faults=_BATCH_FAULTS) as stack,
        CountingReceiver(ports.receiver, random.Random(seed)) as receiver,
    ):
        run_requests, outages = draw_requests(rng), draw_outages(rng, for_s=_OUTAGES_FOR_S)
        ask_for_notifications(run_requests, url(ports.gateway), receiver.url)
        runner = OutageRunner(Victims(stack, proxies), outages)
        runner.start()
        try:
            results = run_workload(run_requests, url(ports.gateway), until=time.monotonic() + _WORKLOAD_WITHIN_S)
        finally:
            runner.stop()
        proxies.stop_faults()
        time.sleep(_SLOWNESS.birth)
        findings, jobs = _audit(stack, results, receiver)
        faults = Counter(
            {
                "late children": late_children(jobs),
                "slow cancels": slow_cancels(jobs, _SLOWNESS),
                "torn copies": count_torn_copies(stack.folders.batch),
                "lost answers": proxies.lost_answers,
                "work items refused by the queue": proxies.refused_work_items,
                "outages of Benchling": runner.counts[BENCHLING],
                "kills of the worker": runner.counts["queue_worker"],
                "notifications": len(receiver.taken),
                "repeated notifications": receiver.taken.total() - len(receiver.taken),
                "refused notifications": receiver.refused,
            }
        )
        print(f"  {runner.counts.total()} parts were stopped or killed; {proxies.tally()}", flush=True)
    if not findings.counts:
        shutil.rmtree(folder)
    return findings, faults


def _audit(stack: Stack, results: list[ScenarioResult], receiver: CountingReceiver) -> tuple[Findings, Sequence[Job]]:
    """The findings, and all jobs."""
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
    return audit(results, records, files, jobs, receiver.taken), jobs
