"""What a scientist does with a run, through the public API, at a pace at which running tasks are seen."""

import time
import uuid
from collections.abc import Callable
from typing import Any

import requests

from localdev.demo.__main__ import demonstrate
from localdev.stack.environment import ROOT, url
from localdev.stack.stack import Stack
from localdev.stack.welcome import EXAMPLE

_PATIENCE_S = 120
ORDER = ["", "SUBMITTED", "RUNNING", "COMPLETED"]


class Scientist:
    """A user of the API."""

    def __init__(self, stack: Stack, name: str) -> None:
        self._runs = f"{url(stack.ports.gateway)}/api/runs"
        self._identity = {"X-Dev-User": f"{name}@lab.example"}

    def ask(self, method: str, path: str = "", *, body: bytes | None = None, key: str | None = None) -> Any:  # noqa: ANN401
        headers = self._identity | ({"Idempotency-Key": key} if key else {}) | {"Content-Type": "application/json"}
        answer = requests.request(method, self._runs + path, data=body, headers=headers, timeout=60)
        assert answer.ok, answer.text
        return answer.json()

    def submit(self) -> str:
        return str(self.ask("POST", body=(ROOT / EXAMPLE).read_bytes())["run_id"])

    def statuses(self, run_id: str) -> dict[str, str]:
        """The status of each task of a run, by task id."""
        return {task["task_id"]: task["status"] for task in self.ask("GET", f"/{run_id}/tasks?limit=1000")["tasks"]}

    def wait_until(self, run_id: str, claim: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until `claim` is true for the run; return it."""
        deadline = time.monotonic() + _PATIENCE_S
        while not claim(run := self.ask("GET", f"/{run_id}")):
            assert time.monotonic() < deadline, run
            time.sleep(0.1)
        return dict(run)


def is_over(run: dict[str, Any]) -> bool:
    return run["status"] in {"completed", "failed", "cancelled"}


def finished_tasks(run: dict[str, Any]) -> int:
    return int((run["metrics"] or {}).get("finished", 0))


def histories(watcher: Scientist) -> list[list[str]]:
    """Submit a run; return the statuses that were seen for each task, in order."""
    run_id, seen = watcher.submit(), dict[str, list[str]]()

    def look(run: dict[str, Any]) -> bool:
        for task, status in watcher.statuses(run_id).items():
            if seen.setdefault(task, [""])[-1] != status:
                seen[task].append(status)
        return is_over(run)

    assert watcher.wait_until(run_id, look)["status"] == "completed"
    assert all(sorted(statuses, key=ORDER.index) == statuses for statuses in seen.values())  # no status goes back
    return list(seen.values())


def test_a_task_is_shown_submitted_then_running_then_completed(stack: Stack) -> None:
    watcher = Scientist(stack, "watching")
    # Tasks take seconds here, and on a busy machine so do log copies and syncs: one run may miss a status.
    assert any(ORDER in histories(watcher) for _attempt in range(3))


def test_the_recovery_of_a_cancelled_run_repeats_no_finished_task(stack: Stack) -> None:
    owner, key = Scientist(stack, "recovering"), uuid.uuid4().hex
    run_id = owner.submit()
    owner.wait_until(run_id, lambda run: finished_tasks(run) >= 5)
    owner.ask("DELETE", f"/{run_id}")
    assert owner.wait_until(run_id, is_over)["status"] == "cancelled"
    done = {task for task, status in owner.statuses(run_id).items() if status == "COMPLETED"}

    plan = owner.ask("POST", f"/{run_id}/recover?plan=true", body=b"{}")
    first = owner.ask("POST", f"/{run_id}/recover", body=b"{}", key=key)
    again = owner.ask("POST", f"/{run_id}/recover", body=b"{}", key=key)

    recovered = first["run_id"]
    assert (again["run_id"], first["parent_run_id"], first["is_recovery"]) == (recovered, run_id, True)
    assert owner.wait_until(recovered, is_over)["status"] == "completed"
    statuses = owner.statuses(recovered)
    assert done <= {task for task, status in statuses.items() if status == "CACHED"}
    assert set(statuses.values()) == {"CACHED", "COMPLETED"}
    assert plan["reused_count"] == len(done)


def test_the_checks_of_the_cancel_scenario_pass(stack: Stack) -> None:
    assert demonstrate(stack.ports, stack.folders.root, scenario="cancel") == []
