"""The limits for each user, as a user meets them: 429 with Retry-After, and nobody else is refused."""

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
import requests
from sqlalchemy import Engine, create_engine, text

from localdev.stack.stack import Stack
from tests.support.attacker import User, write_log

VALIDATE = "/api/pipelines/nf-core/scrnaseq/validate"
_LONGEST_BURST_S = 30


def new_user(stack: Stack) -> User:
    return User(stack, f"eager-{uuid.uuid4().hex[:8]}@lab.example")


@pytest.fixture
def engine(stack: Stack) -> Iterator[Engine]:
    created = create_engine(stack.database_url())
    yield created
    created.dispose()


@pytest.fixture
def live_run(stack: Stack, engine: Engine) -> Callable[[User], str]:
    """Stores a run of a user that is running and stays so."""
    return lambda user: store_runs(engine, user.email, 1)[0]


def store_runs(engine: Engine, owner: str, count: int) -> list[str]:
    ids = [f"run-{uuid.uuid4().hex[:8]}" for _ in range(count)]
    statement = text(
        "INSERT INTO runs (run_id, pipeline, pipeline_version, status, user_email, gcs_path, params, sample_count,"
        " session_id, created_at, updated_at, submitted_at, synced_at, started_at)"
        " VALUES (:id, 'nf-core/scrnaseq', '2.7.1', 'running', :owner, 'gs://x', '{}', 1, :session, :before, :now,"
        " :now, :now, :now)"
    )
    now = datetime.now(UTC)
    rows = [
        {"id": run, "owner": owner, "session": str(uuid.uuid4()), "before": now - timedelta(minutes=2), "now": now}
        for run in ids
    ]
    with engine.begin() as connection:
        connection.execute(statement, rows)
    return ids


def at_once(ask: Callable[[], requests.Response], count: int) -> list[requests.Response]:
    """Concurrent requests, because what is spread over time may be allowed."""
    with ThreadPoolExecutor(16) as threads:
        return list(threads.map(lambda _: ask(), range(count)))


def require_limited(answers: Sequence[requests.Response], *, most: float, otherwise: set[int]) -> None:
    refused = [answer for answer in answers if answer.status_code == 429]
    allowed = [answer for answer in answers if answer.status_code != 429]
    assert {answer.status_code for answer in allowed} <= {*otherwise, 503}  # 503: the machine is busy
    assert refused, f"all {len(answers)} were allowed"
    assert len(allowed) <= most
    for answer in refused:
        assert int(answer.headers["Retry-After"]) >= 1
        assert answer.json()["code"] == "TOO_MANY_REQUESTS"


def require_refused_burst(
    ask: Callable[[], requests.Response], count: int, *, a_minute: int, otherwise: set[int]
) -> None:
    """Ask `count` times at once; skip the test on a machine that asks so slowly that all may be allowed."""
    began = time.monotonic()
    answers = at_once(ask, count)
    lasted_s = time.monotonic() - began
    if lasted_s >= _LONGEST_BURST_S:
        pytest.skip(f"{count} requests took {lasted_s:.0f} s, in which most of them are allowed")
    require_limited(answers, most=a_minute + 1 + lasted_s * a_minute / 60, otherwise=otherwise)


NGS_RUN = "/api/benchling/runs/none"


@pytest.mark.parametrize(
    "path", ["/api/runs?search=x", "/api/benchling/runs?name=x", f"{NGS_RUN}/samples", f"{NGS_RUN}/samplesheet"]
)
def test_a_burst_of_searches_is_refused(stack: Stack, path: str) -> None:
    user = new_user(stack)
    require_refused_burst(lambda: user.ask("GET", path), 200, a_minute=120, otherwise={200, 404})
    assert new_user(stack).ask("GET", path).status_code in {200, 404}


@pytest.mark.parametrize(
    ("list_of_run", "headers"), [("logs?search=x", {}), ("tasks?search=x", {}), ("logs", {"Accept": "text/plain"})]
)
def test_a_burst_of_searches_in_a_log_is_refused(
    stack: Stack, live_run: Callable[[User], str], list_of_run: str, headers: dict[str, str]
) -> None:
    user = new_user(stack)
    run = live_run(user)
    write_log(stack, run, "nextflow.log", b"Nov-23 08:15:02.113 [main] DEBUG a - x\n")
    path = f"/api/runs/{run}/{list_of_run}"
    require_refused_burst(lambda: user.ask("GET", path, headers=headers), 200, a_minute=120, otherwise={200})


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (VALIDATE, {"params": {}}, 200),
        (VALIDATE.replace("validate", "config"), {}, 200),
        ("/api/runs", {}, 422),
        ("/api/runs/{run}/recover", {"notes": 1}, 422),
    ],
)
def test_a_burst_of_checks_is_refused(
    stack: Stack, live_run: Callable[[User], str], path: str, body: dict[str, object], status: int
) -> None:
    user = new_user(stack)
    address = path.format(run=live_run(user))
    require_refused_burst(lambda: user.ask("POST", address, json=body), 100, a_minute=60, otherwise={status})


@pytest.mark.parametrize("in_chunks", [False, True])
def test_large_bodies_are_counted_by_the_mib(stack: Stack, in_chunks: bool) -> None:
    user = new_user(stack)
    body = b"x" * (9 << 20)  # which is not JSON, so that reading it takes no time
    headers = {"Content-Type": "application/json"}

    def ask() -> requests.Response:
        data = iter([body[at : at + (1 << 20)] for at in range(0, len(body), 1 << 20)]) if in_chunks else body
        return user.ask("POST", VALIDATE, data=data, headers=headers)

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: ask(), range(16)))
    require_limited(answers, most=12, otherwise={400})


def test_a_burst_of_looks_at_task_output_is_refused(stack: Stack, live_run: Callable[[User], str]) -> None:
    user = new_user(stack)
    path = f"/api/runs/{live_run(user)}/tasks/00-000000/logs"
    require_refused_burst(lambda: user.ask("GET", path), 100, a_minute=60, otherwise={404})


def is_allowed_soon(ask: Callable[[], requests.Response]) -> bool:
    """Whether a place is free within some seconds: a function notices a closed connection a moment later."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with ask() as answer:
            if answer.status_code == 200:
                return True
        time.sleep(0.2)
    return False


def test_the_streams_of_one_user_are_limited_and_given_back(stack: Stack, live_run: Callable[[User], str]) -> None:
    user = new_user(stack)
    run = live_run(user)
    paths = [f"/api/runs/{run}/events", f"/api/runs/{run}/logs/stream"]
    for _ in range(2):  # HEAD and streams that were closed hold no place
        assert all(user.ask("HEAD", paths[0]).status_code == 200 for _ in range(5))
        with ExitStack() as opened:
            answers = [
                opened.enter_context(user.ask("GET", paths[number % 2], stream=True, headers={"Connection": "close"}))
                for number in range(34)
            ]
            assert [answer.status_code for answer in answers] == [200] * 30 + [429] * 4
            assert all(int(answer.headers["Retry-After"]) >= 1 for answer in answers[30:])
            other = new_user(stack)
            with other.ask("GET", f"/api/runs/{live_run(other)}/events", stream=True) as answer:
                assert answer.status_code == 200
        assert is_allowed_soon(lambda: user.ask("GET", paths[0], stream=True))


def test_the_live_runs_of_one_user_are_limited(stack: Stack, engine: Engine) -> None:
    user = new_user(stack)
    store_runs(engine, user.email, 50)
    answers = [user.submit() for _ in range(3)]
    require_limited(answers, most=0, otherwise=set())
    assert "have not ended" in answers[0].json()["detail"]
