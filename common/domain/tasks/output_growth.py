"""How what a task has printed goes on from what a reader was told of it. Pure.

Only the ends of long texts are known, and a text may be replaced as a whole: by the files of a task that has ended,
after the log entries of when it ran. So a reader's place is a mark that either fits the texts as they are now, or
does not; then the reader is to forget everything and is told all.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_MARK: Final = re.compile(r"([0-9]{1,9})-([0-9]{1,9})-([0-9a-f]{8})")
_PROVEN_BY: Final = 1024  # characters


class OutputEvent(StrEnum):
    """What a reader is told: more of a stream, that nothing told before holds, that nothing follows."""

    STDOUT = "stdout"
    STDERR = "stderr"
    RESET = "reset"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class ClientState:
    """What a reader has of the two streams."""

    stdout: str = ""
    stderr: str = ""

    @property
    def mark(self) -> str:
        """The reader's place, for when it comes back."""
        return f"{len(self.stdout)}-{len(self.stderr)}-{self._checksum:08x}"

    @property
    def _checksum(self) -> int:
        return zlib.crc32(f"{self.stdout[-_PROVEN_BY:]}\0{self.stderr[-_PROVEN_BY:]}".encode("utf-8", "replace"))


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing to tell a reader, and what it has then."""

    event: OutputEvent
    text: str
    told: ClientState


def resume_state(mark: str, now: ClientState) -> ClientState | None:
    """What a reader with this mark has, in terms of what there is now; None when that cannot be said."""
    found = _MARK.fullmatch(mark)
    if not found:
        return None
    told = ClientState(now.stdout[: int(found[1])], now.stderr[: int(found[2])])
    return told if told.mark == mark else None


def pieces_between(told: ClientState | None, now: ClientState) -> Iterator[Piece]:
    """What to tell a reader that has `told`, so that it has `now`; it may have anything when that is None."""
    stdout = _rest(told.stdout, now.stdout) if told else None
    stderr = _rest(told.stderr, now.stderr) if told else None
    if told is None or stdout is None or stderr is None:
        told, stdout, stderr = ClientState(), now.stdout, now.stderr
        yield Piece(OutputEvent.RESET, "", told)
    if stdout:
        told = ClientState(now.stdout, told.stderr)
        yield Piece(OutputEvent.STDOUT, stdout, told)
    if stderr:
        yield Piece(OutputEvent.STDERR, stderr, now)


def _rest(seen: str, now: str) -> str | None:
    """What follows `seen` in `now`, of which the beginning may be cut off; None when `now` does not go on from it."""
    if now.startswith(seen):
        return now[len(seen) :]
    end = now.find(seen[-_PROVEN_BY:]) + _PROVEN_BY
    goes_on = len(seen) >= _PROVEN_BY <= end and seen.endswith(now[:end])
    return now[end:] if goes_on else None
