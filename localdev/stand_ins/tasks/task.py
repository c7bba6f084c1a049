"""One task of a queue, and its state after an attempt."""

from dataclasses import dataclass, replace

from localdev.stand_ins.http.messages import Json
from localdev.stand_ins.http.proto_json import NANOSECONDS, write_duration, write_timestamp
from localdev.stand_ins.tasks.queue import RetryConfig

VIEWS = {0: "VIEW_UNSPECIFIED", 1: "BASIC", 2: "FULL"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudTask:
    """One task; times are in seconds since 1970, `request` is the HttpRequest message with its defaults."""

    name: str  # projects/P/locations/L/queues/Q/tasks/T
    request: Json
    due: float
    created_at: float
    deadline_s: float
    retry_config: Json | None = None  # overrides the retry config of the queue
    dispatch_count: int = 0  # attempts started
    response_count: int = 0  # attempts with a response
    execution_count: int = 0  # attempts with a response that is not 5xx
    first_dispatch: float | None = None
    previous_status: int | None = None  # HTTP status of the last response
    last_attempt: Json | None = None

    @property
    def queue(self) -> str:
        return self.name.rpartition("/tasks/")[0]

    @property
    def task_id(self) -> str:
        return self.name.rpartition("/")[2]

    def as_json(self, view: str = "BASIC") -> Json:
        """The Task message; only the view FULL includes the body."""
        request = self.request if view == "FULL" else {k: v for k, v in self.request.items() if k != "body"}
        attempts: Json = {}
        if self.first_dispatch is not None:
            attempts["firstAttempt"] = {"dispatchTime": timestamp(self.first_dispatch)}
        if self.last_attempt is not None:
            attempts["lastAttempt"] = self.last_attempt
        return {
            "name": self.name,
            "httpRequest": request,
            "scheduleTime": timestamp(self.due),
            "createTime": timestamp(self.created_at),
            "dispatchDeadline": write_duration(self.deadline_s),
            "dispatchCount": self.dispatch_count,
            "responseCount": self.response_count,
            "view": "FULL" if view == "FULL" else "BASIC",
            **({"retryConfig": self.retry_config} if self.retry_config else {}),
            **attempts,
        }


def timestamp(moment: float) -> str:
    """A time in seconds since 1970 as the API writes it, to the microsecond."""
    return write_timestamp(round(moment * 1e6) * (NANOSECONDS // 1_000_000))


def begun(task: CloudTask, *, at: float) -> CloudTask:
    """The task after the start of an attempt."""
    return replace(
        task,
        dispatch_count=task.dispatch_count + 1,
        first_dispatch=at if task.first_dispatch is None else task.first_dispatch,
    )


def succeeded(status: int | None) -> bool:
    """True for the HTTP statuses that finish a task; `status` is None without a response."""
    return status is not None and 200 <= status < 300


def after_failure(
    task: CloudTask, status: int | None, queue_retry: RetryConfig, *, began: float, at: float
) -> CloudTask | None:
    """The task with its next attempt scheduled; None when no attempt is left."""
    retry = RetryConfig.from_json(task.retry_config) if task.retry_config else queue_retry
    first = began if task.first_dispatch is None else task.first_dispatch
    if retry.gives_up(task.dispatch_count, at - first):
        return None
    return replace(
        task,
        due=at + retry.backoff_s(task.dispatch_count),
        response_count=task.response_count + (status is not None),
        execution_count=task.execution_count + (status is not None and status < 500),
        previous_status=status if status is not None else task.previous_status,
        last_attempt=_attempt(task, status, began=began, at=at),
    )


def _attempt(task: CloudTask, status: int | None, *, began: float, at: float) -> Json:
    code, message = (2, f"HTTP status code {status}") if status is not None else (4, "DEADLINE_EXCEEDED or no response")
    attempt: Json = {
        "scheduleTime": timestamp(task.due),
        "dispatchTime": timestamp(began),
        "responseStatus": {"code": code, "message": message},
    }
    return attempt if status is None else attempt | {"responseTime": timestamp(at)}
