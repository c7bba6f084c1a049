"""Turns garbage collection off while a function starts; main.py imports this module first.

Collecting would take a tenth of a cold start and find nothing, because modules stay loaded. See gc.freeze in Python's
manual.
"""

import gc
from typing import Final

# New objects between two collections. Python's 700 would go through the records and tasks of a log, which have no
# cycles, again and again: a quarter of the time of reading it.
_NEW_OBJECTS: Final = 20_000

gc.disable()


def finish() -> None:
    """Collect garbage from now on, except what was loaded before; called after each answer, works on the first."""
    if not gc.isenabled():
        gc.freeze()
        gc.set_threshold(_NEW_OBJECTS)
        gc.enable()
