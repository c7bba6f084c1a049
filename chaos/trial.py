"""One trial: fifty runs on a stack that is being broken, then quiet, then the audit."""

import os
import random
import shutil
import time
from pathlib import Path

from chaos.audit import Findings, audit, is_quiet
from chaos.detours import Detours
from chaos.evidence import jobs, recorded, written
from chaos.scientists import ScenarioResult, draw_requests, fulfil
from chaos.wrecking import Wrecker, draw_blows
from common.services.postgres.engine import DatabaseSettings, make_engine
from localdev.stack.environment import url
from localdev.stack.ports import free_ports
from localdev.stack.stack import Stack

_BROKEN_FOR_S = 75.0  # from the first submission on
_FULFILLED_WITHIN_S = 150.0
_QUIET_WITHIN_S = 90.0  # reconcile looks four times a minute, at what was silent for one
_SPEED = "20"  # of the simulated tasks


def run_trial(seed: int, folder: Path) -> Findings:
    """What the audit finds; the state of a trial that found something is kept in `folder`."""
    chance = random.Random(seed)
    shutil.rmtree(folder, ignore_errors=True)
    os.environ["SIM_SPEED"] = _SPEED
    ports = free_ports()
    with Detours(ports, chance) as detours, Stack(ports, folder, advertised=detours.ports) as stack:
        wishes, blows = draw_requests(chance), draw_blows(chance, for_s=_BROKEN_FOR_S)
        wrecker = Wrecker(stack, blows)
        wrecker.start()
        try:
            outcomes = fulfil(wishes, url(ports.gateway), until=time.monotonic() + _FULFILLED_WITHIN_S)
        finally:
            wrecker.stop()
        detours.calm()
        findings = _audit(stack, outcomes)
        print(f"  {wrecker.dealt} parts ended; {detours.tally()}", flush=True)
    if not findings.counts:
        shutil.rmtree(folder)
    return findings


def _audit(stack: Stack, outcomes: list[ScenarioResult]) -> Findings:
    terms = DatabaseSettings(url=stack.database_url(), instance="", user="", name="", pool_size=1)
    engine = make_engine(terms)
    try:
        records, deadline = recorded(engine), time.monotonic() + _QUIET_WITHIN_S
        while not is_quiet(records) and time.monotonic() < deadline:
            time.sleep(1)
            records = recorded(engine)
    finally:
        engine.dispose()
    storage = url(stack.ports.storage)
    files = {run_id: written(storage, run_id) for run_id in records}
    return audit(outcomes, records, files, jobs(url(stack.ports.batch)))
