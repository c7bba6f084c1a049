import pytest

from common.domain.batch.job import JobState
from common.domain.batch.machine_use import MachineUse
from common.domain.runs.work_items import ChainStep
from common.services.insight.cost.service import CostService, MachineTime
from tests.support.actions.stage import RUN, Stage
from tests.support.runs import NOON


@pytest.fixture
def costs(stage: Stage) -> CostService:
    return CostService(stage.engine)


def test_a_run_without_jobs_had_no_machines(stage: Stage, costs: CostService) -> None:
    stage.running()
    assert costs.machine_time(RUN) == MachineTime(jobs=0, unread_jobs=0, machine_seconds=0, spot_losses=0)


def test_the_time_of_all_attempts_counts_and_jobs_that_live_are_only_counted(stage: Stage, costs: CostService) -> None:
    stage.running()
    ended = stage.batch.add_child(RUN, "nf-abcdef01-1")
    stage.batch.add_child(RUN, "nf-abcdef02-1")
    stage.sync.run(ChainStep(run_id=RUN, chain="launch"))
    stage.batch.move(ended, JobState.SUCCEEDED)
    stage.batch.uses[ended] = MachineUse(
        zone="eu-b", zone_seconds={"eu-a": 7.5, "eu-b": 60.0}, spot_losses=1, assigned_at=NOON, released_at=NOON
    )
    stage.sync.run(ChainStep(run_id=RUN, chain="launch", tick=1))
    assert costs.machine_time(RUN) == MachineTime(jobs=1, unread_jobs=1, machine_seconds=67.5, spot_losses=1)
