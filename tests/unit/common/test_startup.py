"""A function starts without collecting garbage, and collects it from its first answer on."""

import gc
import subprocess
import sys

from common import startup

SCRIPT = """
import gc
from common import startup
print(gc.isenabled(), gc.get_freeze_count() == 0)
startup.finish()
print(gc.isenabled(), gc.get_freeze_count() > 1000)
"""


def test_garbage_is_collected_from_the_first_answer_on() -> None:
    said = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["False", "True", "True", "True"]


def test_a_startup_finishes_once() -> None:
    startup.finish()
    frozen = gc.get_freeze_count()
    startup.finish()
    assert gc.get_freeze_count() == frozen
