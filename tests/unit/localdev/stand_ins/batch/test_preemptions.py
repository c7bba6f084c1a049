"""Spot machines are taken away, and what Batch then says is what Sluice reads."""

from google.cloud import batch_v1

from common.domain.batch.machines import StayEnd, machine_stays
from common.services.batch.machines import events_of
from localdev.stand_ins.batch.preemptions import Preemptions
from tests.unit.localdev.stand_ins.batch.conftest import Laboratory

ALWAYS = Preemptions(share=1.0, within_s=0.01)
RETRY = [{"action": "RETRY_TASK", "action_condition": {"exit_codes": [50001]}}]


def ends(task: batch_v1.Task) -> list[tuple[str | None, StayEnd]]:
    """The zone and the end of each stay of a task on a machine."""
    return [(stay.zone, stay.end) for stay in machine_stays({0: list(events_of(task))}, job_ended_at=None)]


def test_a_spot_task_that_may_be_retried_gets_another_machine_each_time(lab: Laboratory) -> None:
    lab.stop()
    lab.start(preemptions=ALWAYS)
    lab.create("lost", "sleep 60", max_retry_count=2, lifecycle_policies=RETRY)
    assert lab.ended("lost").status.state.name == "FAILED"
    assert ends(lab.task("lost")) == [(f"europe-west1-{zone}", StayEnd.PREEMPTED) for zone in "bcd"]


def test_standard_machines_are_kept() -> None:
    job = {"name": "projects/p/locations/l/jobs/j", "allocationPolicy": {}}
    spot = job | {"allocationPolicy": {"instances": [{"policy": {"provisioningModel": "SPOT"}}]}}
    assert ALWAYS.seconds_until(job, 0) is None
    assert ALWAYS.seconds_until(spot, 0) is not None
    assert Preemptions().seconds_until(spot, 0) is None


def test_about_the_share_of_the_attempts_is_lost() -> None:
    policy = {"instances": [{"policy": {"provisioningModel": 2}}]}
    jobs = [{"name": f"projects/p/locations/l/jobs/j{number}", "allocationPolicy": policy} for number in range(1000)]
    lost = [found for job in jobs if (found := Preemptions(share=0.2, within_s=5).seconds_until(job, 0)) is not None]
    assert 150 < len(lost) < 250
    assert 0 <= min(lost) < max(lost) <= 5
