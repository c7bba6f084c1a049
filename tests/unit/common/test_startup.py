"""Garbage collection is off while a function starts and on after its first answer."""

import gc
import subprocess
import sys

from common import startup

SCRIPT = """
import gc
from common import startup
print(gc.isenabled(), gc.get_freeze_count() == 0)
startup.finish()
print(gc.isenabled(), gc.get_freeze_count() > 1000, gc.get_threshold()[0] > 10_000)
"""


def test_garbage_is_collected_after_the_first_answer() -> None:
    printed = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True).stdout
    assert printed.split() == ["False", "True", "True", "True", "True"]


def test_a_startup_finishes_once() -> None:
    startup.finish()
    frozen = gc.get_freeze_count()
    startup.finish()
    assert gc.get_freeze_count() == frozen
