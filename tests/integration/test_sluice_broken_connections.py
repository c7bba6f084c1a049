"""200 broken connections while a run is submitted, its log followed and its files fetched.

There is one run, no line of its log is lost or there twice, and its files have the content that Storage has.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

import httpx2

from localdev.stack.environment import ROOT, url
from localdev.stack.stack import Stack
from localdev.stack.welcome import EXAMPLE_SHEET
from sluice.api import Api
from sluice.client import Sluice
from sluice.downloads import Download, md5_of, target_of
from sluice.errors import UnavailableError
from sluice.run import Run, RunFile
from sluice.signin.laptop import NamedUser
from sluice.state import State
from sluice.transport import Patience, Transport
from tests.support.client.relay import BreakingRelay

USER: Final = "broken@lab.example"
T = TypeVar("T")
SUBMITS, FOLLOWS, GETS = 60, 70, 70
PARAMS: Final = {"genome": "GRCh38", "protocol": "10XV3", "aligner": "star"}


@contextmanager
def connected(stack: Stack, state: Path, relay: BreakingRelay | None = None) -> Iterator[Sluice]:
    """The client, through a relay or directly; it waits without sleeping."""
    handler = httpx2.HTTPTransport(proxy=relay.address) if relay else None
    gateway, user = url(stack.ports.gateway), NamedUser(USER)
    transport = Transport(gateway, user, patience=lambda: Patience(sleep=lambda _: None), handler=handler)
    with Sluice(Api(transport, State(state))) as sluice:
        yield sluice


def _submit_until_answered(stack: Stack, folder: Path, relay: BreakingRelay) -> str:
    """Repeats the command, as a person does who sees that the service did not answer."""
    while True:
        with connected(stack, folder, relay) as sluice:
            try:
                return sluice.submit(
                    pipeline="nf-core/scrnaseq", version="2.7.1", sheet=ROOT / EXAMPLE_SHEET, params=PARAMS
                ).id
            except UnavailableError:
                continue


def test_one_run_each_line_once_and_equal_files(stack: Stack, tmp_path: Path) -> None:
    with BreakingRelay(SUBMITS, longest=1500, seed=1).running() as relay:
        run_id = _submit_until_answered(stack, tmp_path, relay)
        assert relay.broken == SUBMITS
    with connected(stack, tmp_path) as direct:
        assert [run.run_id for run in direct.runs()] == [run_id]

        following = BreakingRelay(FOLLOWS, longest=4000, seed=2)
        with following.running() as relay, connected(stack, tmp_path, relay) as sluice:
            logs = _until_all_are_broken(relay, FOLLOWS, lambda _: list(Run(sluice.api, run_id).follow_log()))
        for followed in logs:
            assert [entry.number for entry in followed] == list(range(len(followed)))
            assert followed == list(direct.run(run_id).log())

        assert direct.run(run_id).wait(timeout=200).status == "completed"
        getting = BreakingRelay(GETS, longest=120_000, seed=3)
        with getting.running() as relay, connected(stack, tmp_path, relay) as sluice:
            run = Run(sluice.api, run_id)
            sets = _until_all_are_broken(relay, GETS, lambda number: _fetched(run, sluice, tmp_path / f"{number}"))
        expected = _read_directly(direct, run_id)
        assert all(fetched == expected for fetched in sets)


def _until_all_are_broken(relay: BreakingRelay, breaks: int, do: Callable[[int], T]) -> list[T]:
    """What `do` returns each time; a connection that ends before its break leaves the break to a later one."""
    done: list[T] = []
    while relay.broken < breaks:
        assert len(done) < 10, f"only {relay.broken} of {breaks} connections were broken"
        done.append(do(len(done)))
    return done


def _fetched(run: Run, sluice: Sluice, folder: Path) -> dict[str, str]:
    """The MD5 of each file that arrived, by its path."""
    found: dict[Path, RunFile] = {}

    def looked_up(path: str) -> RunFile | None:
        return next((file for file in run.files() if file.path == path), None)

    def files() -> Iterator[tuple[RunFile, Path]]:
        for file in run.files():
            target = target_of(folder, file.path)
            found[target] = file
            yield file, target

    outcomes = dict(Download(sluice.api.transport, looked_up).fetch_all(files()))
    assert outcomes == dict.fromkeys(found, True)
    return {file.path: md5_of(path) for path, file in found.items()}


def _read_directly(direct: Sluice, run_id: str) -> dict[str, str]:
    """The MD5 of each file, read in one piece with another program's code."""
    with httpx2.Client(trust_env=False) as client:
        return {file.path: _md5(client.get(str(file.download_url)).content) for file in direct.run(run_id).files()}


def _md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
