"""The client of the demo's stack, and the demo's direct look at Batch and Storage."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from localdev.stack.secret import Login
from localdev.stand_ins.http.session import local_session
from sluice.api import Api
from sluice.client import Sluice
from sluice.decoding import member
from sluice.run import Run
from sluice.signin.laptop import NamedUser
from sluice.state import State
from sluice.transport import Patience, Transport

Json = Mapping[str, Any]

_TIMEOUT_S = 30
_AWAY_S: Final = 5.0  # a stack that does not answer for so long has stopped


class DemoError(Exception):
    """The demo cannot continue; the message gives the reason in one sentence."""


def connected(address: str, state: Path) -> Sluice:
    """The client of the stack at `address`, as its default user; its files are in the folder `state`."""
    transport = Transport(address, NamedUser(None), patience=lambda: Patience(limit_s=_AWAY_S))
    return Sluice(Api(transport, State(state)))


def require_answer(sluice: Sluice) -> None:
    """Raise SluiceError unless a stack answers."""
    with sluice.api.transport.stream("GET", "/api/users/me", read_s=_TIMEOUT_S):
        pass


def submitted(sluice: Sluice, request: dict[str, Any]) -> Run:
    """The run that is started by the body of `POST /api/runs`; `created` is the answer."""
    made, _ = sluice.api.create("/api/runs", request)
    return Run(sluice.api, str(member(made, "run_id")), created=made)


def live_jobs(batch: str, parent: str, run_id: str, login: Login) -> list[str]:
    """The names of a run's Batch jobs that have not ended, read from the Batch API at `batch`."""
    query = {"filter": f'labels.sluice-run="{run_id}"', "pageSize": "1000"}
    with local_session(login) as session:
        answer = session.get(f"{batch}/v1/{parent}/jobs", params=query, timeout=_TIMEOUT_S)
    if not answer.ok:
        raise DemoError(f"listing the jobs in Cloud Batch failed: {answer.status_code} {answer.text[:200]}")
    jobs = answer.json().get("jobs", [])
    return [job["name"] for job in jobs if job["status"]["state"] not in {"SUCCEEDED", "FAILED", "CANCELLED"}]


def object_in_bucket(storage: str, bucket: str, name: str, login: Login) -> bytes:
    """The content of an object, read from the Storage API at `storage`; DemoError when it cannot be read."""
    with local_session(login) as session:
        quoted = quote(name, safe="")
        answer = session.get(f"{storage}/storage/v1/b/{bucket}/o/{quoted}?alt=media", timeout=_TIMEOUT_S)
    if not answer.ok:
        raise DemoError(f"gs://{bucket}/{name} cannot be read: {answer.status_code} {answer.text[:200]}")
    return answer.content
