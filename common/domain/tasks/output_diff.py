"""The difference between a task's output and what a client already has.

Only the ends of long texts are known, and a text may be replaced as a whole: after a task has ended, its files replace
the log entries from while it ran. A client that reconnects sends a mark. If the mark does not fit the current texts,
the client discards what it has and gets everything again.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_MARK: Final = re.compile(r"([0-9]{1,9})-([0-9]{1,9})-([0-9a-f]{8})")
_COMPARED: Final = 1024  # characters at the end of a text, by which it is recognised


class OutputEvent(StrEnum):
    """What a client is sent: more of a stream, discard everything, nothing follows."""

    STDOUT = "stdout"
    STDERR = "stderr"
    RESET = "reset"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class ClientState:
    """The text of the two streams that a client has."""

    stdout: str = ""
    stderr: str = ""

    @property
    def mark(self) -> str:
        """The lengths and a checksum of this state; `resume_state` finds the state again by it."""
        return f"{len(self.stdout)}-{len(self.stderr)}-{self._checksum:08x}"

    @property
    def _checksum(self) -> int:
        return zlib.crc32(f"{self.stdout[-_COMPARED:]}\0{self.stderr[-_COMPARED:]}".encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class OutputChange:
    """One event for a client, and the state of the client after it."""

    event: OutputEvent
    text: str
    state: ClientState


def resume_state(mark: str, current: ClientState) -> ClientState | None:
    """The state of the client that sends `mark`, if it is a beginning of the current texts; else None."""
    found = _MARK.fullmatch(mark)
    if not found:
        return None
    state = ClientState(current.stdout[: int(found[1])], current.stderr[: int(found[2])])
    return state if state.mark == mark else None


def changes_between(state: ClientState | None, current: ClientState) -> Iterator[OutputChange]:
    """The events that bring a client from `state` to `current`; from any state if that is None."""
    stdout = _rest(state.stdout, current.stdout) if state else None
    stderr = _rest(state.stderr, current.stderr) if state else None
    if state is None or stdout is None or stderr is None:
        state, stdout, stderr = ClientState(), current.stdout, current.stderr
        yield OutputChange(OutputEvent.RESET, "", state)
    if stdout:
        state = ClientState(current.stdout, state.stderr)
        yield OutputChange(OutputEvent.STDOUT, stdout, state)
    if stderr:
        yield OutputChange(OutputEvent.STDERR, stderr, current)


def _rest(seen: str, current: str) -> str | None:
    """What follows `seen` in `current`, whose beginning may be cut off; None if `current` does not continue it."""
    if current.startswith(seen):
        return current[len(seen) :]
    end = current.find(seen[-_COMPARED:]) + _COMPARED
    continues = len(seen) >= _COMPARED <= end and seen.endswith(current[:end])
    return current[end:] if continues else None
