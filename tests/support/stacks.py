"""The stacks of the integration tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from localdev.stack.ports import free_ports
from localdev.stack.reaper import processes_with_mark
from localdev.stack.stack import Stack

# These wait for runs to end, on a stack with four times the pace; the other integration tests share another stack.
OF_FAST_RUNS: Final = frozenset(
    {
        "test_demo.py",
        "test_live_events.py",
        "test_api_guide.py",
        "test_users.py",
        "test_stack.py",
        "test_sluice_commands.py",
        "test_verify.py",
        "test_sluice_broken_connections.py",
    }
)


@contextmanager
def started_stack(folder: Path, *, pace: int) -> Iterator[Stack]:
    """A stack whose runs take `pace` times less time. Fails if a process of it survives its stop."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIM_SPEED", str(pace))
        stack = Stack(free_ports(), folder)
    with stack:
        yield stack
    survivors = [process.cmdline() for process in processes_with_mark(str(folder.resolve()))]
    assert survivors == []
