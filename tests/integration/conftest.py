"""The stacks that tests share, and what the tests of an attack try: printed as one line for each test function."""

import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast

import pytest
import requests

from localdev.stack.stack import Stack
from tests.support.stacks import OF_FAST_RUNS, started_stack

# They take minutes, so that only `make attack` runs them; unit tests cover what they found.
_ONLY_IN_AN_ATTACK: Final = frozenset(
    {"test_crafted_files.py", "test_hidden_secrets.py", "test_raw_requests.py", "test_user_limits.py"}
)
_TRIED: Final = Counter[str]()
_GOT_THROUGH: Final = Counter[str]()
_LOCK: Final = threading.Lock()


@pytest.fixture(scope="module")
def stack(request: pytest.FixtureRequest) -> Stack:
    """A local stack, which ends with the last integration test; tests share it and tell their runs apart by id."""
    name = "stack_with_fast_runs" if request.path.name in OF_FAST_RUNS else "stack_at_its_own_pace"
    return cast(Stack, request.getfixturevalue(name))


@pytest.fixture(scope="package")
def stack_at_its_own_pace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack as `make run` starts it."""
    with started_stack(tmp_path_factory.mktemp("stack"), pace=1) as stack:
        yield stack


@pytest.fixture(scope="package")
def stack_with_fast_runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose runs take a quarter of the time."""
    with started_stack(tmp_path_factory.mktemp("stack"), pace=4) as stack:
        yield stack


def kind_of(test: str) -> str:
    """What a test tries, in words: its name without the case."""
    return test.partition("[")[0].removeprefix("test_").replace("_", " ")


@pytest.fixture(autouse=True)
def count_requests(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Counts the requests of a test; a test that sends none with `requests` is one attempt."""
    kind, send = kind_of(request.node.name), requests.Session.send

    def counted(session: requests.Session, prepared: requests.PreparedRequest, **options: Any) -> requests.Response:  # noqa: ANN401 those of send
        with _LOCK:
            _TRIED[kind] += 1
        return send(session, prepared, **options)

    before = _TRIED[kind]
    monkeypatch.setattr(requests.Session, "send", counted)
    yield
    if _TRIED[kind] == before:
        _TRIED[kind] += 1


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--attempts", action="store_true", help="print what was tried, and what got through")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    is_attack = config.getoption("--attempts", default=False)
    return True if collection_path.name in _ONLY_IN_AN_ATTACK and not is_attack else None


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed:
        _GOT_THROUGH[kind_of(report.nodeid.rpartition("::")[2])] += 1


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:  # noqa: ANN401 pytest has no public type
    if not config.getoption("--attempts", default=False):
        return
    terminalreporter.section("what was tried")
    for kind in sorted(_TRIED | _GOT_THROUGH):
        terminalreporter.write_line(f"{_TRIED[kind]:7,} tried, {_GOT_THROUGH[kind]} got through: {kind}")
    terminalreporter.write_line(f"{_TRIED.total():7,} tried, {_GOT_THROUGH.total()} got through, in all")
