"""Finds the Chromium of this machine, which the browser tests and the bench of the page drive."""

import shutil
from pathlib import Path
from typing import Final

_PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")


class NoBrowserError(Exception):
    """No Chromium is installed; the message says how to install it."""


def chromium() -> Path:
    """The program of Chromium. Raises NoBrowserError."""
    found = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if found is None:
        raise NoBrowserError("Chromium is not installed; on Debian: apt-get install chromium")
    return Path(found)
