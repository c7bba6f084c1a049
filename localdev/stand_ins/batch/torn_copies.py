"""Cuts off some copies to a bucket, as GCSFuse does when its writer is killed or an upload fails.

The head job then repeats the copy, so a complete copy follows each truncated one. Killed head jobs need no help from
this module: the object is what the dead process had written.
"""

import random
from pathlib import Path
from threading import Lock

_RECORD = "torn_copies"


class TornCopies:
    """Cuts off this share of all copies, and records each in a file in `folder`."""

    def __init__(self, folder: Path, share: float, rng: random.Random | None = None) -> None:
        self._folder, self._share, self._rng = folder, share, rng or random.SystemRandom()
        self._lock = Lock()

    def part_of(self, name: str, data: bytes) -> bytes | None:
        """The beginning of `data` to store as the object `name` first; None if this copy is stored completely."""
        with self._lock:
            if not data or self._rng.random() >= self._share:
                return None
            part = data[: self._rng.randrange(len(data))]
            with (self._folder / _RECORD).open("a", encoding="utf-8") as record:
                record.write(f"{name}: {len(part)} of {len(data)} bytes\n")
        return part


def count_torn_copies(folder: Path) -> int:
    """The number of recorded truncated copies of the stand-in with this `folder`."""
    record = folder / _RECORD
    return len(record.read_text(encoding="utf-8").splitlines()) if record.exists() else 0
