"""Processes, their output and their end."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from localdev.stand_ins.batch import logged_process
from localdev.stand_ins.batch.logged_process import LoggedProcess

Lines = list[tuple[str, str]]


def started(command: str, folder: Path, lines: Lines) -> LoggedProcess:
    return LoggedProcess(
        ["/bin/sh", "-c", command],
        environment=os.environ,
        folder=folder,
        on_line=lambda severity, line: lines.append((severity, line)),
    )


def until(claim: Callable[[], bool]) -> None:
    while not claim():
        time.sleep(0.01)


def is_running(process_id: int) -> bool:
    try:
        return psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_lines_have_the_severity_of_their_stream(tmp_path: Path) -> None:
    lines: Lines = []

    code = started("echo one; echo two >&2; printf three", tmp_path, lines).wait()

    assert code == 0
    assert sorted(lines) == [("ERROR", "two"), ("INFO", "one"), ("INFO", "three")]


def test_no_line_is_lost_when_the_machine_pauses_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logged_process, "_MAX_DRAIN_S", -1)  # as after a pause
    lines: Lines = []

    started("seq 10000", tmp_path, lines).wait()

    assert [line for _, line in lines] == [str(number) for number in range(1, 10_001)]


def test_a_process_killed_by_signal_n_ends_with_128_plus_n(tmp_path: Path) -> None:
    assert started("kill -9 $$", tmp_path, []).wait() == 137


def test_children_die_with_their_process(tmp_path: Path) -> None:
    started("sleep 600 & echo $! > child; exit 0", tmp_path, []).wait()

    child = int((tmp_path / "child").read_text())
    until(lambda: not is_running(child))


def test_a_process_that_ignores_sigterm_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logged_process, "GRACE_S", 0.1)
    process = started("trap '' TERM; touch up; while :; do sleep 0.05; done", tmp_path, [])
    until((tmp_path / "up").exists)

    process.terminate()

    assert process.wait() == 137


def test_sigterm_goes_to_the_first_process_only(tmp_path: Path) -> None:
    command = "trap 'sleep 0.2; exit 5' TERM; (trap 'touch signalled' TERM; touch up; sleep 600) & wait; wait"
    process = started(command, tmp_path, [])
    until((tmp_path / "up").exists)

    process.terminate()

    assert process.wait() == 5
    assert not (tmp_path / "signalled").exists()


def test_a_program_that_does_not_exist_raises(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no-such-program"):
        LoggedProcess(["no-such-program"], environment={}, folder=tmp_path, on_line=lambda _severity, _line: None)
