"""Users through the public address: requests create them, and their runs are counted."""

import time
from typing import Any

import pytest
import requests
from sqlalchemy import Engine, create_engine, text

from localdev.stack.environment import url
from localdev.stack.stack import Stack
from tests.support.run_requests import run_of_one_sample


def _ask(stack: Stack, method: str, path: str, caller: str, body: object = None) -> requests.Response:
    address = f"{url(stack.ports.gateway)}{path}"
    return requests.request(method, address, headers={"X-Dev-User": caller}, json=body, timeout=60)


def _stats(stack: Stack, caller: str) -> dict[str, Any]:
    stats: dict[str, Any] = _ask(stack, "GET", "/api/users/me", caller).json()["stats"]
    return stats


def _is_known(engine: Engine, email: str) -> bool:
    statement = text("SELECT count(*) FROM users WHERE email = :email AND last_login_at IS NOT NULL")
    with engine.connect() as connection:
        return bool(connection.execute(statement, {"email": email}).scalar_one())


@pytest.mark.parametrize(
    ("function", "path"),
    [
        ("runs", "/api/runs"),
        ("logs", "/api/runs/run-00000000/logs"),
        ("events", "/api/runs/run-00000000/events"),
        ("users", "/api/users/me"),
    ],
)
def test_a_request_to_any_function_with_a_database_creates_the_user(stack: Stack, function: str, path: str) -> None:
    newcomer = f"new-to-{function}@lab.example"
    _ask(stack, "GET", path, newcomer)
    engine = create_engine(stack.database_url())
    assert _is_known(engine, newcomer)
    engine.dispose()


def test_a_profile_belongs_to_its_owner(stack: Stack) -> None:
    changes = {"display_name": "Pia", "preferences": {"default_genome": "GRCh38"}}
    assert _ask(stack, "PATCH", "/api/users/me", "pia@lab.example", changes).status_code == 200
    profile = _ask(stack, "GET", "/api/users/me", "pia@lab.example").json()
    assert (profile["display_name"], profile["preferences"]["default_genome"]) == ("Pia", "GRCh38")
    assert _ask(stack, "GET", "/api/users/me", "not-pia@lab.example").json()["display_name"] == "not-pia"


def test_stats_count_a_run_when_it_is_created_and_when_it_completes(stack: Stack) -> None:
    owner = "counting@lab.example"
    made = requests.post(
        f"{url(stack.ports.gateway)}/api/runs",
        json=run_of_one_sample(),
        headers={"X-Dev-User": owner},
        timeout=30,
    ).json()
    assert _stats(stack, owner)["total_runs"] == 1
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        if _ask(stack, "GET", f"/api/runs/{made['run_id']}", owner).json()["status"] == "completed":
            break
        time.sleep(0.3)
    expected = {"total_runs": 1, "successful_runs": 1, "total_samples_processed": made["sample_count"]}
    assert _stats(stack, owner) == expected
