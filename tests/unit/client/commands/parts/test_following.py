"""What is said of a run while one waits."""

import pytest

from sluice.commands.parts.following import detaching, line_of
from sluice.errors import Interrupted
from sluice.sse import StreamEvent

AT = "2026-12-01T12:00:00+00:00"


@pytest.mark.parametrize(
    ("kind", "data", "line"),
    [
        ("status", {"at": AT, "status": "running"}, "2026-12-01 12:00:00 +00:00  running"),
        (
            "status",
            {"at": AT, "status": "running", "failing": True, "status_detail": "it will fail"},
            "2026-12-01 12:00:00 +00:00  running (failing): it will fail",
        ),
        ("status", {"at": AT, "status": "completed"}, None),
        ("progress", {"tasks": {"RUNNING": 3, "COMPLETED": 2, "FAILED": 0}}, "tasks: 2 completed, 3 running"),
        ("action", {"at": AT, "action": "jobs_stopped"}, "2026-12-01 12:00:00 +00:00  jobs stopped"),
        (
            "done",
            {"at": AT, "status": "failed", "error_message": "Killed"},
            "2026-12-01 12:00:00 +00:00  ended: failed: Killed",
        ),
        ("a_new_kind", {"at": AT}, None),
    ],
)
def test_an_event_in_one_line(kind: str, data: dict[str, object], line: str | None) -> None:
    assert line_of(StreamEvent(kind, data), utc=True) == line


def test_ctrl_c_says_how_to_look_again() -> None:
    with pytest.raises(Interrupted, match="sluice logs -f run-0000000a"), detaching("run-0000000a", "logs -f"):
        raise KeyboardInterrupt
