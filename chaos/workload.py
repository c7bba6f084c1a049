"""The users of a trial: each submits a run, may cancel or recover it, and retries requests that fail."""

import random
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum, auto
from types import MappingProxyType

import requests

from localdev.demo.client import Json
from localdev.demo.scenarios import FAILING_SAMPLES, MORE_MEMORY
from localdev.stack.layout import HOSTED_DOMAIN, LAB_BUCKET

FINAL_STATUSES = frozenset({"completed", "failed", "cancelled"})
_RETRY_AFTER_S = 0.5
_TIMEOUT_S = 30
_CONCURRENT_USERS = 14
_USERS = 10  # enough to stay below the limit of runs per user and minute
_CANCELLED_WITHIN_S = 20.0  # about the duration of a run in a slow Batch
_CANCELS_RUNNING = 0.75  # the share of the cancels that wait until Nextflow runs
_RETRIED = frozenset({429, 500, 502, 503, 504})
# Read files of the example, which the stack uploads at its start.
READS = tuple(f"gs://{LAB_BUCKET}/2026-11-16_NB0231/pbmc_donor1_S1_L001_R{read}_001.fastq.gz" for read in (1, 2))


class Scenario(StrEnum):
    """What a user does with a run."""

    SUCCESS = auto()
    FAILURE = auto()
    CANCEL = auto()
    RECOVER = auto()  # a run that fails, and a second one that recovers it


RUNS: Mapping[Scenario, int] = MappingProxyType(
    {Scenario.SUCCESS: 12, Scenario.FAILURE: 8, Scenario.CANCEL: 16, Scenario.RECOVER: 7}
)  # 50 runs, because a recovery is a run as well


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What one user asks for; `cause` is the cause of a failing run.

    `cancel_after_s` counts from the submission of the run, or from its start if `cancels_running`: only then are there
    jobs of tasks to stop.
    """

    scenario: Scenario
    user: str
    submit_key: str
    recover_key: str
    cause: str = "out_of_memory"
    cancel_after_s: float = 0.0
    cancels_running: bool = False


@dataclass(slots=True)
class ScenarioResult:
    """The runs that a request created, in order; `was_cancelled` tells whether the cancel was accepted."""

    request: RunRequest
    run_ids: list[str] = field(default_factory=list)
    was_cancelled: bool = False


class GaveUpError(Exception):
    """The stack refused a request, or did not answer it before the end of the trial."""


def draw_requests(rng: random.Random) -> Sequence[RunRequest]:
    """The requests of one trial, in the order in which they are sent."""
    scenarios = [scenario for scenario, count in RUNS.items() for _ in range(count)]
    rng.shuffle(scenarios)
    return [
        RunRequest(
            scenario,
            f"scientist{number % _USERS}@{HOSTED_DOMAIN}",
            _key(rng),
            _key(rng),
            "out_of_memory" if scenario == Scenario.RECOVER else rng.choice(list(FAILING_SAMPLES)),
            rng.uniform(0, _CANCELLED_WITHIN_S),
            rng.random() < _CANCELS_RUNNING,
        )
        for number, scenario in enumerate(scenarios)
    ]


def ask_for_notifications(run_requests: Sequence[RunRequest], address: str, receiver: str) -> None:
    """Have all users told of their runs by webhooks to `receiver`; called before anything is broken."""
    preferences = {"notifications_enabled": True, "notify_mail": False, "notify_webhook_url": receiver}
    for user in sorted({request.user for request in run_requests}):
        headers = {"X-Dev-User": user}
        body = {"preferences": preferences}
        requests.patch(f"{address}/api/users/me", json=body, headers=headers, timeout=_TIMEOUT_S).raise_for_status()


def run_workload(run_requests: Sequence[RunRequest], address: str, *, until: float) -> list[ScenarioResult]:
    """Send all requests to the public API at `address`, up to 14 at once, until `until` (monotonic time).

    A request that does not finish in time has a result without its last run.
    """
    with ThreadPoolExecutor(_CONCURRENT_USERS) as pool:
        return list(pool.map(lambda request: _User(request, address, until).run(), run_requests))


class _User:
    """Carries out one request; HTTP requests that fail are repeated with the same key, as the web page does."""

    def __init__(self, request: RunRequest, address: str, until: float) -> None:
        self._request, self._address, self._until = request, address, until
        self._result = ScenarioResult(request)
        self._pause = threading.Event()

    def run(self) -> ScenarioResult:
        try:
            self._run()
        except GaveUpError as error:
            print(f"  gave up on {self._request.scenario}: {error}", flush=True)
        return self._result

    def _run(self) -> None:
        request = self._request
        self._ask("GET", "/api/benchling/runs?page_size=5")  # as the page that makes samplesheets
        run_id = self._create_run("/api/runs", _body_of(request), request.submit_key)
        if request.scenario == Scenario.CANCEL:
            if request.cancels_running:
                self._wait_for(run_id, FINAL_STATUSES | {"running"})
            self._pause.wait(request.cancel_after_s)
            self._result.was_cancelled = self._ask("DELETE", f"/api/runs/{run_id}", may_refuse=409) is not None
        self._wait_for_end(run_id)
        if request.scenario == Scenario.RECOVER:
            recovery = self._create_run(
                f"/api/runs/{run_id}/recover", {"override_config": MORE_MEMORY}, request.recover_key
            )
            self._wait_for_end(recovery)

    def _create_run(self, path: str, body: Json, key: str) -> str:
        run = self._ask("POST", path, body, key) or {}
        self._result.run_ids.append(run["run_id"])
        return str(run["run_id"])

    def _wait_for_end(self, run_id: str) -> None:
        self._wait_for(run_id, FINAL_STATUSES)

    def _wait_for(self, run_id: str, statuses: frozenset[str]) -> None:
        while (self._ask("GET", f"/api/runs/{run_id}") or {})["status"] not in statuses:
            self._pause.wait(_RETRY_AFTER_S)

    def _ask(self, method: str, path: str, body: Json | None = None, key: str = "", *, may_refuse: int = 0
             ) -> Json | None:  # fmt: skip
        """The answer; None when its status is `may_refuse`. GaveUpError for another refusal, or when time is up."""
        headers = {"X-Dev-User": self._request.user} | ({"Idempotency-Key": key} if key else {})
        while time.monotonic() < self._until:
            try:
                with requests.Session() as session:
                    session.trust_env = False
                    answer = session.request(
                        method, self._address + path, json=body, headers=headers, timeout=_TIMEOUT_S
                    )
            except requests.RequestException:
                self._pause.wait(_RETRY_AFTER_S)
                continue
            if answer.ok:
                found: Json = answer.json()
                return found
            if answer.status_code == may_refuse:
                return None
            if answer.status_code not in _RETRIED:
                raise GaveUpError(f"{method} {path} answered {answer.status_code}: {answer.text[:300]}")
            self._pause.wait(_RETRY_AFTER_S)
        raise GaveUpError(f"{method} {path} was not answered successfully in time")


def _body_of(request: RunRequest) -> Json:
    fails = request.scenario in {Scenario.FAILURE, Scenario.RECOVER}
    sample = FAILING_SAMPLES[request.cause] if fails else "donor"
    reads = ",".join(READS)
    return {
        "pipeline": "nf-core/scrnaseq",
        "pipeline_version": "2.7.1",
        "params": {"genome": "GRCh38", "protocol": "10XV3", "aligner": "star"},
        "samplesheet_csv": f"sample,fastq_1,fastq_2\n{sample},{reads}\n",
    }


def _key(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))
