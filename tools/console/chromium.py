"""Finds the Chromium of this machine, which the browser tests and the bench of the page drive."""

import os
import shutil
from pathlib import Path
from typing import Final

_PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome")


class NoBrowserError(Exception):
    """No Chromium is installed; the message says how to install it."""


def chromium() -> Path:
    """The program that the variable CHROMIUM names, or the one of this machine. Raises NoBrowserError."""
    named = os.environ.get("CHROMIUM")
    found = next(filter(None, map(shutil.which, [named] if named else _PROGRAMS)), None)
    if found is None and named:
        raise NoBrowserError(f"CHROMIUM is {named}, which is no program; give the path of Chromium or leave it out")
    if found is None:
        raise NoBrowserError("Chromium is not installed: apt-get install chromium, or set CHROMIUM to its path")
    return Path(found)
