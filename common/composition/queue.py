"""The work queue, the worker's address, and the service account that the queue uses to call the worker."""

from common.services.queue.work_queue import QueueSettings
from common.settings import Environment


def read_queue(env: Environment) -> QueueSettings:
    return QueueSettings(
        queue=env.required("WORK_QUEUE"),
        archive_queue=env.required("ARCHIVE_QUEUE"),
        worker_url=env.required("WORKER_URL").rstrip("/"),
        worker_audience=env.required("WORKER_AUDIENCE"),
        caller=env.required("WORKER_CALLER"),
        endpoint=env.override("TASKS_ENDPOINT"),
    )
