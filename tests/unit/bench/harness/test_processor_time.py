"""The processor time of a process includes its children and no pauses."""

import subprocess
import sys
import time

import psutil
import pytest

from bench.harness.processor_time import Work, processor_medians, processor_s

BUSY_S = 0.2
WORK = f"""
import sys, time
while time.process_time() < {BUSY_S}: pass
print("done", flush=True)
sys.stdin.read()
"""
PARENT = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-ISc", {WORK!r}])
child.wait()
"""


@pytest.mark.parametrize("program", [WORK, PARENT], ids=["the process", "its child"])
def test_the_work_of_a_process_and_of_its_children_counts(program: str) -> None:
    command = [sys.executable, "-ISc", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdin
        assert process.stdout.readline() == b"done\n"
        used = processor_s(psutil.Process(process.pid))
        process.stdin.close()
    assert BUSY_S <= used < BUSY_S + 1


def test_a_pause_does_not_count() -> None:
    command = [sys.executable, "-ISc", "import sys; print('up', flush=True); sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdin
        assert process.stdout.readline() == b"up\n"
        before = processor_s(psutil.Process(process.pid))
        time.sleep(0.2)
        paused = processor_s(psutil.Process(process.pid)) - before
        process.stdin.close()
    assert paused < 0.1


def busy(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_works_take_turns_and_count_what_their_processes_do() -> None:
    done: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-ISc", "while True: pass"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as other:
        works = {
            "short": Work(lambda: busy(0.01)),
            "long": Work(lambda: busy(0.03)),
            "paused": Work(lambda: done.append("paused")),
            "of another": Work(lambda: time.sleep(0.05), (other.pid,)),
        }
        times = processor_medians(works, rounds=3, warm_up=1, repeats=2)
        other.kill()

    assert done == ["paused"] * 7
    assert 0.01 <= times["short"] < 0.03 <= times["long"]
    assert times["paused"] < 0.005 <= times["of another"]
