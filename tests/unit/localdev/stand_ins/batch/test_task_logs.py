"""The sender of task output."""

from localdev.stack.layout import PARENT
from localdev.stand_ins.batch.task_logs import TaskLogSender
from localdev.stand_ins.http.messages import Json
from tests.unit.localdev.stand_ins.batch.conftest import FakeLogging

JOB: Json = {"name": f"{PARENT}/jobs/a", "uid": "u", "labels": {"sluice-run": "run-1"}}


def test_closing_waits_until_all_lines_are_written_in_order(logs: FakeLogging) -> None:
    sender = TaskLogSender(f"http://127.0.0.1:{logs.port}")
    for number in range(1200):
        sender.add(JOB, 0, "INFO", f"line {number}")

    sender.close()

    assert logs.lines() == [f"line {number}" for number in range(1200)]
    assert len({entry["insertId"] for entry in logs.entries}) == 1200
