"""A Batch that creates, lists and stops some jobs late."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from google.api_core.exceptions import NotFound

from localdev.stack.layout import PARENT
from localdev.stand_ins.batch.slowness import Slowness
from localdev.stand_ins.storage.service import StorageStandIn
from tests.unit.localdev.stand_ins.batch.conftest import FakeLogging, Laboratory

TASK = {"sluice-run": "run-1a2b3c4d", "sluice-role": "task"}
SLOW = Slowness(birth=2, listing=2, stop=2)
NAMES = [f"nf-abcdef{number:02}-1" for number in range(999)]


def slow_in(way: str) -> str:
    """A job id that is slow in this way only, by at least a second."""
    for job_id in NAMES:
        name = f"{PARENT}/jobs/{job_id}"
        found = {"birth": SLOW.of_birth(job_id), "listing": SLOW.of_listing(name), "stop": SLOW.of_stop(name)}
        if found.pop(way) > 1 and not any(found.values()):
            return job_id
    raise AssertionError(way)


@pytest.fixture
def slow_lab(tmp_path: Path, storage: StorageStandIn, logs: FakeLogging) -> Iterator[Laboratory]:
    lab = Laboratory(tmp_path / "batch", storage, logs)
    lab.stop()
    lab.start(slowness=SLOW)
    yield lab
    lab.stop()


def test_few_jobs_are_delayed_and_none_by_default() -> None:
    slow = sum(SLOW.of_birth(name) > 0 for name in NAMES)
    assert 50 < slow < 200
    assert not any(Slowness().of_birth(name) for name in NAMES)


def test_the_share_of_slow_jobs_can_be_chosen() -> None:
    slow = Slowness(stop=2, share=0.5)
    delays = [slow.of_stop(name) for name in NAMES]
    assert 400 < sum(delay > 0 for delay in delays) < 600
    assert 1.5 < max(delays) <= 2


def until(claim: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not claim():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_job_of_a_task_is_created_late(slow_lab: Laboratory) -> None:
    late = slow_in("birth")

    def exists() -> bool:
        with suppress(NotFound):
            return bool(slow_lab.job(late))
        return False

    began = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        request = pool.submit(slow_lab.create, late, "true", labels=TASK)
        until(exists)
        assert time.monotonic() - began > SLOW.of_birth(late)
        assert request.result().name.endswith(late)


def test_other_jobs_are_not_created_late(slow_lab: Laboratory) -> None:
    slow_lab.stop()
    slow_lab.start(slowness=Slowness(birth=3600, share=1))
    assert slow_lab.create("head", "true").name.endswith("head")


def test_a_new_job_is_missing_in_listings_at_first(slow_lab: Laboratory) -> None:
    late = slow_in("listing")
    began = time.monotonic()
    slow_lab.create(late, "true", labels=TASK)
    assert slow_lab.job(late).name.endswith(late)
    until(lambda: list(slow_lab.client.list_jobs(parent=PARENT)))
    assert time.monotonic() - began > SLOW.of_listing(f"{PARENT}/jobs/{late}")


def test_a_cancelled_job_takes_time_to_end(slow_lab: Laboratory) -> None:
    late = slow_in("stop")
    slow_lab.create(late, "sleep 30")
    slow_lab.until(late, "RUNNING")
    began = time.monotonic()
    slow_lab.client.cancel_job(request={"name": f"{PARENT}/jobs/{late}"})
    slow_lab.until(late, "CANCELLED")
    assert time.monotonic() - began > SLOW.of_stop(f"{PARENT}/jobs/{late}")
