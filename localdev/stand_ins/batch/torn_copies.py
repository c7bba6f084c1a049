"""Copies to a bucket that are cut off now and then, as GCSFuse does.

GCSFuse makes an object of what was written when its writer is killed or an upload fails. The head job then repeats the
copy, so here a whole copy follows a torn one. If the head job is killed, nothing follows, without this module's doing:
the object is what the dead process had written.
"""

import random
from pathlib import Path
from threading import Lock

_RECORD = "torn_copies"


class TornCopies:
    """Cuts off this share of all copies, and writes one line for each into a file in `folder`."""

    def __init__(self, folder: Path, share: float, rng: random.Random | None = None) -> None:
        self._folder, self._share, self._rng = folder, share, rng or random.SystemRandom()
        self._lock = Lock()

    def part_of(self, name: str, data: bytes) -> bytes | None:
        """The beginning of `data` that becomes the object `name` at first; None if this copy arrives whole."""
        with self._lock:
            if not data or self._rng.random() >= self._share:
                return None
            part = data[: self._rng.randrange(len(data))]
            with (self._folder / _RECORD).open("a", encoding="utf-8") as record:
                record.write(f"{name}: {len(part)} of {len(data)} bytes\n")
        return part


def count_torn_copies(folder: Path) -> int:
    """How many copies were cut off, by the file in the stand-in's `folder`."""
    record = folder / _RECORD
    return len(record.read_text(encoding="utf-8").splitlines()) if record.exists() else 0
