"""The output of tasks, while they run and in the archive afterwards, through the public API."""

import io
import json
import time
from collections.abc import Callable
from typing import Any
from zipfile import ZipFile

import requests

from localdev.stack.environment import ROOT, url
from localdev.stack.stack import Stack
from localdev.stack.welcome import EXAMPLE

CALLER = {"X-Dev-User": "output@lab.example"}


class Api:
    """The public API of a stack, as one user."""

    def __init__(self, stack: Stack) -> None:
        self._runs = f"{url(stack.ports.gateway)}/api/runs"

    def get(self, path: str, **more: Any) -> requests.Response:  # noqa: ANN401 options of requests
        return requests.get(self._runs + path, headers=CALLER, timeout=30, **more)

    def submit_failing(self) -> str:
        """Submit a run with one sample that runs out of memory; return its id."""
        body = json.loads((ROOT / EXAMPLE).read_text())
        header, row, *_ = body["samplesheet_csv"].splitlines()
        body["samplesheet_csv"] = f"{header}\n{row.replace('pbmc_donor1,', 'fail_oom_1,')}\n"
        answer = requests.post(self._runs, json=body, headers=CALLER, timeout=30)
        answer.raise_for_status()
        return str(answer.json()["run_id"])

    def task_logs(self, run: str) -> list[dict[str, Any]]:
        """The output of each task so far."""
        tasks = self.get(f"/{run}/tasks").json()["tasks"]
        answers = [self.get(f"/{run}/tasks/{task['task_id']}/logs") for task in tasks]
        return [answer.json() for answer in answers if answer.ok]


def eventually(claim: Callable[[], object], within_s: float, *, pause_s: float = 0.2) -> bool:
    deadline = time.monotonic() + within_s
    while not claim() and time.monotonic() < deadline:
        time.sleep(pause_s)
    return bool(claim())


def test_output_can_be_read_live_and_is_in_the_archive_of_a_failed_run(stack: Stack) -> None:
    api = Api(stack)
    run = api.submit_failing()

    def is_read_live() -> bool:
        return any(log["source"] == "cloud_logging" and "Running" in log["stdout"] for log in api.task_logs(run))

    assert eventually(is_read_live, within_s=120, pause_s=2)  # a user has 60 looks a minute
    assert eventually(lambda: api.get(f"/{run}").json()["status"] == "failed", within_s=120)
    failed = api.get(f"/{run}/tasks?status=FAILED").json()["tasks"]
    assert failed
    output = f"/{run}/tasks/{failed[-1]['task_id']}/logs"
    assert eventually(lambda: api.get(output).json()["complete"], within_s=60, pause_s=2)
    logs = api.get(output).json()
    assert (logs["source"], logs["merged"]) == ("work_dir", False)
    assert "Killed" in logs["stderr"]

    redirect = api.get(f"/{run}/logs/download?wait=10", allow_redirects=False)
    assert redirect.status_code == 302
    archive = ZipFile(io.BytesIO(requests.get(redirect.headers["Location"], timeout=30).content))
    assert archive.testzip() is None
    assert {"nextflow.log", "trace.txt", "exit_code", "manifest.json"} <= set(archive.namelist())
    assert archive.read(f"tasks/{failed[-1]['task_id']}/log.txt").decode() == logs["log"]
    assert api.get(f"/{run}/logs/download", allow_redirects=False).status_code == 302
