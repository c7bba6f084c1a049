"""Tasks as the API shows them."""

import json

from common.domain.tasks.task import Task
from common.schemas.logs import TaskInfo
from common.services.tasks.listing import TaskPage


def tasks_on(page: TaskPage) -> list[TaskInfo]:
    """The tasks that Postgres wrote on a page."""
    return [TaskInfo.model_validate(task) for task in json.loads(f"[{page.lines}]")]


def task_info(task: Task) -> TaskInfo:
    """What a page shows of `task`."""
    return TaskInfo(
        task_id=task.hash.replace("/", "-"),
        name=task.name,
        process=task.process,
        tag=task.tag,
        status=task.status,
        exit_code=task.exit_code,
        attempt=task.attempt,
        duration=task.duration_ms,
        cpu_percent=task.cpu_percent,
        memory_peak=task.memory_peak,
        submit_time=task.submit_time,
        start_time=task.start_time,
        end_time=task.end_time,
        work_dir=task.work_dir,
        native_id=task.native_id,
        has_logs=task.work_dir is not None,
        cpus=task.cpus,
        memory=task.memory,
        disk=task.request and task.request.disk,
        time=task.request and task.request.time_ms,
        container=task.request and task.request.container,
        read_bytes=task.read_bytes,
        write_bytes=task.write_bytes,
    )
