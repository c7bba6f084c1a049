"""The queues exist and run, and the timer calls."""

import time
from typing import Final

from tools.verify.deployment import ServiceRefusedError
from tools.verify.facts.subject import Subject
from tools.verify.outcomes import Failed, Held, Outcome

_PERIODS: Final = 3  # how many calls of a timer may be missing
_FIRST_CALL_WITHIN_S: Final = 20  # of a deployment that was started just now


def queues_run(subject: Subject) -> Outcome:
    """Both queues exist and are not paused."""
    settings, tasks = subject.deployment.settings("runs"), subject.deployment.google("cloudtasks")
    for variable in ("WORK_QUEUE", "ARCHIVE_QUEUE"):
        queue = settings[variable]
        name, location = queue.rpartition("/")[2], f"--location={subject.deployment.region}"
        try:
            state = tasks.get(f"/v2/{queue}").get("state", "STATE_UNSPECIFIED")
        except ServiceRefusedError as error:
            return Failed(
                f"the queue {name} ({variable}): {error}",
                "no work is done: runs stay pending",
                "make deploy; a deleted queue's name is free again after seven days, so choose another in queue.tf",
            )
        if state != "RUNNING":
            return Failed(
                f"the queue {name} is {state}",
                "its work waits: runs stay pending, or archives are not built",
                f"gcloud tasks queues resume {name} {location}",
            )
    return Held("2 queues")


def timer_calls(subject: Subject) -> Outcome:
    """The timer of reconcile has called lately, and was answered."""
    deployment = subject.deployment
    call, period_s = deployment.last_timer_call(), deployment.timer_period_s
    deadline = time.monotonic() + min(period_s * _PERIODS, _FIRST_CALL_WITHIN_S)
    while call.ago_s == float("inf") and time.monotonic() < deadline:
        time.sleep(0.5)
        call = deployment.last_timer_call()
    resume = f"gcloud scheduler jobs resume sluice-reconcile --location={deployment.region}"
    if call.ago_s > _PERIODS * period_s:
        when = "never called" if call.ago_s == float("inf") else f"last called {call.ago_s:.0f} s ago"
        return Failed(
            f"the timer sluice-reconcile {when}; it should every {period_s:.0f} s",
            "runs whose work was lost are not found",
            f"{resume}, or make deploy (terraform/queue.tf)",
        )
    if call.error:
        return Failed(
            f"queue_worker answered the timer with {call.error}",
            "runs whose work was lost are not found",
            "check SERVICE_CALLERS and SERVICE_AUDIENCE of queue_worker, and its invokers in terraform/iam.tf",
        )
    return Held(f"{call.ago_s:.0f} s ago")
