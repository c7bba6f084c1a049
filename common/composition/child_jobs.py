"""The project, location, network and service account of the Batch jobs of tasks."""

from common.domain.batch.launch_config import ChildJobSettings
from common.settings import Environment


def read_child_jobs(env: Environment) -> ChildJobSettings:
    return ChildJobSettings(
        project=env.required("GOOGLE_CLOUD_PROJECT"),
        location=env.required("BATCH_LOCATION"),
        service_account=env.required("TASK_JOB_SERVICE_ACCOUNT"),
        network=env.optional("HEAD_JOB_NETWORK"),
        subnetwork=env.optional("HEAD_JOB_SUBNETWORK"),
    )
