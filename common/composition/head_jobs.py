"""The settings of head jobs, which share all but the account with the jobs of their tasks."""

from typing import Final

from common.domain.batch.launch_config import ChildJobSettings
from common.domain.batch.launch_plan import CopyPace
from common.services.batch.service import BatchSettings
from common.settings import Environment

STOCK_IMAGE: Final = "nextflow/nextflow:25.10.4"  # the default; it brings Nextflow, but no pipelines and plugins
LOG_COPIES: Final = CopyPace(min_s=2, max_s=60)  # the default


def read_log_copies(env: Environment) -> CopyPace:
    return CopyPace(
        min_s=env.count("LOG_COPY_MIN_S", LOG_COPIES.min_s), max_s=env.count("LOG_COPY_MAX_S", LOG_COPIES.max_s)
    )


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
