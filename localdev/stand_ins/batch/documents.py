"""Jobs, tasks and operations as the JSON of Batch v1: new ones, and their changes of state.

Documents are never changed in place: each function returns a new one.
"""

import re
import time
import uuid

from localdev.stand_ins.batch.allocation import allocated
from localdev.stand_ins.http.messages import Json, ServiceError
from localdev.stand_ins.http.proto_json import write_duration, write_timestamp

FINAL_STATES = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})
STOPPING_STATES = frozenset({"CANCELLATION_IN_PROGRESS", "DELETION_IN_PROGRESS"})
OVER_MAX_RUNTIME, VM_STOPPED_REPORTING, VM_PREEMPTION = 50005, 50002, 50001  # Batch's reserved exit codes

_JOB_ID = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_TYPES = "type.googleapis.com/google.cloud.batch.v1."


def new_job(parent: str, job_id: str, requested: Json) -> Json:
    """The job that a request creates. Raises ServiceError 400 where Batch would refuse it."""
    job_id = job_id or f"j-{uuid.uuid4().hex[:16]}"
    if not _JOB_ID.fullmatch(job_id):
        raise ServiceError(400, f"job_id {job_id!r} is not valid: it must match {_JOB_ID.pattern}")
    groups = requested.get("taskGroups") or []
    if len(groups) != 1:
        raise ServiceError(400, f"a job must have exactly one task group, this one has {len(groups)}")
    if not groups[0].get("taskSpec", {}).get("runnables"):
        raise ServiceError(400, "the task group of a job must have at least one runnable")
    name, now = f"{parent}/jobs/{job_id}", write_timestamp(time.time_ns())
    group = groups[0] | {"name": f"{name}/taskGroups/group0", "taskCount": str(groups[0].get("taskCount") or 1)}
    job = requested | {
        "name": name,
        "uid": f"{job_id[:22].rstrip('-')}-{uuid.uuid4()}",
        "taskGroups": [group],
        "createTime": now,
        "status": {"state": "STATE_UNSPECIFIED", "statusEvents": []},
    }
    return with_state(job, "QUEUED", "")


def state_of(document: Json) -> str:
    return str(document["status"]["state"])


def with_state(job: Json, state: str, reason: str) -> Json:
    """The job moved to `state`; in the event, `reason` follows Batch's own sentence."""
    before = state_of(job)
    sentence = f"Job state is set from {before} to {state} for job {job['name']}."
    event = _event(f"{sentence} {reason}".rstrip())
    status = job["status"] | {"state": state, "statusEvents": [*job["status"]["statusEvents"], event]}
    return job | {"status": status, "updateTime": event["eventTime"]}


def with_machine(job: Json, reason: str) -> Json:
    """The job running on its machine."""
    running = with_state(job, "RUNNING", reason)
    return running | {"status": running["status"] | {"taskGroups": {"group0": allocated(job)}}}


def with_outcome(job: Json, state: str, reason: str, *, seconds: float, tasks: list[Json]) -> Json:
    """The job in its final state, with its duration and the number of tasks in each state."""
    counts: dict[str, int] = {}
    for task in tasks:
        counts[state_of(task)] = counts.get(state_of(task), 0) + 1
    group = job["status"].get("taskGroups", {}).get("group0", {})
    groups = {"group0": group | {"counts": {state: str(count) for state, count in counts.items()}}}
    ended = with_state(job, state, reason)
    return ended | {"status": ended["status"] | {"runDuration": write_duration(seconds), "taskGroups": groups}}


def new_task(job: Json, index: int) -> Json:
    return {
        "name": f"{job['taskGroups'][0]['name']}/tasks/{index}",
        "status": {"state": "PENDING", "statusEvents": []},
    }


def with_task_state(task: Json, state: str, *, instance: str, exit_code: int | None = None) -> Json:
    """The task moved to `state`; a final state has an exit code."""
    sentence = f"Task state is updated from {state_of(task)} to {state} on {instance}"
    if exit_code:
        sentence += f" due to {_cause_of(exit_code)} with exit code {exit_code}"
    event = _event(f"{sentence}.") | {"taskState": state}
    if exit_code is not None:
        event["taskExecution"] = {"exitCode": exit_code}
    return task | {"status": {"state": state, "statusEvents": [*task["status"]["statusEvents"], event]}}


def last_event(document: Json) -> str:
    return str(document["status"]["statusEvents"][-1]["description"])


def new_operation(job: Json, verb: str) -> Json:
    """The long-running operation that deletes or cancels a job."""
    metadata = {"@type": f"{_TYPES}OperationMetadata", "target": job["name"], "verb": verb, "apiVersion": "v1"}
    metadata["createTime"] = write_timestamp(time.time_ns())
    parent = job["name"].partition("/jobs/")[0]
    return {"name": f"{parent}/operations/operation-{uuid.uuid4()}", "metadata": metadata, "done": False}


def finished(operation: Json) -> Json:
    """The operation, done."""
    cancelled: Json = {"@type": f"{_TYPES}CancelJobResponse"}
    deleted: Json = {"@type": "type.googleapis.com/google.protobuf.Empty"}
    response = cancelled if operation["metadata"]["verb"] == "cancel" else deleted
    return operation | {"done": True, "response": response}


def _event(description: str) -> Json:
    now = write_timestamp(time.time_ns())
    return {"type": "STATUS_CHANGED", "description": description, "eventTime": now}


def _cause_of(exit_code: int) -> str:
    known = {
        OVER_MAX_RUNTIME: "exceeding the maximum runtime",
        VM_STOPPED_REPORTING: "the VM no longer reporting",
        VM_PREEMPTION: "Spot VM preemption",
    }
    return known.get(exit_code, "task failure")
