"""What jobs and users name is shown without secrets."""

from common.domain.tasks.task import Task, TaskStatus
from common.schemas.logs import LogEntry, TaskStats, TaskSummary
from common.schemas.runs import Diagnosis, PlannedTask
from tests.support.tasks import task_info

SECRET = "ghp_" + "Secret0Secret1Secret2Secret3"
NAMED = f"ALIGN ({SECRET})"


def test_a_task_that_is_named_after_a_secret_is_shown_without_it() -> None:
    task = Task(hash="ab/cdef01", name=NAMED, process=SECRET, tag=SECRET, status=TaskStatus.FAILED)
    shown = task_info(task)
    assert (shown.name, shown.process, shown.tag) == ("ALIGN (•••)", "•••", "•••")
    assert PlannedTask(name=NAMED, process=SECRET, reused=False).name == "ALIGN (•••)"
    assert Diagnosis(cause="unknown", error_task=NAMED).error_task == "ALIGN (•••)"
    assert set(TaskSummary(by_status={}, by_process={SECRET: TaskStats(count=1)}).by_process) == {"•••"}


def test_the_thread_and_the_logger_of_an_entry_are_shown_without_secrets() -> None:
    entry = LogEntry(number=0, message="x", thread=f"main {SECRET}", logger=SECRET)
    assert (entry.thread, entry.logger) == ("main •••", "•••")
