"""A Batch that creates, lists and stops some jobs late."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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


def test_only_jobs_of_tasks_are_created_late(slow_lab: Laboratory) -> None:
    late = slow_in("birth")
    with ThreadPoolExecutor(1) as pool:
        request = pool.submit(slow_lab.create, late, "true", labels=TASK)
        time.sleep(0.3)
        with pytest.raises(NotFound):
            slow_lab.job(late)
        assert request.result().name.endswith(late)
    started = time.monotonic()
    slow_lab.create(f"head-{late}", "true")
    assert time.monotonic() - started < 1


def test_a_new_job_is_missing_in_listings_at_first(slow_lab: Laboratory) -> None:
    late = slow_in("listing")
    slow_lab.create(late, "true", labels=TASK)
    assert slow_lab.job(late).name.endswith(late)
    assert list(slow_lab.client.list_jobs(parent=PARENT)) == []
    time.sleep(2)
    assert len(list(slow_lab.client.list_jobs(parent=PARENT))) == 1


def test_a_cancelled_job_takes_time_to_end(slow_lab: Laboratory) -> None:
    late = slow_in("stop")
    slow_lab.create(late, "sleep 30")
    slow_lab.until(late, "RUNNING")
    slow_lab.client.cancel_job(request={"name": f"{PARENT}/jobs/{late}"})
    time.sleep(0.8)
    assert slow_lab.state(late) == "CANCELLATION_IN_PROGRESS"
    slow_lab.until(late, "CANCELLED")
