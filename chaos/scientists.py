"""Who uses the stack while it is being broken: each submits a run, cancels it or takes it up again, and insists."""

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

OVER = frozenset({"completed", "failed", "cancelled"})
_WAITS_S = 0.5
_ANSWERS_WITHIN_S = 30
_AT_ONCE = 14
_USERS = 10  # so that nobody submits more runs a minute than one may
_CANCELLED_WITHIN_S = 6.0  # a run takes about that long
_AGAIN = frozenset({429, 500, 502, 503, 504})
# Files of the example, which the stack has put there.
READS = tuple(f"gs://{LAB_BUCKET}/2026-11-16_NB0231/pbmc_donor1_S1_L001_R{read}_001.fastq.gz" for read in (1, 2))


class Scenario(StrEnum):
    """What a scientist wants with a run."""

    SUCCESS = auto()
    FAILURE = auto()
    CANCEL = auto()
    RECOVER = auto()  # one that fails, and one more that takes it up again


RUNS: Mapping[Scenario, int] = MappingProxyType(
    {Scenario.SUCCESS: 18, Scenario.FAILURE: 8, Scenario.CANCEL: 10, Scenario.RECOVER: 7}
)  # 50 runs, since a recovery is one too


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One scientist's intent; `cause` is what a run fails of, `cancel_after_s` counts from its submission."""

    scenario: Scenario
    user: str
    submit_key: str
    recover_key: str
    cause: str = "out_of_memory"
    cancel_after_s: float = 0.0


@dataclass(slots=True)
class ScenarioResult:
    """What came of a wish: the runs it made, the last one last; `was_cancelled` when the cancel was accepted."""

    wish: RunRequest
    run_ids: list[str] = field(default_factory=list)
    was_cancelled: bool = False


class GaveUpError(Exception):
    """The stack did not do what was asked of it before the trial was over, or refused it."""


def draw_requests(chance: random.Random) -> Sequence[RunRequest]:
    """The wishes of one trial, in the order in which they are made."""
    scenarios = [scenario for scenario, count in RUNS.items() for _ in range(count)]
    chance.shuffle(scenarios)
    return [
        RunRequest(
            scenario,
            f"scientist{number % _USERS}@{HOSTED_DOMAIN}",
            _key(chance),
            _key(chance),
            "out_of_memory" if scenario == Scenario.RECOVER else chance.choice(list(FAILING_SAMPLES)),
            chance.uniform(0, _CANCELLED_WITHIN_S),
        )
        for number, scenario in enumerate(scenarios)
    ]


def fulfil(wishes: Sequence[RunRequest], address: str, *, until: float) -> list[ScenarioResult]:
    """All wishes, some at once, through the public address; `until` is of the monotonic clock.

    A wish that the stack did not fulfil in time leaves an outcome without its end.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda wish: _Scientist(wish, address, until).work(), wishes))


class _Scientist:
    """One wish; a request that fails is made again, with the same key, as a browser of ours would."""

    def __init__(self, wish: RunRequest, address: str, until: float) -> None:
        self._wish, self._address, self._until = wish, address, until
        self._outcome = ScenarioResult(wish)
        self._pause = threading.Event()

    def work(self) -> ScenarioResult:
        try:
            self._work()
        except GaveUpError as error:
            print(f"  gave up on {self._wish.scenario}: {error}", flush=True)
        return self._outcome

    def _work(self) -> None:
        wish = self._wish
        run_id = self._made("/api/runs", _request(wish), wish.submit_key)
        if wish.scenario == Scenario.CANCEL:
            self._pause.wait(wish.cancel_after_s)
            self._outcome.was_cancelled = self._ask("DELETE", f"/api/runs/{run_id}", may_refuse=409) is not None
        self._see_end_of(run_id)
        if wish.scenario == Scenario.RECOVER:
            again = self._made(f"/api/runs/{run_id}/recover", {"override_config": MORE_MEMORY}, wish.recover_key)
            self._see_end_of(again)

    def _made(self, path: str, body: Json, key: str) -> str:
        run = self._ask("POST", path, body, key) or {}
        self._outcome.run_ids.append(run["run_id"])
        return str(run["run_id"])

    def _see_end_of(self, run_id: str) -> None:
        while (self._ask("GET", f"/api/runs/{run_id}") or {})["status"] not in OVER:
            self._pause.wait(_WAITS_S)

    def _ask(self, method: str, path: str, body: Json | None = None, key: str = "", *, may_refuse: int = 0
             ) -> Json | None:  # fmt: skip
        """The answer; None when it is `may_refuse`. GaveUpError for another refusal, or when time is up."""
        headers = {"X-Dev-User": self._wish.user} | ({"Idempotency-Key": key} if key else {})
        while time.monotonic() < self._until:
            try:
                with requests.Session() as session:
                    session.trust_env = False
                    answer = session.request(
                        method, self._address + path, json=body, headers=headers, timeout=_ANSWERS_WITHIN_S
                    )
            except requests.RequestException:
                self._pause.wait(_WAITS_S)
                continue
            if answer.ok:
                found: Json = answer.json()
                return found
            if answer.status_code == may_refuse:
                return None
            if answer.status_code not in _AGAIN:
                raise GaveUpError(f"{method} {path} answered {answer.status_code}: {answer.text[:300]}")
            self._pause.wait(_WAITS_S)
        raise GaveUpError(f"{method} {path} had no good answer in time")


def _request(wish: RunRequest) -> Json:
    fails = wish.scenario in {Scenario.FAILURE, Scenario.RECOVER}
    sample = FAILING_SAMPLES[wish.cause] if fails else "donor"
    reads = ",".join(READS)
    return {
        "pipeline": "nf-core/scrnaseq",
        "pipeline_version": "2.7.1",
        "params": {"genome": "GRCh38", "protocol": "10XV3", "aligner": "star"},
        "samplesheet_csv": f"sample,fastq_1,fastq_2\n{sample},{reads}\n",
    }


def _key(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))
