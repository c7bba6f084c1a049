"""The settings of head jobs, which share all but the account with the jobs of their tasks."""

from typing import Final

from common.domain.batch.launch_config import ChildJobSettings
from common.services.batch.service import BatchSettings
from common.settings import Environment

STOCK_IMAGE: Final = "nextflow/nextflow:25.10.4"  # the default; it brings Nextflow, but no pipelines and plugins
LOG_COPY_INTERVAL_S: Final = 10  # the default: how often a head job copies its logs to their bucket


def read_head_jobs(env: Environment, child_jobs: ChildJobSettings) -> BatchSettings:
    return BatchSettings(
        parent=f"projects/{child_jobs.project}/locations/{child_jobs.location}",
        location=child_jobs.location,
        image=env.optional("HEAD_JOB_IMAGE", STOCK_IMAGE),
        service_account=env.required("HEAD_JOB_SERVICE_ACCOUNT"),
        machine_type=env.optional("HEAD_JOB_MACHINE_TYPE", "e2-standard-2"),
        network=child_jobs.network,
        subnetwork=child_jobs.subnetwork,
        github_token=env.optional("HEAD_JOB_GITHUB_TOKEN"),
        endpoint=env.override("BATCH_ENDPOINT"),
    )
